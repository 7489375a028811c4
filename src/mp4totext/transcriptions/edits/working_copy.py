"""The part of a version that edits are about: loaded as they need it, and changed in memory."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Text
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from mp4totext.editing.segments import family, no_such_segment, origins_of
from mp4totext.editing.speakers import speaking
from mp4totext.transcript import Segment, Speaker, Transcript
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.queries import SEGMENT
from mp4totext.transcriptions.segments import as_recognised, segment_of, speakers_from_json

AHEAD_OF_ALL, BEHIND_ALL = -(2**62), 2**62  # positions that no segment reaches

Seen = int | str | None
"""What an editor read of a segment: its revision, its text, or what the request's revision says."""


class Place(NamedTuple):
    segment: Segment
    position: int | None  # None: it has none yet, or not where it now belongs


class WorkingCopy:
    """``transcript`` has the segments loaded so far, in order, with what edits made of them.

    Edits are functions of Transcript values: given the segments they name and those around, they
    do to this part what they would do to the whole.
    """

    def __init__(self, session: Session, version: TranscriptVersion) -> None:
        self.session = session
        self.version = version
        self.rows: dict[str, dict[str, Any]] = {}  # as they are stored, removed ones too
        self.stored: dict[str, Segment] = {}  # of the rows, those that are not removed
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
        """A new speaker, without segments yet. Returns the id."""
        speaker = Speaker(id=f"S{self.next_speaker}")
        self.next_speaker += 1
        self.transcript = replace(self.transcript, speakers=(*self.transcript.speakers, speaker))
        return speaker.id

    def edit(self, change: Callable[[Transcript], Transcript]) -> None:
        self.transcript = change(self.transcript)

    def put(self, segments: Mapping[str, Segment]) -> None:
        """Loaded segments as they shall be, also removed ones: these at the places they had."""
        present = {segment.id for segment in self.transcript.segments}
        self.edit(
            lambda now: replace(
                now, segments=tuple(segments.get(each.id, each) for each in now.segments)
            )
        )
        back = (segment for each, segment in segments.items() if each not in present)
        self._merge((self.rows[segment.id]["position"], segment) for segment in back)

    # --- loading ---------------------------------------------------------------------------------

    def load(self, ids: Iterable[str]) -> None:
        missing = [each for each in dict.fromkeys(ids) if each not in self.rows]
        if missing:
            self._add(queries.stored_segments(self.session, self.version, missing))

    def load_where(self, *conditions: ColumnElement[bool]) -> None:
        self._add(queries.segments_where(self.session, self.version, *conditions))

    def load_around(self, segment_id: str | None) -> None:
        """Load the neighbours of a segment; with None, the first segments."""
        position = AHEAD_OF_ALL if segment_id is None else self._position_near(segment_id)
        most = 1 + self._removed_here()
        for neighbours in (queries.segments_before, queries.segments_after):
            self._add(neighbours(self.session, self.version, position, most=most))

    def load_overlapping(self, segment_id: str) -> None:
        """What follows a segment and begins before it ends, and one more."""
        position = self._position_near(segment_id)
        end_ms = self._segment(segment_id).end_ms
        most = 4 + self._removed_here()
        while True:
            rows = queries.segments_after(self.session, self.version, position, most=most)
            self._add(rows)
            if len(rows) < most or rows[-1]["start_ms"] >= end_ms:
                return
            position, most = rows[-1]["position"], most * 2

    def load_from(self, start_ms: int, until_ms: int) -> None:
        """What begins in a stretch of the recording, both ends included, and the neighbours."""
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
        for known in self.rows:
            origins.pop(known, None)
        origins |= {segment.id: origins_of(segment) for segment in self.transcript.segments}
        members, roots = family(origins, segment_id)
        self.load((*members, *roots))
        rows = [self.rows[each] for each in roots if each in self.rows]
        rows.sort(key=lambda row: row["position"])
        recognised = {row["id"]: as_recognised(row) for row in rows if not row["added"]}
        theirs = (segment for segment in self.transcript.segments if segment.id in members)
        starts = [segment.start_ms for segment in (*theirs, *recognised.values())]
        if starts:
            self.load_from(min(starts), max(starts))
        return recognised

    def _add(self, rows: Sequence[RowMapping]) -> None:
        fresh = {row["id"]: dict(row) for row in rows if row["id"] not in self.rows}
        segments = {row["id"]: segment_of(row) for row in fresh.values() if not row["removed"]}
        self._merge([(fresh[each]["position"], segment) for each, segment in segments.items()])
        self.rows |= fresh
        self.stored |= segments

    def _merge(self, segments: Iterable[tuple[int, Segment]]) -> None:
        """Puts segments among the others, by position."""
        keyed = [((position, 0), segment) for position, segment in segments]
        if not keyed:
            return
        position, behind = AHEAD_OF_ALL, 0
        for segment, own in self.places():
            position, behind = (position, behind + 1) if own is None else (own, 0)
            keyed.append(((position, behind), segment))
        keyed.sort(key=lambda pair: pair[0])
        self.edit(lambda now: replace(now, segments=tuple(segment for _key, segment in keyed)))

    # --- where things are ------------------------------------------------------------------------

    def places(self) -> list[Place]:
        """The segments in order, with the stored positions that are right for it."""
        segments = self.transcript.segments
        fixed = [self._fixed_position(segment) for segment in segments]
        following, limits = BEHIND_ALL, []
        for position in reversed(fixed):
            limits.append(following)
            following = following if position is None else position
        places, last = [], AHEAD_OF_ALL
        for segment, position, limit in zip(segments, fixed, reversed(limits), strict=True):
            own = position
            if own is None and segment.id in self.rows:
                stored = self.rows[segment.id]["position"]
                own = stored if last < stored < limit else None
            places.append(Place(segment, own))
            last = last if own is None else own
        return places

    def read_positions(self) -> None:
        """Again, after they changed."""
        for row in queries.stored_segments(self.session, self.version, list(self.rows)):
            self.rows[row["id"]]["position"] = row["position"]

    def _fixed_position(self, segment: Segment) -> int | None:
        """The position of a segment that has not moved: the order of those never changes."""
        stored = self.stored.get(segment.id)
        if stored is None or stored.start_ms != segment.start_ms:
            return None
        position: int = self.rows[segment.id]["position"]
        return position

    def _position_near(self, segment_id: str) -> int:
        """Its own, or else that of the nearest before it, or behind."""
        places = self.places()
        at = next((n for n, place in enumerate(places) if place.segment.id == segment_id), None)
        if at is None:
            raise no_such_segment(segment_id)
        nearest = [*reversed(places[: at + 1]), *places[at + 1 :]]
        return next((p.position for p in nearest if p.position is not None), AHEAD_OF_ALL)

    def _segment(self, segment_id: str) -> Segment:
        return next(each for each in self.transcript.segments if each.id == segment_id)

    def _removed_here(self) -> int:
        return len(self.stored.keys() - {segment.id for segment in self.transcript.segments})

    # --- what an editor may touch ----------------------------------------------------------------

    def refuse_changed(
        self, seen: Mapping[str, Seen], *, revision: int, yours: Mapping[str, str]
    ) -> None:
        """Raises EditConflict when somebody changed one of these segments since it was read.

        ``yours``: the texts that the editor wants, for those who have to choose. What this copy
        made or has let through is not looked at again.
        """
        changed = []
        for segment_id, read in seen.items():
            row = self.rows.get(segment_id)
            if segment_id in self._accepted or (row is None and self._is_new(segment_id)):
                continue
            if row is None or (row["removed"] and read is None and row["revision"] <= revision):
                raise no_such_segment(segment_id)
            if row["removed"] or _has_changed(row, read, revision):
                changed.append(row)
            self._accepted.add(segment_id)
        if changed:
            raise EditConflict.of_segments(self.version, changed, yours)

    def _is_new(self, segment_id: str) -> bool:
        return any(segment.id == segment_id for segment in self.transcript.segments)

    # --- speakers --------------------------------------------------------------------------------

    def drop_silent(self) -> None:
        """Without the speakers whose last line the edits took; with all who have one."""
        now = speaking(self.transcript.segments)
        lost = speaking(self.stored.values()) - now
        gone = {speaker for speaker in lost if not self.speaks_elsewhere(speaker)}
        kept = [each for each in self.transcript.speakers if each.id not in gone]
        missing = now - {each.id for each in self.transcript.speakers}
        kept += (Speaker(id=each) for each in sorted(missing))
        self.transcript = replace(self.transcript, speakers=tuple(kept))

    def speaks_elsewhere(self, speaker: str) -> bool:
        """Whether a speaker has lines, or words in them, outside of what is loaded."""
        for said in (SEGMENT.speaker == speaker, mentions(speaker)):
            ids = queries.ids_where(self.session, self.version, said, most=len(self.rows) + 1)
            if not self.rows.keys() >= set(ids):
                return True
        return False


def mentions(speaker: str) -> ColumnElement[bool]:
    """Whether the words of a segment may name a speaker: they do, or contain such a text."""
    return sql_cast(SEGMENT.words, Text).contains(json.dumps(speaker), autoescape=True)


def _has_changed(row: Mapping[str, Any], read: Seen, revision: int) -> bool:
    if isinstance(read, str):
        return bool(row["text"].strip() != read.strip())
    return bool(row["revision"] > revision if read is None else row["revision"] != read)
