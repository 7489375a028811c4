"""Parses a search query and finds its matches in a text. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mp4totext.writing.extractive.terms import WORD, primary_subtag, terms, topic_word

MOST_WORDS = 20  # terms, and phrases, of a query that are used; more would only make it slower
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    # Forms of one word each. A recording matches if it has one form of every word.
    groups: tuple[frozenset[str], ...]
    phrases: tuple[re.Pattern[str], ...]  # a passage matches only if it has all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    score: int  # number of groups and phrases that the passage has
    marks: tuple[tuple[int, int], ...]  # character ranges of the text, in order, not overlapping


def parse_query(query: str, *, languages: Iterable[str | None] = ()) -> ParsedQuery:
    """Parse a query: words match in any form, "quoted phrases" only as they are written.

    ``languages``: those of the recordings. The forms of a word are those in English and in any of
    these languages. Stop words are dropped unless the query has nothing else.
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
    groups = tuple(strong or weak)[:MOST_WORDS]  # a query of stop words alone searches for them
    phrases = [text.split() for text in _QUOTED.findall(query)]
    return ParsedQuery(
        groups=groups,
        phrases=tuple(
            re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
            for words in phrases[:MOST_WORDS]
            if words
        ),
    )


def match(text: str, parsed: ParsedQuery, *, language: str | None) -> Match | None:
    """The matches of a query in a passage; None if there are none, or if a phrase is missing."""
    found: set[int] = set()
    marks: list[tuple[int, int]] = []
    for pattern in parsed.phrases:
        places = [place.span() for place in pattern.finditer(text)]
        if not places:
            return None
        marks += places
    for start, end, term in _terms_in(text, primary_subtag(language)):
        of = [number for number, group in enumerate(parsed.groups) if term in group]
        if of:
            found.update(of)
            marks.append((start, end))
    if not marks:
        return None
    return Match(score=len(found) + len(parsed.phrases), marks=_joined(marks))


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
