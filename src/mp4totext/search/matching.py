"""What is looked for, and where in a text it is said. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mp4totext.writing.extractive.terms import WORD, primary_subtag, terms, topic_word

MOST_WORDS = 20  # of a search: more would only slow it
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    groups: tuple[frozenset[str], ...]  # of each, one term must be said somewhere
    phrases: tuple[re.Pattern[str], ...]  # each must be said in the passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    score: int  # how many groups and phrases it has
    marks: tuple[tuple[int, int], ...]  # places in the text, in order, without overlaps


def wanted_of(query: str, *, languages: Iterable[str | None] = ()) -> Wanted:
    """Words, of which all are looked for in any form, and "quoted phrases" as they stand.

    ``languages`` are those of the recordings: a form of a word is one in any of them or in English.
    """
    primary = dict.fromkeys(["en", *map(primary_subtag, languages)])
    strong: dict[frozenset[str], None] = {}
    weak: dict[frozenset[str], None] = {}
    for word in (match.group() for match in WORD.finditer(query)):
        exact = terms(word, language=None)
        forms = {exact[0], *(stem for tag in primary for stem in topic_word(word, tag))}
        known = strong if len(exact) > 1 or topic_word(word, "en") else weak
        for group in [forms] if len(exact) == 1 else [{pair} for pair in exact]:
            known[frozenset(group)] = None
    groups = tuple(strong or weak)[:MOST_WORDS]  # "the" alone is looked for, too
    phrases = [text.split() for text in _QUOTED.findall(query)]
    return Wanted(
        groups=groups,
        phrases=tuple(
            re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
            for words in phrases[:MOST_WORDS]
            if words
        ),
    )


def match(text: str, wanted: Wanted, *, language: str | None) -> Match | None:
    """What a passage has of it; None where it has nothing, or lacks a phrase."""
    found: set[int] = set()
    marks: list[tuple[int, int]] = []
    for pattern in wanted.phrases:
        places = [place.span() for place in pattern.finditer(text)]
        if not places:
            return None
        marks += places
    for start, end, term in _terms_in(text, primary_subtag(language)):
        of = [number for number, group in enumerate(wanted.groups) if term in group]
        if of:
            found.update(of)
            marks.append((start, end))
    if not marks:
        return None
    return Match(score=len(found) + len(wanted.phrases), marks=_joined(marks))


def _terms_in(text: str, primary: str) -> Iterator[tuple[int, int, str]]:
    for place in WORD.finditer(text):
        exact = terms(place.group(), language=None)
        if len(exact) > 1:  # a script without spaces: pairs of characters
            for number, pair in enumerate(exact):
                yield place.start() + number, place.start() + number + 2, pair
            continue
        yield place.start(), place.end(), exact[0]
        for stem in topic_word(place.group(), primary):
            yield place.start(), place.end(), stem


def _joined(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
