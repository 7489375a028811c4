"""Maps time stamps to positions in the recording, for the probe, the reader and billing. Pure.

Times are integer microseconds. A *stamp* is the time in a packet; a *place* counts from the start
of the recording, which is its first sound or picture. Packets of sound follow each other without
gaps; a stamp changes that only where it leaves a gap, which is silence, or restarts, which is not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

JITTER_US = 100_000  # a smaller difference is rounding or clock drift, and is ignored
RESTART_US = 1_000_000  # stamps that run back further have restarted
_GAP_US = 60_000_000  # a longer silence must be confirmed by another track that continues during it
# As ``_GAP_US``, for formats whose clock may jump at any time, according to FFmpeg.
_GAP_BROADCAST_US = 10_000_000
_PROOF_EVERY_US = 60_000_000  # another track continues if its packets are at most so far apart
_SCAN = 4_096  # packets that are processed at once

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stamps:
    """The packets of one track, in file order."""

    stamps: Times
    lengths: Times
    orders: Times  # index among the packets of all tracks
    first_us: int  # stamp of the first sample that the decoder outputs


@dataclass(frozen=True, slots=True)
class Break:
    """From this packet on ``shift_us`` is added to stamps."""

    packet: int  # index in its track
    stamp_us: int
    shift_us: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How packets with wrong stamps really follow each other."""

    step: int  # from one stamp to the next, in the container's units
    samples: int
    rate: int
    misleads: bool  # the edit list, in the same units, would leave out what is there

    @property
    def packet_us(self) -> float:
        return self.samples * 1_000_000 / self.rate


@dataclass(frozen=True, slots=True)
class TrackTimes:
    breaks: tuple[Break, ...]
    end_us: int
    seekable: bool  # stamps only increase, so that a stamp identifies one place
    trimmed: bool  # the last packet is padded beyond the end
    pace: Pace | None = None  # of packets with wrong stamps; ``breaks`` are of the true ones

    def shift_at(self, packet: int) -> int:
        """The shift of a packet, by its index."""
        return next((b.shift_us for b in reversed(self.breaks) if b.packet <= packet), 0)

    def shift_of(self, stamp_us: int) -> int:
        """The shift at a stamp of a seekable track."""
        known = (b.shift_us for b in reversed(self.breaks) if b.stamp_us <= stamp_us)
        return next(known, self.breaks[0].shift_us if self.breaks else 0)

    def stamp_of(self, place_us: int) -> int:
        """The stamp to seek to. A place inside a gap has the stamp it would have had."""
        known = (b for b in reversed(self.breaks) if b.stamp_us + b.shift_us <= place_us)
        found = next(known, self.breaks[0] if self.breaks else None)
        return place_us - (found.shift_us if found is not None else 0)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "TrackTimes":
        breaks = tuple(Break(**b) for b in data["breaks"])
        pace = data["pace"] and Pace(**data["pace"])
        return cls(breaks, data["end_us"], data["seekable"], data["trimmed"], pace)


def lay_out(
    tracks: Sequence[Stamps],
    *,
    broadcast: bool,
    origin_us: int,
    others: Callable[[], Sequence[Times]] = lambda: (),
) -> list[TrackTimes]:
    """The places of all packets of all tracks.

    ``broadcast``: the format's clock may jump (MPEG streams, Ogg). ``origin_us``: the stamp of
    place 0. ``others``: returns the stamps of tracks without sound; called only if a gap must be
    proven.
    """
    proof = _Proof(tracks, others)
    lines = [_Line(track, number) for number, track in enumerate(tracks)]
    clock = _Clock(-origin_us, _GAP_BROADCAST_US if broadcast else _GAP_US, proof)
    for line in lines:
        line.begin(clock)
    while True:
        jumps = [line for line in lines if line.next_jump is not None]
        if not jumps:
            break
        earliest = min(jumps, key=lambda line: line.order_of_jump)
        earliest.jump(clock, max(line.end_before(earliest.order_of_jump) for line in lines))
    return [line.times() for line in lines]


@dataclass(slots=True)
class _Clock:
    shift_us: int  # the same for all tracks, as the whole file restarts at once
    gap_us: int
    proof: "_Proof"


