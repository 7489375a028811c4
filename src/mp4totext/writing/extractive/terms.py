"""Terms: the words of a text that carry its meaning, in a form in which equal words are equal."""

import re

from mp4totext.writing.text_index import UNSPACED
from mp4totext.writing.wordlists import words

WORD = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+(?:['’.-][^\W_{UNSPACED}]+)*")
_UNSPACED = re.compile(rf"[{UNSPACED}]+")

STOP_WORDS = words("english_stop")


def terms(text: str, *, language: str | None) -> list[str]:
    """English: stems, without stop words. Other languages: case-folded words.

    Scripts without spaces give pairs of characters. There are no stop words but the English ones;
    in other languages a weight by rarity, such as idf, has to do their work.
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


def is_english(language: str | None) -> bool:
    return (language or "").partition("-")[0].lower() == "en"


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


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
