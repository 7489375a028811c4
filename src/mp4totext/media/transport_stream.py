"""Finds where an MPEG transport stream announces other sound tracks, as joined recordings do.

It also finds where the stream ends and a recording in another format follows.

The program association table (PAT) lists programmes, and the program map table (PMT) of each lists
its tracks. FFmpeg decodes by the first tables, and leaves out tracks that are announced later.
"""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mp4totext.media import heads

_SYNC = 0x47
_PACKET = 188
_SIZES = ((188, 0), (192, 4), (204, 0))  # (distance of packets, offset of the sync byte)
_OWN_HEAD = {188: ("ts",), 192: ("m2ts",), 204: ()}  # the name in heads of packets of a size
_BLOCK_BYTES = 4_096 * 188
_LOST_PACKETS = 5  # in a row without a sync byte: the others are somewhere else, or there are none
_LOSSES_MAX = 1_000  # places where packets are looked for again
_SEARCH_BYTES = 64 << 10
_SECTION, _SECTION_MASK = 0x4047, 0x40FF  # the sync byte, and payload_unit_start_indicator
_PAT_PID = 0
_SCRAMBLED = 0x80  # of transport_scrambling_control
_OTHER_FORMAT = -1  # instead of a PID
_SOUND_TYPES = frozenset({0x03, 0x04, 0x0F, 0x11, *range(0x80, 0x88), 0xC1, 0xC2})
_PRIVATE = 0x06  # stream type: PES packets with private data
_SOUND_DESCRIPTORS = frozenset({0x6A, 0x7A, 0x7B, 0x7C})  # AC-3, E-AC-3, DTS, AAC
_REGISTRATION = 0x05  # tag of the registration descriptor
_SOUND_REGISTERED = (b"AC-3", b"EAC3", b"Opus", b"DTS", b"BSSD")
_BACK_BYTES = 8 * 204  # of tables; further back is sound of the previous recording

Tracks = frozenset[tuple[int, int]]  # (PID, stream type)
Packets = NDArray[np.uint8]  # (packets, bytes)


def next_change(path: Path, start: int) -> int:
    """The position from which none of the earlier sound tracks is announced; 0 if there is none.

    Or the position at which a recording in another format begins.
    """
    listed: dict[int, Tracks] = {}
    before: Tracks = frozenset()
    for at, pid, section in _sections(path, start):
        if pid == _OTHER_FORMAT:
            return at
        if pid == _PAT_PID:
            programmes = set(_programmes(section))
            if not programmes & set(listed):
                listed = dict.fromkeys(programmes, frozenset[tuple[int, int]]())
        elif pid in listed:
            listed[pid] = frozenset(_sound_tracks(section))
            now = frozenset[tuple[int, int]]().union(*listed.values())
            if before and now and not before & now:
                return tables_before(path, at)
            before = now or before
    return 0


