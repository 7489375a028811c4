"""Finds people, places, organisations, dates, times, money and contacts, with their times.

Patterns of written forms (`entity_patterns`) work in every language. Names (`named_entities`) come
from small lists and from marks such as "Dr", "Inc" or "University of", in Latin script.
"""

from collections.abc import Iterable

from mp4totext.writing.extractive.entity_patterns import match_patterns
from mp4totext.writing.extractive.named_entities import find_names
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Entity, EntityType, Sentence
from mp4totext.writing.text_index import TextIndex


def entities(text_index: TextIndex, sentences: Iterable[Sentence]) -> tuple[Entity, ...]:
    """Entities in the order they are said; no two overlap."""
    results: list[Entity] = []
    for sentence in sentences:
        english = is_english(sentence.language)
        for kind, at, to in find(sentence.text, english=english):
            cited = text_index.cite(sentence.at + at, sentence.at + to)
            results.append(
                Entity(
                    entity_type=kind,
                    text=sentence.text[at:to],
                    segment_ids=cited.segment_ids,
                    start_ms=cited.start_ms,
                    end_ms=cited.end_ms,
                )
            )
    return tuple(results)


def find(text: str, *, english: bool) -> list[tuple[EntityType, int, int]]:
    """(type, start, end) of each entity of one sentence, in order."""
    matched = match_patterns(text, english=english)
    named = [
        (kind, at, to)
        for kind, at, to in find_names(text, english=english)
        if all(to <= other_at or at >= other_to for _, other_at, other_to in matched)
    ]
    return sorted([*matched, *named], key=lambda entry: entry[1])
