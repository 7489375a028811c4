"""Extracts the terms of a text: its meaningful words, normalised so that forms compare equal."""

import re
import unicodedata

from mp4totext.writing import chinese
from mp4totext.writing.extractive.word_forms import (
    WORD_LANGUAGES,
    noun_range,
    stemmer,
    stop_words,
)
from mp4totext.writing.text_index import UNSPACED
from mp4totext.writing.wordlists import words

# `\w` excludes vowel signs of Indic scripts, at which words would be split.
_MARKS = "".join(
    chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
_LETTERS = rf"[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{_MARKS}])*"
WORD = re.compile(rf"[{UNSPACED}]+|{_LETTERS}(?:['’.-]{_LETTERS})*")
_UNSPACED = re.compile(rf"[{UNSPACED}]+")

STOP_WORDS = words("english_stop")
_SHORTEST = {"ko": 2, "vi": 2}  # letters of a word with a meaning, where that is not three


def terms(text: str, *, language: str | None) -> list[str]:
    """The terms of a text: English stems without stop words, else case-folded words.

    Scripts without spaces give pairs of characters. Only English stop words are removed; in other
    languages weights such as idf have to reduce the influence of common words.
    """
    english = is_english(language)
    result: list[str] = []
    for match in WORD.finditer(text):
        word = match.group()
        if _UNSPACED.fullmatch(word):
            result.extend(_pairs(word))
        elif english:
            result.extend(english_terms(word))
        else:
            result.append(word.casefold())
    return result


def topic_terms(text: str, *, language: str | None) -> list[str]:
    """Like ``terms``, but with the stop words and stems of the text's language.

    Used to compare parts of one text. Search uses ``terms``, as a question may be in another
    language than the text.
    """
    primary = primary_subtag(language)
    if primary == "en":
        return terms(text, language=language)
    result: list[str] = []
    for match in WORD.finditer(text):
        word = match.group()
        if _UNSPACED.fullmatch(word):
            # The stop words are in simplified characters.
            run = chinese.simplified(word) if chinese.is_chinese(primary) else word
            result.extend(pair for pair in _pairs(run) if _is_topic(pair, primary))
        else:
            result.extend(topic_word(word, primary))
    return result


def topic_word(word: str, primary: str) -> list[str]:
    """The stem of a word, in a list that is empty for a stop word."""
    if primary == "en":
        return english_terms(word)
    if primary in ("tr", "az"):
        word = word.replace("İ", "i").replace("I", "ı")  # case folding knows the English I only
    folded = word.casefold().replace("’", "'")
    at, to = noun_range(folded, primary)
    noun = folded[at:to]
    too_short = len(noun) < _SHORTEST.get(primary, 3) and not noun.isdigit()
    if too_short or {folded, noun} & stop_words(primary):
        return []
    return [stemmer(primary)(noun)]


def has_topic_words(language: str | None) -> bool:
    """Whether stop words are known for the language."""
    return primary_subtag(language) in WORD_LANGUAGES


def primary_subtag(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()


def is_english(language: str | None) -> bool:
    return primary_subtag(language) == "en"


def english_terms(word: str) -> list[str]:
    """The stem of a word, in a list that is empty for a stop word."""
    lower = word.lower().replace("’", "'")
    if lower in STOP_WORDS:
        return []
    lower = lower.removesuffix("'s").rstrip("'")
    return [stem(lower)] if len(lower) > 2 or lower.isdigit() else []


def stem(word: str) -> str:
    """Remove plural, -ing, -ed and -ly: enough to count the forms of a word as one."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for suffix in ("ing", "edly", "ed", "ly"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3 and re.search("[aeiouy]", root):
            return _undoubled(root)
    return word.removesuffix("e") if len(word) > 4 else word


def _undoubled(root: str) -> str:
    if root[-1] == root[-2] and root[-1] not in "lsz":
        return root[:-1]
    return root.removesuffix("e") if len(root) > 4 else root


def _is_topic(pair: str, primary: str) -> bool:
    """Whether a pair of characters has no linking character, such as hiragana, 的 or 是."""
    if any("\u3041" <= character <= "\u309f" for character in pair):
        return False
    stops = stop_words(primary)
    return pair not in stops and not any(character in stops for character in pair)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
