"""Matches the segments of an edited transcript to recognised ones by their times. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mp4totext.editing.segments import ids_after
from mp4totext.transcript import Segment, Transcript

_OVERLAP_MIN = 0.5  # share of the shorter segment that must overlap for one to come from the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """One position; ``edited`` is None if a person removed the segment."""

    id: str
    edited: Segment | None
    recognised: Segment | None

    @property
    def start_ms(self) -> int:
        segment = self.edited or self.recognised
        assert segment is not None
        return segment.start_ms


def aligned(recognised: Transcript, edited: Transcript) -> list[Aligned]:
    """All segments of both transcripts, each once, in order.

    Edited segments keep their ids, and get the ids of the segments they came from; recognised ones
    without an edited segment get new ids.
    """
    overlaps = sorted(_overlaps(edited.segments, recognised.segments))
    same: dict[int, int] = {}  # index among the edited -> among the recognised
    matched: set[int] = set()
    for _difference, e, r in overlaps:
        if e not in same and r not in matched:
            same[e] = r
            matched.add(r)
    new_id = ids_after(edited)
    ids = {r: edited.segments[e].id for e, r in same.items()}
    ids |= {r: new_id() for r in range(len(recognised.segments)) if r not in ids}
    origins: dict[int, list[int]] = defaultdict(list)
    for _difference, e, r in overlaps:
        origins[e].append(r)
    positions = []
    for e, segment in enumerate(edited.segments):
        origin_ids = tuple(ids[r] for r in sorted(origins[e]))
        positions.append(
            Aligned(
                id=segment.id,
                edited=replace(
                    segment, origins=None if origin_ids == (segment.id,) else origin_ids
                ),
                recognised=recognised.segments[same[e]] if e in same else None,
            )
        )
    positions += (
        Aligned(id=ids[r], edited=None, recognised=segment)
        for r, segment in enumerate(recognised.segments)
        if r not in matched
    )
    return sorted(positions, key=lambda position: position.start_ms)


def _overlaps(
    edited: tuple[Segment, ...], recognised: tuple[Segment, ...]
) -> Iterator[tuple[tuple[float, int], int, int]]:
    """Pairs of segments that mostly overlap, and the difference of their times."""
    longest = max((_end(segment) - segment.start_ms for segment in recognised), default=0)
    first = 0
    for e, segment in enumerate(edited):
        while first < len(recognised) and recognised[first].start_ms + longest <= segment.start_ms:
            first += 1
        for r in range(first, len(recognised)):
            other = recognised[r]
            if other.start_ms >= _end(segment):
                break
            overlap = min(_end(segment), _end(other)) - max(segment.start_ms, other.start_ms)
            share = overlap / min(_end(segment) - segment.start_ms, _end(other) - other.start_ms)
            if share >= _OVERLAP_MIN:
                yield (-share, -overlap), e, r


def _end(segment: Segment) -> int:
    """The end of a segment; one without a length gets 1 ms, so that it overlaps."""
    return max(segment.end_ms, segment.start_ms + 1)
