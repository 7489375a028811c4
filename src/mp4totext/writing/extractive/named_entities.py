"""Names of people, places and organisations in a sentence that is written with capitals."""

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
_LONGEST_LISTED = 5  # words

Found = tuple[EntityType, int, int]


class _Token:
    __slots__ = ("at", "bare", "capital", "to")

    def __init__(self, match: re.Match[str]) -> None:
        self.at, self.to = match.span()
        text = match.group().replace("’", "'")
        if text.lower().endswith("'s"):
            text, self.to = text[:-2], self.to - 2
        self.bare = text if "." in text[1:-1] else text.rstrip(".'")
        self.capital = text[0].isupper()


def names(text: str, *, english: bool) -> list[Found]:
    """Kind and character range of each name, in order."""
    found: list[Found] = []
    for run in _runs(text):
        index = 0
        while index < len(run):
            kind, used = _name(text, run, index, english=english)
            if kind is not None:
                found.append((kind, run[index].at, run[index + used - 1].to))
            index += used
    return found


def _runs(text: str) -> list[list[_Token]]:
    """Tokens with a capital, and the small words that may link them, side by side."""
    runs: list[list[_Token]] = [[]]
    for match in _TOKEN.finditer(text):
        token = _Token(match)
        run = runs[-1]
        if run and not _beside(text, run[-1], match.start()):
            runs.append(run := [])
        if token.capital or (run and token.bare in _LINKS):
            run.append(token)
        elif run:
            runs.append([])
    return [run for run in runs if run]


def _beside(text: str, before: _Token, at: int) -> bool:
    between = text[before.to : at]
    if between == " ":
        return True
    initial = len(before.bare) == 1 and before.bare.isupper()
    return between == ". " and (initial or before.bare in words("titles"))


def _name(
    text: str, run: Sequence[_Token], index: int, *, english: bool
) -> tuple[EntityType | None, int]:
    """What begins at this token, and how many tokens it takes (1 when nothing does)."""
    if not run[index].capital:
        return None, 1
    for rule in (_listed, _titled, _marked, _person, _initials):
        kind, used = rule(run, index)
        if kind is not None:
            return kind, used
    return _cued(text, run, index) if english else (None, 1)


def _listed(run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    for size in range(min(_LONGEST_LISTED, len(run) - index), 0, -1):
        entry = " ".join(token.bare for token in run[index : index + size])
        kind = _gazetteer().get(entry)
        if kind is not None and not _goes_on(run, index, size, kind):
            return kind, size + _mark_after(run, index + size, kind)
    return None, 1


def _mark_after(run: Sequence[_Token], at: int, kind: EntityType) -> int:
    """ "Siemens AG": the mark belongs to the listed name."""
    marked = at < len(run) and run[at].bare in words("organisation_marks")
    return int(kind == "organization" and marked)


def _goes_on(run: Sequence[_Token], index: int, size: int, kind: EntityType) -> bool:
    """ "Paris Hilton", "Boston University": a listed place that begins another name."""
    rest = run[index + size : index + size + 3]
    if kind != "location" or not rest or not rest[0].capital:
        return False
    marked = any(token.bare in words("organisation_marks") for token in rest)
    return marked or (size == 1 and run[index].bare in words("ambiguous_names"))


def _titled(run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    if run[index].bare not in words("titles"):
        return None, 1
    used = 1 + _surnames(run, index + 1, most=3)
    return ("person_name", used) if used > 1 else (None, 1)


def _marked(run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    """ "Acme Holdings", "University of Oxford"."""
    marks = words("organisation_marks")
    rest = run[index : index + 6]
    if rest[0].bare in marks and len(rest) > 2 and rest[1].bare in {"of", "de", "for", "der"}:
        end = 3 if rest[2].capital else 4
        return ("organization", end) if len(rest) >= end and rest[end - 1].capital else (None, 1)
    if rest[0].bare.lower() in STOP_WORDS:
        return None, 1
    for end in range(len(rest) - 1, 0, -1):
        if rest[end].bare in marks:
            return "organization", end + 1
    return None, 1


def _person(run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    name = run[index].bare
    first = name.partition("-")[0]
    if first in words("ambiguous_names"):
        used = 1 + _surnames(run, index + 1, most=2)
        return ("person_name", used) if used > 1 else (None, 1)
    if first not in words("first_names"):
        return None, 1
    return "person_name", 1 + _surnames(run, index + 1, most=3)


def _initials(run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    if not re.fullmatch(r"[A-Z](?:\.[A-Z])*\.?", run[index].bare) or run[index].bare == "I":
        return None, 1
    used = 1
    while index + used < len(run) and re.fullmatch(r"[A-Z]", run[index + used].bare):
        used += 1
    more = _surnames(run, index + used, most=1)
    return ("person_name", used + more) if more else (None, 1)


def _surnames(run: Sequence[_Token], at: int, *, most: int) -> int:
    """How many tokens from ``at`` can go on a person's name."""
    used = 0
    while used < most and at + used < len(run):
        token = run[at + used]
        links = token.bare in _PERSON_LINKS
        if not (token.capital or links) or token.bare.lower() in STOP_WORDS - {"may"}:
            break
        if token.bare in _gazetteer() or token.bare in words("titles"):
            break
        used += 1
    while used and not run[at + used - 1].capital:
        used -= 1
    return used


def _cued(text: str, run: Sequence[_Token], index: int) -> tuple[EntityType | None, int]:
    """An unknown capital word that the words before it explain."""
    if run[index].bare.lower() in STOP_WORDS or len(run[index].bare) < 2:
        return None, 1
    before = text[max(0, run[index].at - 24) : run[index].at]
    if _PLACE_CUE.search(before):
        return "location", 1 + _surnames(run, index + 1, most=2)
    if _PERSON_CUE.search(before):
        return "person_name", 1 + _surnames(run, index + 1, most=2)
    return None, 1


@cache
def _gazetteer() -> dict[str, EntityType]:
    listed: dict[str, EntityType] = {}
    for name in ("countries", "places"):
        listed.update(dict.fromkeys(lines(name), "location"))
    listed.update(dict.fromkeys(lines("organisations"), "organization"))
    return {entry.replace("’", "'").rstrip("."): kind for entry, kind in listed.items()} | listed