class _Proof:
    """Tells whether another track continues while one is silent."""

    def __init__(self, tracks: Sequence[Stamps], others: Callable[[], Sequence[Times]]) -> None:
        self._tracks = tracks
        self._ask = others
        self._others: Sequence[Times] | None = None

    def holds(self, other_than: int, low_us: int, high_us: int) -> bool:
        needed = max(2, (high_us - low_us) // _PROOF_EVERY_US)
        sound = (t.stamps for number, t in enumerate(self._tracks) if number != other_than)
        if self._others is None:
            self._others = self._ask()
        return any(_inside(s, low_us, high_us) >= needed for s in (*sound, *self._others))


def _inside(stamps: Times, low_us: int, high_us: int) -> int:
    return int(np.count_nonzero((stamps > low_us) & (stamps < high_us)))


class _Line:
    """One track while it is laid out. Between two jumps its packets follow each other."""

    def __init__(self, track: Stamps, number: int) -> None:
        self._track = track
        self._number = number
        self._sums = np.concatenate([[0], np.cumsum(track.lengths)])
        self._from = 0  # the first packet after the last jump
        self._place_us = 0  # place of that packet
        self._shift_us = 0
        self._breaks: list[Break] = []
        self._seekable = True
        self.next_jump: int | None = None

    @property
    def order_of_jump(self) -> int:
        assert self.next_jump is not None
        return int(self._track.orders[self.next_jump])

    def begin(self, clock: _Clock) -> None:
        """A track that starts late starts with silence, if that is plausible."""
        first = self._track.first_us
        late_us = first + clock.shift_us
        believed = late_us <= clock.gap_us or clock.proof.holds(
            self._number, -clock.shift_us, first
        )
        self._shift_us = clock.shift_us if believed else -first
        self._place_us = first + self._shift_us
        # Samples that a decoder drops at the start are included in the first packets' lengths.
        self._sums += int(self._track.stamps[0]) - first
        self._sums[0] = 0
        self._breaks.append(Break(0, int(self._track.stamps[0]), self._shift_us))
        self._find_jump()

    def jump(self, clock: _Clock, latest_us: int) -> None:
        """Decide what the stamp at ``next_jump`` means. ``latest_us``: the end of all before it."""
        at = self.next_jump
        assert at is not None
        stamp = int(self._track.stamps[at])
        expected = self._place_of(at)
        before = int(self._track.stamps[at - 1])
        gap_us = stamp + clock.shift_us - expected
        if -RESTART_US <= gap_us <= clock.gap_us or (
            gap_us > 0 and clock.proof.holds(self._number, before, stamp)
        ):
            place = max(expected, stamp + clock.shift_us)
        else:
            place = max(self._end_at(at), latest_us)
            clock.shift_us = place - stamp
        if clock.shift_us != self._shift_us:
            self._breaks.append(Break(at, stamp, clock.shift_us))
            self._seekable = self._seekable and stamp >= before
        self._shift_us = clock.shift_us
        self._from, self._place_us = at, place
        self._find_jump()

    def end_before(self, order: int) -> int:
        """The end of the last packet before the packet ``order`` of the file."""
        return self._end_at(int(np.searchsorted(self._track.orders, order)))

    def _end_at(self, packet: int) -> int:
        """The end of the packet before this one, by its stamp or by counting, whichever is later.

        Lengths are rounded or estimated, so either may be slightly short.
        """
        counted = self._place_of(packet)
        if packet <= self._from:
            return counted
        before = packet - 1
        stamped = int(self._track.stamps[before] + self._track.lengths[before]) + self._shift_us
        return max(stamped, counted)

    def times(self) -> TrackTimes:
        last = len(self._track.stamps) - 1
        end = self._end_at(last + 1)
        trimmed = last > 0 and self._track.lengths[last] < self._track.lengths[last - 1] * 0.99
        return TrackTimes(tuple(self._breaks), max(end, 0), self._seekable, bool(trimmed))

    def _place_of(self, packet: int) -> int:
        """The place of a packet after the last jump, by counting from there."""
        return self._place_us + int(self._sums[max(packet, self._from)] - self._sums[self._from])

    def _find_jump(self) -> None:
        self.next_jump = next(self._jumps(), None)

    def _jumps(self) -> Iterator[int]:
        stamps, start = self._track.stamps, self._from + 1
        base = self._place_us - int(self._sums[self._from])
        for low in range(start, len(stamps), _SCAN):
            part = slice(low, low + _SCAN)
            ahead = stamps[part] + self._shift_us - (base + self._sums[:-1][part])
            found = np.flatnonzero((ahead > JITTER_US) | (ahead < -RESTART_US))
            if len(found):
                yield low + int(found[0])
