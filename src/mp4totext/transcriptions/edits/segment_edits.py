"""Edits of segments, applied to the part of a version that they need."""

from typing import assert_never

from mp4totext.editing import segments as editing
from mp4totext.editing.segments import NewId
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.edits.schemas import (
    SegmentCheck,
    SegmentEdit,
    SegmentEdits,
    SegmentInsert,
    SegmentMerge,
    SegmentRemove,
    SegmentRestore,
    SegmentSplit,
    SegmentText,
    SegmentTimes,
)
from mp4totext.transcriptions.edits.working_copy import Seen, WorkingCopy

# Edits that need only the segments they name and their neighbours.
_LocalEdit = (
    SegmentText
    | SegmentSplit
    | SegmentMerge
    | SegmentInsert
    | SegmentRemove
    | SegmentTimes
    | SegmentCheck
)


def apply(copy: WorkingCopy, body: SegmentEdits) -> None:
    """Apply all edits in order. Raises EditConflict before any is applied, and Invalid."""
    copy.load(each for edit in body.edits for each in _named(edit))
    seen: dict[str, Seen] = {}
    for edit in body.edits:
        for segment_id, read in _seen(copy, edit).items():
            seen[segment_id] = read if seen.get(segment_id) is None else seen[segment_id]
    yours = {edit.id: edit.text for edit in body.edits if isinstance(edit, SegmentText)}
    copy.refuse_changed(seen, revision=body.revision, yours=yours)
    for edit in body.edits:
        if isinstance(edit, SegmentRestore):
            _restore(copy, edit, revision=body.revision)
        else:
            _edit(copy, edit)


def _named(edit: SegmentEdit) -> list[str]:
    match edit:
        case SegmentInsert():
            return [] if edit.after is None else [edit.after]
        case SegmentMerge():
            return [edit.id, edit.following]
        case _:
            return [edit.id]


def _seen(copy: WorkingCopy, edit: SegmentEdit) -> dict[str, Seen]:
    """The segments that an edit changes, with what was read of them."""
    match edit:
        case SegmentRestore():
            return {}  # it changes everything that came from the same segments; see _restore
        case SegmentInsert():
            # The previous segment may have changed, but must exist.
            row = copy.rows.get(edit.after or "")
            gone = row is None or row["removed"]
            return {edit.after: None} if edit.after is not None and gone else {}
        case SegmentMerge():
            return {edit.id: edit.seen, edit.following: edit.following_seen}
        case _:
            return {edit.id: edit.seen}


def _edit(copy: WorkingCopy, edit: _LocalEdit) -> None:
    """Apply one edit, after loading the neighbours that it needs."""
    match edit:
        case SegmentSplit():
            copy.load_overlapping(edit.id)
        case SegmentMerge() | SegmentTimes():
            copy.load_around(edit.id)
        case SegmentInsert():
            copy.load_around(edit.after)
        case _:
            pass
    copy.edit(lambda now: _edited(now, edit, copy.new_segment_id))


def _edited(now: Transcript, edit: _LocalEdit, new_id: NewId) -> Transcript:
    match edit:
        case SegmentText():
            return editing.set_texts(now, {edit.id: edit.text})
        case SegmentSplit():
            return editing.split(now, edit.id, at=edit.at, new_id=new_id)
        case SegmentMerge():
            return editing.merge(now, edit.id, following=edit.following)
        case SegmentInsert():
            return editing.insert(
                now,
                after=edit.after,
                text=edit.text,
                start_ms=edit.start_ms,
                end_ms=edit.end_ms,
                speaker=edit.speaker,
                new_id=new_id,
            )
        case SegmentRemove():
            return editing.remove(now, edit.id)
        case SegmentTimes():
            return editing.set_times(now, edit.id, start_ms=edit.start_ms, end_ms=edit.end_ms)
        case SegmentCheck():
            return editing.check(now, edit.id, checked=edit.checked)
    assert_never(edit)


def _restore(copy: WorkingCopy, edit: SegmentRestore, *, revision: int) -> None:
    recognised = copy.load_family(edit.id)
    row = copy.rows.get(edit.id)
    if row is None:
        raise editing.NoSuchSegment(edit.id)
    if row["removed"] and row["revision"] > revision:
        raise EditConflict.of_segments(copy.version, [row], {})
    origins = {s.id: editing.origins_of(s) for s in copy.transcript.segments}
    members, _roots = editing.family(origins, edit.id)
    seen: dict[str, Seen] = dict.fromkeys(members)
    if edit.id in members:
        seen[edit.id] = edit.seen
    copy.refuse_changed(seen, revision=revision, yours={})
    copy.edit(lambda now: editing.restore(now, edit.id, recognised=recognised))
