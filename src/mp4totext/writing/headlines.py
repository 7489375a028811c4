"""Chooses headlines: the best complete sentence of a passage that fits a title. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from mp4totext.kit import unicode
from mp4totext.writing.extractive.highlights import Phrase
from mp4totext.writing.extractive.self_contained import weight
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Sentence

HEADLINE_COLUMNS = 60
_CHARACTERS_MAX = 10 * HEADLINE_COLUMNS  # some take no column; clean() leaves eight beside a letter
_COLUMNS_MIN, _WIDE_COLUMNS_MIN = 14, 8  # fewer say too little
_WORDS_MIN = 4
_WEIGHT_MIN = 0.45  # of a sentence that can be read on its own; questions have half
_PHRASE_SCORE_MAX = 4.0
_CUT_COSTS = 0.6  # of the score of a whole sentence
_HESITANT = 0.5
_OPENING = 1.15  # of the first sentence, which introduces the rest
_PHRASE_ENDS = re.compile(r"(?=[,;:،、，；：](?:\s|$)|\s[–—-]\s|[、，；：])")
_MARKS = " .,;:،。、，；：…–—-"
# English: what follows may be left out; and after these, the text before a comma is not a clause.
_CLAUSES = re.compile(r"(?= (?:that|which|who|because|although|when|where|while|but|so) )")
_NO_CLAUSE = re.compile(
    r"(?:from|under|in|on|at|by|for|with|after|before|when|while|although|though|if|as|since|"
    r"because|until|once|besides|during|without|to|of|including) ",
    re.IGNORECASE,
)
_COMMA = re.compile("[,،、，]")
_ITEM_CHARACTERS, _ITEM_WORDS, _WIDE_ITEM_COLUMNS = 40, 3, 10  # of an enumeration, at most
_OR = r"(?:and|or|und|oder|et|ou|y|o|e|en|of|och|eller|og|i|lub|и|или|و|أو)"
_LAST_ITEMS = re.compile(rf"[,،]\s+(?:\S+\s+){{1,2}}{_OR}\s")
_LAST_ITEM = re.compile(rf"\s{_OR}\s")
_LINKS = re.compile(r"[,;]? (?:and|or|but|so|that|the|a|an)$")  # end nothing
_HESITATES = re.compile(r"\b(?:you know|i mean|i guess|sort of|kind of|uh|um|er)\b", re.IGNORECASE)


def headline(run: Sequence[Sentence], phrases: Sequence[Phrase]) -> str:
    """The best headline, without a full stop; "" if no sentence can be read alone.

    ``phrases``: of the whole recording, the best first.
    """
    places = sorted((place, n) for n, phrase in enumerate(phrases) for place, _ in phrase.places)
    best, best_score = "", 0.0
    for at, sentence in enumerate(run):
        value = weight(sentence)
        if is_english(sentence.language) and _HESITATES.search(sentence.text):
            value *= _HESITANT
        question = sentence.text.rstrip("\"'”’»)").endswith(("?", "？", "؟"))
        if value < (_WEIGHT_MIN / 2 if question else _WEIGHT_MIN):
            continue
        for text, share in _forms(sentence):
            first, stop = (
                bisect_left(places, (edge,)) for edge in (sentence.at, sentence.at + len(text))
            )
            named = sorted({n for _, n in places[first:stop]})
            phrase_score = sum(min(phrases[n].score, _PHRASE_SCORE_MAX) for n in named)
            score = value * share * (1.0 + phrase_score) * (1.0 if at else _OPENING)
            if score > best_score:
                best, best_score = text, score
    return best[:1].upper() + best[1:]


def _forms(sentence: Sentence) -> Iterator[tuple[str, float]]:
    """A sentence and its beginnings up to the end of a phrase, each with a factor for its score."""
    text = unicode.clean(sentence.text)
    if _says_enough(text) and unicode.width(text) <= HEADLINE_COLUMNS:
        yield text.rstrip(_MARKS), 1.0
        return
    english = is_english(sentence.language)
    ends = {end.start() for end in _PHRASE_ENDS.finditer(text, 0, _CHARACTERS_MAX)}
    if english:
        ends |= {end.start() for end in _CLAUSES.finditer(text, 0, _CHARACTERS_MAX)}
    for end in sorted(ends, reverse=True):
        if _is_in_list(text, end):
            continue
        part = _LINKS.sub("", text[:end].rstrip(_MARKS))
        if english and _NO_CLAUSE.match(part):
            return
        if unicode.width(part) <= HEADLINE_COLUMNS and _says_enough(part):
            yield part, _CUT_COSTS
            return


def _is_in_list(text: str, end: int) -> bool:
    """Whether a comma separates items of an enumeration that continues after it."""
    if not _COMMA.match(text, end):
        return False
    before = _COMMA.split(text[max(0, end - _ITEM_CHARACTERS) : end])
    after = _COMMA.split(text[end + 1 : end + 1 + _ITEM_CHARACTERS])
    between = [*before[-1:][: len(before) - 1], *after[:1][: len(after) - 1]]
    return any(map(_is_item, between)) or _LAST_ITEMS.match(text, end) is not None


def _is_item(text: str) -> bool:
    if unicode.is_ideographic(text) or unicode.is_unspaced(text):
        return unicode.width(text) <= _WIDE_ITEM_COLUMNS
    return len(text.split()) <= _ITEM_WORDS and not _LAST_ITEM.search(text)


def _says_enough(text: str) -> bool:
    if unicode.is_ideographic(text) or unicode.is_unspaced(text):
        return unicode.width(text) >= _WIDE_COLUMNS_MIN
    return unicode.width(text) >= _COLUMNS_MIN and len(text.split()) >= _WORDS_MIN
