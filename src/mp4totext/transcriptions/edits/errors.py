from collections.abc import Iterable, Mapping
from typing import Any

from mp4totext.kit.errors import NotFound, WrongState
from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.schemas import SegmentOut


class EditConflict(WrongState):
    """Someone has changed what an edit applies to since it was read."""

    code = "edit_conflict"

    @classmethod
    def of_segments(
        cls, version: TranscriptVersion, rows: Iterable[Mapping[str, Any]], yours: Mapping[str, str]
    ) -> "EditConflict":
        """The error with both texts of each segment, so that a person can choose."""
        segments = [_segment(row, yours) for row in rows]
        return cls(
            f"{_named(segments)} changed since you read the transcript, so nothing was edited. See "
            "what is there now, and repeat the edit with the revision of this answer.",
            version=version.number,
            revision=version.revision,
            segments=segments,
        )

    @classmethod
    def of_undo(
        cls, version: TranscriptVersion, rows: Iterable[Mapping[str, Any]], yours: Mapping[str, str]
    ) -> "EditConflict":
        segments = [_segment(row, yours) for row in rows]
        return cls(
            f"{_named(segments)} changed after the change that you want to undo, so nothing was "
            "undone. Undo the later changes first, or edit what is there now.",
            version=version.number,
            revision=version.revision,
            segments=segments,
        )

    @classmethod
    def of_speaker(cls, version: TranscriptVersion, speaker: str) -> "EditConflict":
        return cls(
            f"Speaker {speaker!r} changed since you read the transcript, so nothing was edited. "
            "See who is there now, and repeat the edit with the revision of this answer.",
            version=version.number,
            revision=version.revision,
            segments=[],
            speakers=[{"id": each["id"], "name": each["name"]} for each in version.speakers],
        )


def _segment(row: Mapping[str, Any], yours: Mapping[str, str]) -> dict[str, Any]:
    fields = {name: row[name] for name in SegmentOut.model_fields if name in row}
    current = SegmentOut(**(fields | {"words": None})).model_dump(mode="json")
    return {
        "id": row["id"],
        "yours": yours.get(row["id"]),
        "current": None if row["removed"] else current,
        "revision": row["revision"],
    }


def _named(segments: list[dict[str, Any]]) -> str:
    names = ", ".join(repr(segment["id"]) for segment in segments[:3])
    more = f" and {len(segments) - 3} more" if len(segments) > 3 else ""
    return f"Segment{'s' if len(segments) > 1 else ''} {names}{more}"


class NoSuchChange(NotFound):
    code = "change_not_found"

    def __init__(self, revision: int) -> None:
        super().__init__(values={"revision": revision})
