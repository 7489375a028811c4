"""People, places, organisations, dates, times, money and contacts, with when each was said.

Written forms (`entity_patterns`) work in every language. Names (`names`) come from small lists and
from marks ("Dr", "Inc", "University of"): Latin script with capital letters.
"""

from collections.abc import Iterable

from mp4totext.writing.extractive.entity_patterns import written
from mp4totext.writing.extractive.named_entities import names
from mp4totext.writing.extractive.terms import is_english
from mp4totext.writing.results import Entity, EntityType, Sentence
from mp4totext.writing.text_index import Script


def entities(script: Script, sentences: Iterable[Sentence]) -> tuple[Entity, ...]:
    """In the order they are said; no two overlap."""
    found: list[Entity] = []
    for sentence in sentences:
        english = is_english(sentence.language)
        for kind, at, to in find(sentence.text, english=english):
            cited = script.cite(sentence.at + at, sentence.at + to)
            found.append(
                Entity(
                    entity_type=kind,
                    text=sentence.text[at:to],
                    segment_ids=cited.segment_ids,
                    start_ms=cited.start_ms,
                    end_ms=cited.end_ms,
                )
            )
    return tuple(found)


def find(text: str, *, english: bool) -> list[tuple[EntityType, int, int]]:
    """Kind and character range of each entity of one sentence, in order."""
    taken = written(text, english=english)
    named = [
        (kind, at, to)
        for kind, at, to in names(text, english=english)
        if all(to <= other_at or at >= other_to for _, other_at, other_to in taken)
    ]
    return sorted([*taken, *named], key=lambda entry: entry[1])
