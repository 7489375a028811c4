"""Stores each edit as a row with the states it replaced, so that it can be undone."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from mp4totext.events import log as event_log
from mp4totext.kit.clock import now
from mp4totext.kit.db import new, new_values
from mp4totext.transcript import Segment, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.working_copy import AFTER_ALL, WorkingCopy
from mp4totext.transcriptions.models import (
    TranscriptChange,
    Transcription,
    TranscriptSegment,
    TranscriptVersion,
)
from mp4totext.transcriptions.queries import SEGMENT
from mp4totext.transcriptions.segments import (
    GAP,
    columns_of,
    segment_of,
    segment_to_json,
    speakers_to_json,
)

_STEP = 2**16
"""Distance of a new segment from the one before it, if there is space: a long passage can be split
from left to right very often before the gap is used up."""

IDS_IN_EVENT_MAX = 100  # in one event; clients read more from `changes`

_SEGMENTS = cast("Table", TranscriptSegment.__table__)
_WRITTEN = (
    *("position", "revision", "removed", "checked", "start_ms", "end_ms", "speaker", "confidence"),
    *("language", "origins", "text", "recognised_text", "words", "recognised"),
)
_UPDATE = (
    update(_SEGMENTS)
    .where(
        SEGMENT.transcription_id == bindparam("transcription"),
        SEGMENT.version == bindparam("number"),
        SEGMENT.id == bindparam("segment"),
    )
    .values({name: new(SEGMENT[name]) for name in _WRITTEN})
)
_NEXT_POSITION = select(func.min(SEGMENT.position)).where(
    SEGMENT.transcription_id == bindparam("transcription"),
    SEGMENT.version == bindparam("number"),
    SEGMENT.position > bindparam("position"),
)
_LAST_POSITION = select(func.max(SEGMENT.position)).where(
    SEGMENT.transcription_id == bindparam("transcription"),
    SEGMENT.version == bindparam("number"),
    SEGMENT.position < bindparam("position"),
)


def store(
    copy: WorkingCopy,
    transcription: Transcription,
    *,
    kind: str,
    user_id: str,
    undo_of: int | None = None,
) -> TranscriptChange | None:
    """Store the differences of the copy as one change and one revision; None if there are none."""
    session, version = copy.session, copy.version
    copy.drop_silent()
    before = dict(copy.stored)
    after = {segment.id: segment for segment in copy.transcript.segments}
    touched = [id_ for id_ in {**before, **after} if before.get(id_) != after.get(id_)]
    speakers = _with_revisions(version, copy.transcript)
    if not touched and speakers == version.speakers:
        return None
    version.revision += 1
    change = TranscriptChange(
        transcription_id=version.transcription_id,
        version=version.number,
        revision=version.revision,
        at=now(),
        user_id=user_id,
        kind=kind,
        undo_of=undo_of,
        before={id_: _json_of(before.get(id_)) for id_ in touched},
        after={id_: _json_of(after.get(id_)) for id_ in touched},
        placed=_placed(copy, before),
        speakers_before=None if speakers == version.speakers else version.speakers,
        speakers_after=None if speakers == version.speakers else speakers,
    )
    _write(copy, touched, after)
    if speakers != version.speakers:
        if version.recognised_speakers is None:
            version.recognised_speakers = version.speakers
        version.speakers = speakers
    version.next_segment, version.next_speaker = copy.next_segment, copy.next_speaker
    transcription.updated_at = change.at
    session.add(change)
    session.flush()
    return change


def publish(session: Session, change: TranscriptChange, user_id: str) -> None:
    """Append the event of a change. Call it last: it locks the user's log until the commit."""
    ids = list(change.after)
    event_log.append(
        session,
        user_id=user_id,
        type="transcript_changed",
        transcription_id=change.transcription_id,
        version=change.version,
        revision=change.revision,
        segments=ids if len(ids) <= IDS_IN_EVENT_MAX else None,
    )


def _json_of(segment: Segment | None) -> dict[str, Any] | None:
    return None if segment is None else segment_to_json(segment)


def _with_revisions(version: TranscriptVersion, transcript: Transcript) -> list[dict[str, Any]]:
    """The speakers, each with the revision that last changed it."""
    stored = {speaker["id"]: speaker for speaker in version.speakers}
    revisions = {
        speaker.id: stored[speaker.id]["revision"]
        if speaker.id in stored and stored[speaker.id]["name"] == speaker.name
        else version.revision + 1
        for speaker in transcript.speakers
    }
    return speakers_to_json(transcript.speakers, revisions)


