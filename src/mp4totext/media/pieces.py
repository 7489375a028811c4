"""Reads a file whose pieces are in the wrong order in the right one.

A browser sends a recording in pieces while it is made. A service that stores them as they arrive
may swap some: FFmpeg plays those of a WebM in the wrong order, and leaves out those of an MP4.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mp4totext.media import heads

Range = tuple[int, int]  # (first byte, byte after the last one)

_SPACING_MIN = 0.25  # of the usual time between two pieces; twice the same stretch is closer
_CLUSTER, _TIMESTAMP = b"\x1f\x43\xb6\x75", 0xE7  # IDs of Matroska elements
_CLUSTER_HEAD_BYTES = 4 + 8 + 2 + 8
_BLOCK_BYTES = 1 << 20
_PARENTS = (b"traf",)


class Pieces(io.RawIOBase):
    """A file that consists of ranges of bytes of another one."""

    def __init__(self, path: Path, ranges: Sequence[Range]) -> None:
        self._file = path.open("rb")
        self._ranges = ranges
        self._starts = np.concatenate([[0], np.cumsum([end - begin for begin, end in ranges])])
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: int(self._starts[-1])}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """Less than ``size`` at the end of a range."""
        number = int(np.searchsorted(self._starts, self._at, side="right")) - 1
        if number >= len(self._ranges):
            return b""
        begin, end = self._ranges[number]
        place = begin + self._at - int(self._starts[number])
        self._file.seek(place)
        data = self._file.read(end - place if size < 0 else min(size, end - place))
        self._at += len(data)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


def of_mp4(path: Path) -> tuple[Range, ...]:
    """The ranges of a fragmented MP4 in the order of its clock; none if they are in order."""
    times: list[int] = []
    places: list[int] = []
    tracks: set[int] = set()
    begin = end = 0
    for kind, at, after in heads.boxes(path, 0):
        if kind == b"moov" and times:
            return ()  # another recording
        if kind == b"moof":
            track, time = _track_and_time(path, at, after)
            tracks.add(track)
            times.append(time)
            places.append(begin)
        if kind in (b"moov", b"mdat"):
            begin = end = after
    if len(tracks) != 1:
        return ()  # their units may differ
    size = path.stat().st_size
    ranges = list(pairwise([*places, min(end, size)]))
    return _in_order(times, ranges, (0, places[0]), (min(end, size), size))


def of_webm(path: Path, header: int = 0) -> tuple[Range, ...]:
    """As ``of_mp4``, for the clusters of a WebM. ``header``: where its header begins.

    What comes before the header must begin with a cluster.
    """
    with path.open("rb") as file:
        clusters = list(_clusters(file))
    places = [place for _, place in clusters]
    first = next((place for place in places if place > header), 0)
    if not first or (header and places[0]):
        return ()
    ends = [*places[1:], path.stat().st_size]
    ranges = [
        (begin, header if begin < header < end else end)
        for begin, end in zip(places, ends, strict=True)
    ]
    return _in_order([time for time, _ in clusters], ranges, (header, first), (0, 0))


def _in_order(
    times: Sequence[int], ranges: Sequence[Range], before: Range, after: Range
) -> tuple[Range, ...]:
    """The pieces by their times, if sorting them fills the hole that a piece left further on."""
    clock = np.array(times)
    if len(clock) < 3 or not (np.diff(clock) < 0).any():
        return ()
    steps = np.diff(np.sort(clock))
    is_filled = steps.max() < np.diff(clock).max()
    if steps.min() < np.median(steps) * _SPACING_MIN or not is_filled:
        return ()  # a clock that began anew
    ordered = (before, *(ranges[number] for number in np.argsort(clock)), after)
    return tuple((begin, end) for begin, end in ordered if begin < end)


def _track_and_time(path: Path, start: int, end: int) -> tuple[int, int]:
    """The first track of a fragment, and its decode time in units of that track."""
    track = time = 0
    with path.open("rb") as file:
        for kind, begin, _ in heads.inner_boxes(path, _PARENTS, start + 8, end):
            file.seek(begin)
            data = file.read(12).ljust(12, b"\0")
            if kind == b"tfhd":
                if track:
                    break
                track = int(struct.unpack_from(">I", data, 4)[0])
            elif kind == b"tfdt":
                time = int(struct.unpack_from(">Q" if data[0] else ">I", data, 4)[0])
    return track, time


def _clusters(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(time, first byte) of clusters that begin with their time, as browsers write them."""
    at = 0
    while True:
        file.seek(at)
        data = file.read(_BLOCK_BYTES + _CLUSTER_HEAD_BYTES)
        place = data.find(_CLUSTER)
        while 0 <= place < _BLOCK_BYTES:
            if (
                time := _time_of_cluster(data[place + 4 : place + _CLUSTER_HEAD_BYTES])
            ) is not None:
                yield time, at + place
            place = data.find(_CLUSTER, place + 1)
        if len(data) < _BLOCK_BYTES + _CLUSTER_HEAD_BYTES:
            return
        at += _BLOCK_BYTES


def _time_of_cluster(head: bytes) -> int | None:
    """From what follows the ID: a size of 1 to 8 bytes, and the time as the first element."""
    at = 9 - head[0].bit_length() if head else 0
    if len(head) < at + 2 or head[at] != _TIMESTAMP:
        return None
    length = head[at + 1] & 0x7F
    return int.from_bytes(head[at + 2 : at + 2 + length]) if length <= 8 else None
