"""Converts segments between database rows and values."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import RowMapping

from mp4totext.transcript import Segment, Speaker, words_from_arrays, words_to_arrays

GAP = 2**32
"""Distance between the positions of two segments of a new version, for insertions."""

Row = Mapping[str, Any] | RowMapping

# Fields that are left out of a stored segment with these values.
_USUAL: dict[str, Any] = {
    "words": [],
    "speaker": None,
    "confidence": None,
    "language": None,
    "recognised_text": None,
    "checked": False,
    "origins": None,
}


def columns_of(segment: Segment) -> dict[str, Any]:
    """The columns with a segment's content; other columns have its position and origin."""
    return {
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "text": segment.text,
        "words": words_to_arrays(segment.words),
        "speaker": segment.speaker,
        "confidence": segment.confidence,
        "language": segment.language,
        "recognised_text": segment.recognised_text,
        "checked": segment.checked,
        "origins": None if segment.origins is None else list(segment.origins),
    }


def segment_of(row: Row, *, words: bool = True) -> Segment:
    """A segment from a row's columns, or from ``columns_of``; ``words`` False leaves them out."""
    origins = row["origins"]
    return Segment(
        id=row["id"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        text=row["text"],
        words=words_from_arrays(row["words"]) if words else (),
        speaker=row["speaker"],
        confidence=row["confidence"],
        language=row["language"],
        recognised_text=row["recognised_text"],
        checked=row["checked"],
        origins=None if origins is None else tuple(origins),
    )


def segment_to_json(segment: Segment) -> dict[str, Any]:
    """A whole segment as JSON, for a column of a change."""
    columns = columns_of(segment)
    return {name: value for name, value in columns.items() if value != _USUAL.get(name, ...)}


def segment_from_json(segment_id: str, stored: Mapping[str, Any]) -> Segment:
    return segment_of(_USUAL | {"id": segment_id} | dict(stored))


def as_recognised(row: Row) -> Segment:
    """A row's segment before any edit."""
    if row["recognised"] is not None:
        return segment_from_json(row["id"], row["recognised"])
    return replace(segment_of(row), checked=False)


def speakers_to_json(
    speakers: Iterable[Speaker], revisions: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """``revisions``: of each speaker's last change; None: speakers are stored without revisions."""
    return [
        {"id": each.id, "name": each.name, "revision": (revisions or {}).get(each.id, 0)}
        for each in speakers
    ]


def speakers_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Speaker, ...]:
    return tuple(Speaker(id=each["id"], name=each["name"]) for each in stored)
