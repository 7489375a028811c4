"""Undo: restores the states that a change replaced, unless they were changed since."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mp4totext.editing.speakers import speaking
from mp4totext.transcript import Segment, Speaker
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.edits.working_copy import WorkingCopy
from mp4totext.transcriptions.models import TranscriptChange
from mp4totext.transcriptions.segments import segment_from_json, speakers_from_json


def apply(copy: WorkingCopy, change: TranscriptChange) -> None:
    """Apply the undo. Raises EditConflict if a segment or speaker was changed since."""
    before, after = _segments(change.before), _segments(change.after)
    copy.load(before)
    current = {segment.id: segment for segment in copy.transcript.segments}
    changed = [copy.rows[id_] for id_ in before if current.get(id_) != after[id_]]
    if changed:
        yours = {row["id"]: s.text for row in changed if (s := before[row["id"]]) is not None}
        raise EditConflict.of_undo(copy.version, changed, yours)
    copy.put({id_: segment for id_, segment in before.items() if segment is not None})
    added = {id_ for id_, segment in before.items() if segment is None}
    copy.edit(lambda t: replace(t, segments=tuple(s for s in t.segments if s.id not in added)))
    _refuse_disorder(copy, before.keys() - added)
    if change.speakers_after is not None and change.speakers_before is not None:
        speakers = _restored_speakers(copy, change)
        copy.edit(lambda t: replace(t, speakers=speakers))
    returned = tuple(_returned_speakers(copy))
    copy.edit(lambda t: replace(t, speakers=(*t.speakers, *returned)))


def _segments(stored: Mapping[str, dict[str, Any] | None]) -> dict[str, Segment | None]:
    return {
        segment_id: None if segment is None else segment_from_json(segment_id, segment)
        for segment_id, segment in stored.items()
    }


def _refuse_disorder(copy: WorkingCopy, ids: Collection[str]) -> None:
    """Raises EditConflict if a neighbour has been moved, so that the old times do not fit."""
    starts_ms = {segment.id: segment.start_ms for segment in copy.transcript.segments}
    for segment_id in ids:
        row = copy.rows[segment_id]
        if row["removed"] or row["start_ms"] != starts_ms[segment_id]:
            copy.load_around(segment_id)
    for segment, following in pairwise(copy.transcript.segments):
        is_restored = not {segment.id, following.id}.isdisjoint(ids)
        if segment.start_ms > following.start_ms and is_restored:
            rows = [copy.rows[each.id] for each in (segment, following)]
            raise EditConflict.of_undo(copy.version, rows, {})


def _restored_speakers(copy: WorkingCopy, change: TranscriptChange) -> tuple[Speaker, ...]:
    """The speakers as before the change, but with later changes of other speakers.

    A speaker whom the change added stays if other segments were given to them since.
    """
    assert change.speakers_before is not None
    assert change.speakers_after is not None
    before, after = map(speakers_from_json, (change.speakers_before, change.speakers_after))
    present = copy.transcript.speakers
    old, new, current = ({s.id: s for s in speakers} for speakers in (before, after, present))
    added = new.keys() - old.keys()
    kept = {id_ for id_ in added if copy.speaks(id_)}
    if present == after and not kept:
        return before
    touched = {id_ for id_ in {**old, **new} if old.get(id_) != new.get(id_)} - kept
    for speaker_id in touched:
        if current.get(speaker_id) != new.get(speaker_id):
            raise EditConflict.of_speaker(copy.version, speaker_id)
    restored = [old.get(s.id) if s.id in touched else s for s in present]
    returned = [s for s in before if s.id in touched and s.id not in current]
    return tuple(s for s in (*restored, *returned) if s is not None)


def _returned_speakers(copy: WorkingCopy) -> Iterator[Speaker]:
    """The speakers of restored segments whom a later change removed, with their last names."""
    present = {speaker.id for speaker in copy.transcript.speakers}
    missing = speaking(copy.transcript.segments) - present
    for former in queries.former_speakers(copy.session, copy.version) if missing else ():
        for speaker in speakers_from_json(former):
            if speaker.id in missing:
                missing.remove(speaker.id)
                yield speaker