def tables_before(path: Path, place: int) -> int:
    """The position of the PAT just before a packet, without which nothing can be read after it."""
    start = max(0, place - _BACK_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(place - start + 8)
    end = len(data)
    while (at := data.rfind(b"\x47\x40\x00", 0, end)) >= 0:
        for size, begin in _SIZES:
            if (place + begin - start - at) % size == 0:
                return start + at - begin
        end = at
    return place


def is_scrambled(path: Path) -> bool:
    """Whether most of the first packets are encrypted, as pay television is."""
    for _, packets, begin in _blocks(path, 0):
        scrambled = packets[:, begin + 3 : begin + 4] & _SCRAMBLED
        return bool(np.count_nonzero(scrambled) > len(packets) / 2)
    return False


def _sections(path: Path, start: int) -> Iterator[tuple[int, int, bytes]]:
    """(position, PID, content) of each packet with a table that differs from the last."""
    last: dict[int, bytes] = {}
    for at, packets, begin in _blocks(path, start):
        if not len(packets):
            yield at, _OTHER_FORMAT, b""
            return
        starts = packets.view("<u4")[:, begin // 4]
        # pointer_field is 0, as the table begins the payload; table_id is 0 (PAT) or 2 (PMT).
        begins = np.flatnonzero((starts & _SECTION_MASK) == _SECTION)
        kinds = packets[begins, begin + 5]
        tables = (packets[begins, begin + 4] == 0) & ((kinds == 0) | (kinds == 2))
        for number in begins[tables]:
            content = packets[number, begin : begin + _PACKET].tobytes()
            pid = (content[1] & 0x1F) << 8 | content[2]
            if last.get(pid) != content[5:]:
                last[pid] = content[5:]
                yield at + int(number) * packets.shape[1], pid, content[5:]


def _blocks(path: Path, start: int) -> Iterator[tuple[int, Packets, int]]:
    """(position, packets, offset of their sync byte); no packets where another format begins.

    Packets are looked for again after damage, and where a recording was cut inside one.
    """
    buffer = bytearray(_BLOCK_BYTES)  # one for all blocks: twice as fast
    losses = 0
    with path.open("rb") as file:
        at, size, begin = _synchronised(file, start, _SIZES[-1][0])
        while size and losses < _LOSSES_MAX:
            file.seek(at)
            count = file.readinto(buffer) // size
            packets = np.frombuffer(buffer, np.uint8, count * size).reshape(count, size)
            good = _before_loss(packets[:, begin] == _SYNC)
            if good:
                yield at, packets[:good], begin
            at += good * size
            if good == count:
                size = size if count else 0
                continue
            losses += 1
            low = max(start + 1, at - 2 * _LOST_PACKETS * size)
            if other := heads.first_within(path, low, at + size - low, excluding=_OWN_HEAD[size]):
                yield other, packets[:0], begin
                return
            at, size, begin = _synchronised(file, at, _SEARCH_BYTES)


def _before_loss(synchronised: NDArray[np.bool_]) -> int:
    """The number of packets before several in a row that have no sync byte."""
    if synchronised.all():
        return len(synchronised)
    lost = sliding_window_view(~synchronised, min(_LOST_PACKETS, len(synchronised)))
    return next(iter(np.flatnonzero(lost.all(axis=1)).tolist()), len(synchronised))


def _synchronised(file: BufferedReader, start: int, count: int) -> tuple[int, int, int]:
    """(position of a packet, size of packets, offset of the sync byte); size 0 if there is none.

    The first of ``count`` bytes at which several packets begin, one after the other.
    """
    file.seek(start)
    syncs = np.frombuffer(file.read(count + _LOST_PACKETS * _SIZES[-1][0]), np.uint8) == _SYNC
    found = []
    for size, begin in _SIZES:
        usable = min(count, len(syncs) - begin - (_LOST_PACKETS - 1) * size)
        if usable > 0:
            rows = [syncs[begin + n * size :][:usable] for n in range(_LOST_PACKETS)]
            found += [(start + int(at), size, begin) for at in np.flatnonzero(np.all(rows, 0))[:1]]
    return min(found, default=(start, 0, 0))


def _programmes(section: bytes) -> Iterator[int]:
    """The PIDs of the PMTs in a PAT."""
    length = (section[1] & 0x0F) << 8 | section[2]
    for at in range(8, min(3 + length - 4, len(section) - 3), 4):
        if section[at] or section[at + 1]:  # programme 0 is the network information
            yield (section[at + 2] & 0x1F) << 8 | section[at + 3]


def _sound_tracks(section: bytes) -> Iterator[tuple[int, int]]:
    length = (section[1] & 0x0F) << 8 | section[2]
    end = min(3 + length - 4, len(section))
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= end:
        kind, pid = section[at], (section[at + 1] & 0x1F) << 8 | section[at + 2]
        described = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        descriptors = section[at + 5 : at + 5 + described]
        if kind in _SOUND_TYPES or (kind == _PRIVATE and _is_sound(descriptors)):
            yield pid, kind
        at += 5 + described


def _is_sound(descriptors: bytes) -> bool:
    at = 0
    while at + 2 <= len(descriptors):
        tag, length = descriptors[at], descriptors[at + 1]
        named = descriptors[at + 2 : at + 2 + length]
        if tag in _SOUND_DESCRIPTORS:
            return True
        if tag == _REGISTRATION and named.startswith(_SOUND_REGISTERED):
            return True
        at += 2 + length
    return False
