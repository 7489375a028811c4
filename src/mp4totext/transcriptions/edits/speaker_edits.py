"""Edits of speakers, applied to the part of a version that they need."""

from collections.abc import Iterable
from typing import assert_never

from sqlalchemy import or_

from mp4totext.editing import speakers as editing
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.edits.schemas import Merge, Reassign, Rename, SpeakerAction, Split
from mp4totext.transcriptions.edits.working_copy import WorkingCopy, mentions
from mp4totext.transcriptions.queries import SEGMENT


def apply(copy: WorkingCopy, action: SpeakerAction, *, revision: int) -> None:
    match action:
        case Rename():
            _refuse_changed_speakers(copy, (action.speaker,), revision)
            copy.edit(lambda t: editing.rename(t, action.speaker, action.name))
        case Merge():
            merged = action.speakers
            _refuse_changed_speakers(copy, (action.into, *merged), revision)
            copy.load_where(or_(SEGMENT.speaker.in_(merged), *map(mentions, merged)))
            copy.edit(lambda t: editing.merge(t, into=action.into, merged=merged))
        case Split():
            _split_speaker(copy, action, revision)
        case Reassign():
            _reassign(copy, action, revision)
        case _:
            assert_never(action)


def _split_speaker(copy: WorkingCopy, action: Split, revision: int) -> None:
    ids, speaker = action.segment_ids, action.speaker
    _refuse_changed_speakers(copy, (speaker,), revision)
    copy.load(ids)
    seen = {segment_id: action.seen.get(segment_id) for segment_id in ids}
    copy.refuse_changed(seen, revision=revision, yours={})
    keep = {current.id for current in copy.transcript.speakers}
    if not copy.speaks_elsewhere(speaker):
        keep.discard(speaker)
    to = copy.add_speaker()
    copy.edit(lambda t: editing.split(t, speaker, segment_ids=ids, to=to, keep=keep))


def _reassign(copy: WorkingCopy, action: Reassign, revision: int) -> None:
    if action.to != editing.NEW:
        _refuse_missing_speaker(copy, action.to, revision)
    if action.segment_ids is not None:
        copy.load(action.segment_ids)
        touched = action.segment_ids
    else:
        touched = _load_range(copy, *_range(action))
    seen = {segment_id: action.seen.get(segment_id) for segment_id in touched}
    copy.refuse_changed(seen, revision=revision, yours={})
    to = copy.add_speaker() if action.to == editing.NEW else action.to
    # All speakers stay; ``drop_silent`` removes those without a segment when the change is stored.
    keep = {current.id for current in copy.transcript.speakers}
    if action.segment_ids is not None:
        ids = action.segment_ids
        copy.edit(lambda t: editing.reassign_segments(t, segment_ids=ids, speaker=to, keep=keep))
        return
    start_ms, end_ms = _range(action)
    copy.edit(
        lambda t: editing.reassign_range(
            t,
            start_ms=start_ms,
            end_ms=end_ms,
            speaker=to,
            new_id=copy.new_segment_id,
            keep=keep,
        )
    )


def _range(action: Reassign) -> tuple[int, int]:
    assert action.start_ms is not None
    assert action.end_ms is not None
    return action.start_ms, action.end_ms


def _load_range(copy: WorkingCopy, start_ms: int, end_ms: int) -> list[str]:
    """Load what overlaps a range, and what begins in it, as parts that are cut off may follow.

    Returns the ids of the segments that overlap.
    """
    copy.load_where(SEGMENT.start_ms < end_ms, SEGMENT.end_ms >= start_ms)
    touched = [s for s in copy.transcript.segments if editing.touched(s, start_ms, end_ms)]
    if touched:
        copy.load_from(touched[0].start_ms, max(segment.end_ms for segment in touched))
    return [segment.id for segment in touched]


def _refuse_changed_speakers(copy: WorkingCopy, speakers: Iterable[str], revision: int) -> None:
    """Raises EditConflict for a speaker who was renamed, merged or removed since ``revision``."""
    stored = {row["id"]: row for row in copy.version.speakers}
    for speaker in speakers:
        if speaker in stored and stored[speaker]["revision"] > revision:
            raise EditConflict.of_speaker(copy.version, speaker)
        _refuse_missing_speaker(copy, speaker, revision)


def _refuse_missing_speaker(copy: WorkingCopy, speaker: str, revision: int) -> None:
    if speaker in {current.id for current in copy.transcript.speakers}:
        return
    if queries.speakers_changed(copy.session, copy.version, since=revision):
        raise EditConflict.of_speaker(copy.version, speaker)