def _placed(copy: WorkingCopy, before: Mapping[str, Segment]) -> dict[str, str | None]:
    """For each segment that is new or was moved: the id of the segment before it."""
    placed: dict[str, str | None] = {}
    for segment, position in copy.places():
        if position is None or segment.id not in before:
            copy.load_around(segment.id)
            ids = [None, *(loaded.id for loaded in copy.transcript.segments)]
            placed[segment.id] = ids[ids.index(segment.id) - 1]
    return placed


def _write(copy: WorkingCopy, touched: Iterable[str], after: Mapping[str, Segment]) -> None:
    version, positions = copy.version, _positions(copy)
    key = {"transcription_id": version.transcription_id, "version": version.number}
    updates, inserts = [], []
    for segment_id in touched:
        row, segment = copy.rows.get(segment_id), after.get(segment_id)
        columns = row if segment is None else columns_of(segment)
        assert columns is not None  # a removed segment existed before
        values: dict[str, Any] = {name: columns[name] for name in _WRITTEN if name in columns}
        values |= {"revision": version.revision, "removed": segment is None, "recognised": None}
        values["position"] = positions.get(segment_id, row and row["position"])
        if row is None:
            inserts.append(key | values | {"id": segment_id, "added": True})
            continue
        values["recognised"] = row["recognised"]
        if segment is not None and row["recognised"] is None and not row["added"]:
            values["recognised"] = _if_changed(segment_of(row), segment)
        updates.append(queries.key(version) | {"segment": segment_id} | new_values(**values))
    if updates:
        copy.session.execute(_UPDATE, updates)
    if inserts:
        copy.session.execute(insert(_SEGMENTS), inserts)


def _if_changed(recognised: Segment, edited: Segment) -> dict[str, Any] | None:
    """The recognised segment as JSON; None if the edit only confirms it (``checked``)."""
    recognised = replace(recognised, checked=False)
    if recognised == replace(edited, checked=False):
        return None
    return segment_to_json(recognised)


def _positions(copy: WorkingCopy) -> dict[str, int]:
    """Positions for segments that have none yet or were moved."""
    positions: dict[str, int] = {}
    places = copy.places()
    for is_placed, group in groupby(
        enumerate(places), key=lambda item: item[1].position is not None
    ):
        if is_placed:
            continue
        run = list(group)
        first, last = run[0][0], run[-1][0]
        before_run = places[first - 1].position if first else None
        after_run = places[last + 1].position if last + 1 < len(places) else None
        free = _free_positions(copy, before_run, after_run, count=len(run))
        if free is None:
            _renumber(copy)
            return _positions(copy)
        positions |= {place.segment.id: at for (_n, place), at in zip(run, free, strict=True)}
    return positions


def _free_positions(
    copy: WorkingCopy, before: int | None, after: int | None, *, count: int
) -> Iterable[int] | None:
    """``count`` free positions after ``before``, else before ``after``; None if too few."""
    session, key = copy.session, queries.key(copy.version)
    low, high = before, after
    if before is not None:
        high = session.scalar(_NEXT_POSITION, key | {"position": before})
    else:
        limit = AFTER_ALL if after is None else after
        low = session.scalar(_LAST_POSITION, key | {"position": limit})
    if high is None:
        return [(low or 0) + GAP * n for n in range(1, count + 1)]
    if low is None:
        return [high - GAP * n for n in range(count, 0, -1)]
    step = min((high - low) // (count + 1), _STEP)
    return [low + step * n for n in range(1, count + 1)] if step else None


def _renumber(copy: WorkingCopy) -> None:
    """Give all segments of a version even gaps again, including removed ones."""
    version = copy.version
    of_version = and_(
        SEGMENT.transcription_id == version.transcription_id, SEGMENT.version == version.number
    )
    place = func.row_number().over(order_by=SEGMENT.position)
    order = select(SEGMENT.id, (place * GAP).label("position")).where(of_version).subquery()
    renumbering = update(_SEGMENTS).where(of_version, SEGMENT.id == order.c.id)
    copy.session.execute(renumbering.values(position=order.c.position))
    copy.read_positions()
