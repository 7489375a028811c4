"""Finds names of people, places and organisations, in scripts with capital letters.

A run of capitalised words is searched from left to right. At each word the rules are tried in
order: a listed name, a title, an organisation's mark, a first name, initials, and in English the
words before it ("lives in", "my name is").
"""

import re
from collections.abc import Sequence
from functools import cache

from mp4totext.writing.extractive.terms import STOP_WORDS
from mp4totext.writing.results import EntityType
from mp4totext.writing.wordlists import lines, words

_TOKEN = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\.?|[^\W\d_][\w&’'-]*(?:\.(?=[^\W\d_]))?")
_LINKS = words("name_links")
_PERSON_LINKS = frozenset({"de", "van", "von", "der", "den", "da", "di", "del", "la", "bin", "al"})
_PERSON_CUE = re.compile(
    r"\b(?:my name is|i'm|i am|this is|named|hello,?|hi,?|hey,?|dear|thanks,?|thank you,?"
    r"|welcome,?|with me is|joined by|written by|ask|tell|meet|met|introduce)\s$",
    re.IGNORECASE,
)
_PLACE_CUE = re.compile(
    r"\b(?:liv(?:e|es|ed|ing) in|born in|grew up in|mov(?:e|ed|ing) to|flew to|fly to|flying to"
    r"|travel(?:s|l?ed|l?ing)? to|trip to|arriv(?:e|es|ed|ing) in|based in|city of|town of"
    r"|capital of|village of|visit(?:ed|ing)?|drove to|drive to|train to|flight to)\s$",
    re.IGNORECASE,
)
_GAZETTEER_WORDS_MAX = 5  # of the longest entry that is looked up

Span = tuple[EntityType, int, int]  # type, and the range of characters
Match = tuple[EntityType | None, int]  # type, and the number of tokens
NO_MATCH: Match = (None, 1)


class _Token:
    """A word without its possessive, and whether it is capitalised."""

    __slots__ = ("at", "bare", "capital", "to")

    def __init__(self, match: re.Match[str]) -> None:
        self.at, self.to = match.span()
        text = match.group().replace("’", "'")
        if text.lower().endswith("'s"):
            text, self.to = text[:-2], self.to - 2
        self.bare = text if "." in text[1:-1] else text.rstrip(".'")
        self.capital = text[0].isupper()


def find_names(text: str, *, english: bool) -> list[Span]:
    """The names of a sentence, in order."""
    spans: list[Span] = []
    for run in _runs(text):
        index = 0
        while index < len(run):
            kind, count = _name(text, run, index, english=english)
            if kind is not None:
                spans.append((kind, run[index].at, run[index + count - 1].to))
            index += count
    return spans


def _runs(text: str) -> list[list[_Token]]:
    """Runs of adjacent words that are capitalised or, such as "de", may link two that are."""
    runs: list[list[_Token]] = [[]]
    for match in _TOKEN.finditer(text):
        token = _Token(match)
        run = runs[-1]
        if run and not _adjacent(text, run[-1], match.start()):
            runs.append(run := [])
        if token.capital or (run and token.bare in _LINKS):
            run.append(token)
        elif run:
            runs.append([])
    return [run for run in runs if run]


def _adjacent(text: str, before: _Token, at: int) -> bool:
    between = text[before.to : at]
    if between == " ":
        return True
    initial = len(before.bare) == 1 and before.bare.isupper()
    return between == ". " and (initial or before.bare in words("titles"))


def _name(text: str, run: Sequence[_Token], index: int, *, english: bool) -> Match:
    """The name that begins at this token."""
    if not run[index].capital:
        return NO_MATCH
    for rule in (_gazetteer_entry, _titled, _marked, _person, _initials):
        kind, count = rule(run, index)
        if kind is not None:
            return kind, count
    return _explained_by_context(text, run, index) if english else NO_MATCH


def _gazetteer_entry(run: Sequence[_Token], index: int) -> Match:
    for size in range(min(_GAZETTEER_WORDS_MAX, len(run) - index), 0, -1):
        entry = " ".join(token.bare for token in run[index : index + size])
        kind = _gazetteer().get(entry)
        if kind is None or _begins_another_name(run, index, size, kind):
            continue
        following = run[index + size : index + size + 1]
        if kind == "organization" and following:
            is_mark = following[0].bare in words("organisation_marks")  # "Siemens AG"
            return kind, size + is_mark
        return kind, size
    return NO_MATCH


def _begins_another_name(run: Sequence[_Token], index: int, size: int, kind: EntityType) -> bool:
    """Whether a listed place begins another name, such as "Paris Hilton"."""
    rest = run[index + size : index + size + 3]
    if kind != "location" or not rest or not rest[0].capital:
        return False
    marked = any(token.bare in words("organisation_marks") for token in rest)
    return marked or (size == 1 and run[index].bare in words("ambiguous_names"))


def _titled(run: Sequence[_Token], index: int) -> Match:
    if run[index].bare not in words("titles"):
        return NO_MATCH
    count = 1 + _surnames(run, index + 1, count_max=3)
    return ("person_name", count) if count > 1 else NO_MATCH


def _marked(run: Sequence[_Token], index: int) -> Match:
    """An organisation with a mark of its type: "Acme Holdings", "University of Oxford"."""
    marks = words("organisation_marks")
    rest = run[index : index + 6]
    if rest[0].bare in marks and len(rest) > 2 and rest[1].bare in {"of", "de", "for", "der"}:
        end = 3 if rest[2].capital else 4
        return ("organization", end) if len(rest) >= end and rest[end - 1].capital else NO_MATCH
    if rest[0].bare.lower() in STOP_WORDS:
        return NO_MATCH
    for end in range(len(rest) - 1, 0, -1):
        if rest[end].bare in marks:
            return "organization", end + 1
    return NO_MATCH


def _person(run: Sequence[_Token], index: int) -> Match:
    name = run[index].bare
    first = name.partition("-")[0]
    if first in words("ambiguous_names"):
        count = 1 + _surnames(run, index + 1, count_max=2)
        return ("person_name", count) if count > 1 else NO_MATCH
    if first not in words("first_names"):
        return NO_MATCH
    return "person_name", 1 + _surnames(run, index + 1, count_max=3)


def _initials(run: Sequence[_Token], index: int) -> Match:
    if not re.fullmatch(r"[A-Z](?:\.[A-Z])*\.?", run[index].bare) or run[index].bare == "I":
        return NO_MATCH
    count = 1
    while index + count < len(run) and re.fullmatch(r"[A-Z]", run[index + count].bare):
        count += 1
    more = _surnames(run, index + count, count_max=1)
    return ("person_name", count + more) if more else NO_MATCH


def _surnames(run: Sequence[_Token], at: int, *, count_max: int) -> int:
    """The number of tokens from ``at`` that can be surnames, with links such as "de"."""
    count = 0
    while count < count_max and at + count < len(run):
        token = run[at + count]
        links = token.bare in _PERSON_LINKS
        if not (token.capital or links) or token.bare.lower() in STOP_WORDS - {"may"}:
            break
        if token.bare in _gazetteer() or token.bare in words("titles"):
            break
        count += 1
    while count and not run[at + count - 1].capital:
        count -= 1
    return count


def _explained_by_context(text: str, run: Sequence[_Token], index: int) -> Match:
    """A name that is in no list, after words such as "lives in" or "my name is"."""
    if run[index].bare.lower() in STOP_WORDS or len(run[index].bare) < 2:
        return NO_MATCH
    before = text[max(0, run[index].at - 24) : run[index].at]
    if _PLACE_CUE.search(before):
        return "location", 1 + _surnames(run, index + 1, count_max=2)
    if _PERSON_CUE.search(before):
        return "person_name", 1 + _surnames(run, index + 1, count_max=2)
    return NO_MATCH


@cache
def _gazetteer() -> dict[str, EntityType]:
    listed: dict[str, EntityType] = {}
    for name in ("countries", "places"):
        listed.update(dict.fromkeys(lines(name), "location"))
    listed.update(dict.fromkeys(lines("organisations"), "organization"))
    return {entry.replace("’", "'").rstrip("."): kind for entry, kind in listed.items()} | listed
