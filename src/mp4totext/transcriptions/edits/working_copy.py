"""The part of a version that edits need: loaded from the database, and changed in memory."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Text
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from mp4totext.editing.segments import NoSuchSegment, family, origins_of
from mp4totext.editing.speakers import speaking
from mp4totext.transcript import Segment, Speaker, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.queries import SEGMENT
from mp4totext.transcriptions.segments import as_recognised, segment_of, speakers_from_json

BEFORE_ALL, AFTER_ALL = -(2**62), 2**62  # positions that no segment reaches

Seen = int | str | None
"""What a client read of a segment: its revision, its text, or what the request's revision says."""


class Place(NamedTuple):
    segment: Segment
    position: int | None  # None: not yet assigned, or the stored one is no longer right


class WorkingCopy:
    """``transcript`` has the segments loaded so far, in order and as edited.

    A version may have 100,000 words, so an edit does not load all of it. Edits are functions of
    Transcript values: with the segments they name and their neighbours loaded, they change this
    part as they would change the whole transcript.
    """

    def __init__(self, session: Session, version: TranscriptVersion) -> None:
        self.session = session
        self.version = version
        self.rows: dict[str, dict[str, Any]] = {}  # as stored, including removed ones
        self.stored: dict[str, Segment] = {}  # those of the rows that are not removed
        self.transcript = Transcript(
            duration_ms=version.duration_ms,
            language=version.language,
            speakers=speakers_from_json(version.speakers),
        )
        self.next_segment = version.next_segment
        self.next_speaker = version.next_speaker
        self._accepted: set[str] = set()

    def new_segment_id(self) -> str:
        self.next_segment += 1
        return f"s{self.next_segment - 1}"

    def add_speaker(self) -> str:
        """Add a speaker without segments. Returns the id."""
        speaker = Speaker(id=f"S{self.next_speaker}")
        self.next_speaker += 1
        self.transcript = replace(self.transcript, speakers=(*self.transcript.speakers, speaker))
        return speaker.id

    def edit(self, change: Callable[[Transcript], Transcript]) -> None:
        self.transcript = change(self.transcript)

    def put(self, segments: Mapping[str, Segment]) -> None:
        """Replace loaded segments; removed ones return to the positions they had."""
        present = {segment.id for segment in self.transcript.segments}
        self.edit(lambda t: replace(t, segments=tuple(segments.get(s.id, s) for s in t.segments)))
        restored = (s for segment_id, s in segments.items() if segment_id not in present)
        self._merge((self.rows[segment.id]["position"], segment) for segment in restored)

    # --- loading ---------------------------------------------------------------------------------

    def load(self, ids: Iterable[str]) -> None:
        missing = [id_ for id_ in dict.fromkeys(ids) if id_ not in self.rows]
        if missing:
            self._add(queries.stored_segments(self.session, self.version, missing))

    def load_where(self, *conditions: ColumnElement[bool]) -> None:
        self._add(queries.segments_where(self.session, self.version, *conditions))

    def load_around(self, segment_id: str | None) -> None:
        """Load the neighbours of a segment; with None, the first segments."""
        position = BEFORE_ALL if segment_id is None else self._position_near(segment_id)
        most = 1 + self._removed_count()
        for neighbours in (queries.segments_before, queries.segments_after):
            self._add(neighbours(self.session, self.version, position, most=most))

    def load_overlapping(self, segment_id: str) -> None:
        """Load the segments after this one that begin before it ends, and one more."""
        position = self._position_near(segment_id)
        end_ms = self._segment(segment_id).end_ms
        most = 4 + self._removed_count()
        while True:
            rows = queries.segments_after(self.session, self.version, position, most=most)
            self._add(rows)
            if len(rows) < most or rows[-1]["start_ms"] >= end_ms:
                return
            position, most = rows[-1]["position"], most * 2

    def load_from(self, start_ms: int, until_ms: int) -> None:
        """Load what begins in a range of the recording, both ends included, and its neighbours."""
        self.load_where(SEGMENT.start_ms >= start_ms, SEGMENT.start_ms <= until_ms)
        if self.transcript.segments:
            self.load_around(self.transcript.segments[0].id)
            self.load_around(self.transcript.segments[-1].id)

    def load_family(self, segment_id: str) -> dict[str, Segment]:
        """Load all segments that come from the same recognised segments as this one.

        Returns the recognised ones by id, in order; none when this one was not recognised at all.
        """
        self.load((segment_id,))
        origins: dict[str, Collection[str]] = {}
        origins |= queries.origins(self.session, self.version)
        for loaded_id in self.rows:  # origins of loaded segments are in memory, as edited
            origins.pop(loaded_id, None)
        origins |= {segment.id: origins_of(segment) for segment in self.transcript.segments}
        members, roots = family(origins, segment_id)
        self.load((*members, *roots))
        rows = [self.rows[root] for root in roots if root in self.rows]
        rows.sort(key=lambda row: row["position"])
        recognised = {row["id"]: as_recognised(row) for row in rows if not row["added"]}
        related = (segment for segment in self.transcript.segments if segment.id in members)
        starts = [segment.start_ms for segment in (*related, *recognised.values())]
        if starts:
            self.load_from(min(starts), max(starts))
        return recognised

    def _add(self, rows: Sequence[RowMapping]) -> None:
        fresh = {row["id"]: dict(row) for row in rows if row["id"] not in self.rows}
        segments = {row["id"]: segment_of(row) for row in fresh.values() if not row["removed"]}
        self._merge([(fresh[id_]["position"], segment) for id_, segment in segments.items()])
        self.rows |= fresh
        self.stored |= segments

    def _merge(self, segments: Iterable[tuple[int, Segment]]) -> None:
        """Insert segments among the others, by position."""
        keyed = [((position, 0), segment) for position, segment in segments]
        if not keyed:
            return
        # A segment without a position sorts after the one before it.
        position, offset = BEFORE_ALL, 0
        for segment, stored in self.places():
            position, offset = (position, offset + 1) if stored is None else (stored, 0)
            keyed.append(((position, offset), segment))
        keyed.sort(key=lambda pair: pair[0])
        self.edit(lambda t: replace(t, segments=tuple(segment for _key, segment in keyed)))

    # --- positions -------------------------------------------------------------------------------

    def places(self) -> list[Place]:
        """The segments in order, with the stored positions that are still right."""
        segments = self.transcript.segments
        fixed = [self._fixed_position(segment) for segment in segments]
        following, limits = AFTER_ALL, []
        for position in reversed(fixed):
            limits.append(following)
            following = following if position is None else position
        places, previous = [], BEFORE_ALL
        for segment, fixed_position, limit in zip(segments, fixed, reversed(limits), strict=True):
            position = fixed_position
            if position is None and segment.id in self.rows:
                # A segment that was moved may still fit where it is stored.
                stored = self.rows[segment.id]["position"]
                position = stored if previous < stored < limit else None
            places.append(Place(segment, position))
            previous = previous if position is None else position
        return places

    def read_positions(self) -> None:
        """Read the positions again, after they were renumbered."""
        for row in queries.stored_segments(self.session, self.version, list(self.rows)):
            self.rows[row["id"]]["position"] = row["position"]

    def _fixed_position(self, segment: Segment) -> int | None:
        """The position of a segment that was not moved: the order of those never changes."""
        stored = self.stored.get(segment.id)
        if stored is None or stored.start_ms != segment.start_ms:
            return None
        position: int = self.rows[segment.id]["position"]
        return position

    def _position_near(self, segment_id: str) -> int:
        """The position of the segment, or else of the nearest one before or after it."""
        places = self.places()
        at = next((n for n, place in enumerate(places) if place.segment.id == segment_id), None)
        if at is None:
            raise NoSuchSegment(segment_id)
        nearest = [*reversed(places[: at + 1]), *places[at + 1 :]]
        return next((p.position for p in nearest if p.position is not None), BEFORE_ALL)

    def _segment(self, segment_id: str) -> Segment:
        return next(s for s in self.transcript.segments if s.id == segment_id)

    def _removed_count(self) -> int:
        return len(self.stored.keys() - {segment.id for segment in self.transcript.segments})

    # --- conflicts -------------------------------------------------------------------------------

    def refuse_changed(
        self, seen: Mapping[str, Seen], *, revision: int, yours: Mapping[str, str]
    ) -> None:
        """Raises EditConflict if one of these segments has changed since it was read.

        ``yours``: the texts of the edit, for the conflict's comparison. Segments that this copy has
        added or already checked are not checked again.
        """
        loaded = {segment.id for segment in self.transcript.segments}
        changed = []
        for segment_id, read in seen.items():
            row = self.rows.get(segment_id)
            if segment_id in self._accepted or (row is None and segment_id in loaded):
                continue
            if row is None or (row["removed"] and read is None and row["revision"] <= revision):
                raise NoSuchSegment(segment_id)
            if row["removed"] or _has_changed(row, read, revision):
                changed.append(row)
            self._accepted.add(segment_id)
        if changed:
            raise EditConflict.of_segments(self.version, changed, yours)

    # --- speakers --------------------------------------------------------------------------------

    def drop_silent(self) -> None:
        """Remove speakers without a segment, and add those who have one but are missing."""
        current = speaking(self.transcript.segments)
        lost = speaking(self.stored.values()) - current
        silent = {speaker for speaker in lost if not self.speaks_elsewhere(speaker)}
        speakers = [speaker for speaker in self.transcript.speakers if speaker.id not in silent]
        missing = current - {speaker.id for speaker in self.transcript.speakers}
        speakers += (Speaker(id=speaker_id) for speaker_id in sorted(missing))
        self.transcript = replace(self.transcript, speakers=tuple(speakers))

    def speaks(self, speaker: str) -> bool:
        """Whether a speaker has segments, or words in segments."""
        return speaker in speaking(self.transcript.segments) or self.speaks_elsewhere(speaker)

    def speaks_elsewhere(self, speaker: str) -> bool:
        """Whether a speaker has segments, or words in segments, that are not loaded."""
        for condition in (SEGMENT.speaker == speaker, mentions(speaker)):
            ids = queries.ids_where(self.session, self.version, condition, most=len(self.rows) + 1)
            if not self.rows.keys() >= set(ids):
                return True
        return False


def mentions(speaker: str) -> ColumnElement[bool]:
    """Whether words of a segment may name a speaker; any text with that name matches too."""
    return sql_cast(SEGMENT.words, Text).contains(json.dumps(speaker), autoescape=True)


def _has_changed(row: Mapping[str, Any], read: Seen, revision: int) -> bool:
    if isinstance(read, str):
        return bool(row["text"].strip() != read.strip())
    return bool(row["revision"] > revision if read is None else row["revision"] != read)
