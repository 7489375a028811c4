"""Responses with changes."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.transcript import Speaker
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.schemas import ChangeOut, ChangesOut, EditAnswer, SpeakerName
from mp4totext.transcriptions.models import TranscriptChange, TranscriptVersion
from mp4totext.transcriptions.segments import (
    segment_from_json,
    segment_of,
    speakers_from_json,
)
from mp4totext.transcriptions.views import segment_out

MOST_WITH_WORDS = 100
"""Segments in one response that include their words, which are nine tenths of the data."""

MOST_CHANGES = 100  # in one list


class EditMade(BaseModel):
    """The stored response of an edit, for repeated requests, without words of the recording."""

    version: int
    revision: int
    changed: bool


def of_edit(made: EditMade, change: TranscriptChange | None) -> EditAnswer:
    """The response from what is stored with the change, so the same at any later time."""
    answer = EditAnswer(
        version=made.version, revision=made.revision, changed=[], removed=[], placed={}
    )
    if change is None:
        return answer
    after: Mapping[str, dict[str, Any] | None] = change.after
    segments = [segment_from_json(id_, body) for id_, body in after.items() if body is not None]
    words = len(segments) <= MOST_WITH_WORDS
    answer.changed = [segment_out(s, revision=made.revision, words=words) for s in segments]
    answer.removed = [segment_id for segment_id, body in after.items() if body is None]
    answer.placed = change.placed
    if change.speakers_after is not None:
        answer.speakers = [speaker_name(s) for s in speakers_from_json(change.speakers_after)]
    return answer


def since(
    session: Session, version: TranscriptVersion, revision: int, *, user_id: str
) -> ChangesOut:
    """What has changed since a revision that the client read."""
    rows = queries.segments_since(session, version, revision)
    present = [row for row in rows if not row["removed"]]
    words = len(present) <= MOST_WITH_WORDS
    made = queries.changes_since(session, version, revision, most=MOST_CHANGES)
    speakers = None
    if queries.speakers_changed(session, version, since=revision):
        speakers = [speaker_name(speaker) for speaker in speakers_from_json(version.speakers)]
    return ChangesOut(
        version=version.number,
        revision=version.revision,
        changed=[
            segment_out(segment_of(row), revision=row["revision"], words=words) for row in present
        ],
        removed=[row["id"] for row in rows if row["removed"]],
        placed={row["id"]: row["previous"] for row in present},
        speakers=speakers,
        changes=[
            ChangeOut(
                revision=change.revision,
                at=change.at,
                kind=change.kind,
                undo_of=change.undo_of,
                mine=change.user_id == user_id,
            )
            for change in made
        ],
    )


def speaker_name(speaker: Speaker) -> SpeakerName:
    return SpeakerName(id=speaker.id, name=speaker.name, label=speaker.label)
