"""Finds where an MPEG transport stream announces other sound tracks, as joined recordings do.

The program association table (PAT) lists programmes, and the program map table (PMT) of each lists
its tracks. FFmpeg decodes by the first tables, and leaves out tracks that are announced later.
"""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

import numpy as np

_SYNC = 0x47
_PACKET = 188
_SIZES = ((188, 0), (192, 4), (204, 0))  # (distance of packets, offset of the sync byte)
_BLOCK_PACKETS = 4_096
_SECTION, _SECTION_MASK = 0x4047, 0x40FF  # the sync byte, and payload_unit_start_indicator
_PAT_PID = 0
_SOUND_TYPES = frozenset({0x03, 0x04, 0x0F, 0x11, *range(0x80, 0x88), 0xC1, 0xC2})
_PRIVATE = 0x06  # stream type: PES packets with private data
_SOUND_DESCRIPTORS = frozenset({0x6A, 0x7A, 0x7B, 0x7C})  # AC-3, E-AC-3, DTS, AAC
_REGISTRATION = 0x05  # tag of the registration descriptor
_SOUND_REGISTERED = (b"AC-3", b"EAC3", b"Opus", b"DTS", b"BSSD")
_BACK_BYTES = 8 * 204  # of tables; further back is sound of the previous recording

Tracks = frozenset[tuple[int, int]]  # (PID, stream type)


def next_change(path: Path, start: int) -> int:
    """The position from which none of the earlier sound tracks is announced; 0 if there is none."""
    with path.open("rb") as file:
        listed: dict[int, Tracks] = {}
        before: Tracks = frozenset()
        for at, pid, section in _sections(file, start):
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


def _sections(file: BufferedReader, start: int) -> Iterator[tuple[int, int, bytes]]:
    """(position, PID, content) of each packet with a table that differs from the last."""
    file.seek(start)
    head = file.read(5 * max(size for size, _ in _SIZES))
    size, begin = next((form for form in _SIZES if _is_form(head, *form)), (0, 0))
    last: dict[int, bytes] = {}
    at = start
    file.seek(start)
    buffer = bytearray(size * _BLOCK_PACKETS)  # one for all blocks: twice as fast
    while size and (count := file.readinto(buffer) // size):
        packets = np.frombuffer(buffer, np.uint8, count * size).reshape(count, size)
        heads = packets.view("<u4")[:, begin // 4]
        # pointer_field is 0, as the table begins the payload; table_id is 0 (PAT) or 2 (PMT).
        begins = np.flatnonzero((heads & _SECTION_MASK) == _SECTION)
        kinds = packets[begins, begin + 5]
        tables = (packets[begins, begin + 4] == 0) & ((kinds == 0) | (kinds == 2))
        for number in begins[tables]:
            content = packets[number, begin : begin + _PACKET].tobytes()
            pid = (content[1] & 0x1F) << 8 | content[2]
            if last.get(pid) != content[5:]:
                last[pid] = content[5:]
                yield at + int(number) * size, pid, content[5:]
        at += count * size


def _is_form(head: bytes, size: int, begin: int) -> bool:
    places = range(begin, len(head), size)
    return len(places) > 2 and all(head[at] == _SYNC for at in places)


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
