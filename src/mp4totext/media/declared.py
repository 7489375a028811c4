"""The size that a container declares: a file with fewer bytes was cut off.

Durations do not show it, as FFmpeg reduces them where the file ends early.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from mp4totext.media import heads, joins, wav_header

# Programs that do not know the size yet write one of these, or a value close to it.
_PLACEHOLDERS = (1 << 31, 1 << 32)
_SLACK_BYTES = 4_096  # some programs miscount by a header or a disk sector
_NEAR_BYTES = 64 << 10
_ASF_HEADER, _ASF_FILE = 30, b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11"
_SEARCH_BYTES = 4_096
_MXF_PARTITION = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02"
_TAIL_BYTES = 16 << 10
_OGG_PAGE_MAX = 65_307
_MP4_BOXES = (b"mdat", b"moof", b"moov")
_CHUNKS_MAX = 100
_LENGTH_MAX = 1 << 48  # more is garbage


def missing_bytes(path: Path, container: str) -> int:
    """How many bytes are missing from the declared size; 0 if none is declared."""
    declared_size = _DECLARED_SIZE.get(container)
    if declared_size is None:
        return 0
    with path.open("rb") as file:
        missing = declared_size(file) - path.stat().st_size
    return missing if missing > (0 if container in _EXACT else _SLACK_BYTES) else 0


def _riff(file: BinaryIO) -> int:
    """The declared size of RIFF, RIFX or FORM; that of RF64 and BW64 is in the next chunk."""
    head = file.read(28)
    if len(head) < 28:
        return 0
    if head[:4] in (b"RF64", b"BW64"):
        return struct.unpack_from("<Q", head, 20)[0] + 8 if head[12:16] == b"ds64" else 0
    order = ">" if head[:4] in (b"RIFX", b"FORM") else "<"
    return _known(struct.unpack_from(f"{order}I", head, 4)[0], 8)


def _wav(file: BinaryIO) -> int:
    """The end of the samples, if that is less: only tags may be missing."""
    whole, (samples, _) = _riff(file), wav_header.declared_end(file)
    return min(whole, samples) if samples else whole


def _avi(file: BinaryIO) -> int:
    """The end of the pictures and sounds, if that is less: only the index may be missing."""
    whole, at = _riff(file), 12
    for _ in range(_CHUNKS_MAX):
        file.seek(at)
        head = file.read(12)
        if len(head) < 12:
            break
        length = struct.unpack_from("<I", head, 4)[0]
        if head[:4] == b"LIST" and head[8:] == b"movi":
            return min(whole, at + 8 + length) if length else whole
        at += 8 + length + length % 2
    return whole


def _w64(file: BinaryIO) -> int:
    head = file.read(24)
    return struct.unpack_from("<q", head, 16)[0] if len(head) == 24 else 0


def _au(file: BinaryIO) -> int:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b".snd":
        return 0
    start, length = struct.unpack_from(">II", head, 4)
    return _known(length, start)


def _caf(file: BinaryIO) -> int:
    """The end of the samples. A negative size means the end of the file."""
    at = 8
    for _ in range(_CHUNKS_MAX):
        file.seek(at)
        head = file.read(12)
        if len(head) < 12:
            return 0
        length = int(struct.unpack_from(">q", head, 4)[0])
        if not 0 <= length < _LENGTH_MAX:
            return 0
        at += 12 + length
        if head[:4] == b"data":
            return at
    return 0


def _asf(file: BinaryIO) -> int:
    """The field "File Size", unless the broadcast flag is set."""
    head = file.read(_SEARCH_BYTES)
    at = head.find(_ASF_FILE)
    if not head.startswith(b"\x30\x26\xb2\x75") or at < 0 or at + 92 > len(head):
        return 0
    is_broadcast = struct.unpack_from("<I", head, at + 88)[0] & 1
    return 0 if is_broadcast else struct.unpack_from("<Q", head, at + 40)[0]


def _matroska(file: BinaryIO) -> int:
    """The end of the segment, if the recorder wrote its size."""
    return joins.end_of_segment(file, 0)


def _mp4(file: BinaryIO) -> int:
    """The end of the last box with sound or an index."""
    boxes = heads.boxes(Path(file.name), 0)
    return max((end for kind, _, end in boxes if kind in _MP4_BOXES), default=0)


def _mp3(file: BinaryIO) -> int:
    """The size of all frames, by a first frame that contains no sound (Xing, Info or VBRI).

    Programs that split a file between two frames leave it as it was: nothing was cut off there.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    if not heads.ends_inside_frame(file.read()):
        return 0
    file.seek(0)
    start = heads.id3_bytes(file.read(10))
    file.seek(start)
    frame = file.read(_SEARCH_BYTES)
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark)
        if at >= 0 and at + 16 <= len(frame):
            flags = struct.unpack_from(">I", frame, at + 4)[0]
            place = at + 8 + 4 * (flags & 1)
            return start + struct.unpack_from(">I", frame, place)[0] if flags & 2 else 0
    at = frame.find(b"VBRI")
    return start + struct.unpack_from(">I", frame, at + 10)[0] if 0 <= at < len(frame) - 14 else 0


def _flv(file: BinaryIO) -> int:
    """The field "filesize" of the first tag; recorders write it when they close the file."""
    head = file.read(_SEARCH_BYTES)
    at = head.find(b"\x00\x08filesize\x00") + 11
    if not head.startswith(b"FLV") or at < 11 or at + 8 > len(head):
        return 0
    length = struct.unpack_from(">d", head, at)[0]
    return int(length) if 0 < length < _LENGTH_MAX else 0


def _mxf(file: BinaryIO) -> int:
    """The start of the footer, which the header names once the file is complete."""
    head = file.read(_SEARCH_BYTES << 4)
    at = head.find(_MXF_PARTITION)
    if at < 0 or at + 60 > len(head):
        return 0
    at += 16
    at += 1 + (head[at] & 127 if head[at] & 128 else 0)  # the length is in BER
    footer = int(struct.unpack_from(">Q", head, at + 24)[0])
    return footer + _SLACK_BYTES + 1 if 0 < footer < _LENGTH_MAX else 0


def _ogg(file: BinaryIO) -> int:
    """The end of the last page, by the segment table in its header."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 2 * _OGG_PAGE_MAX))
    tail = file.read()
    at = tail.rfind(b"OggS\x00")
    if at < 0 or at + 27 > len(tail) or at + 27 + tail[at + 26] > len(tail):
        return 0
    segments = tail[at + 27 : at + 27 + tail[at + 26]]
    return size - len(tail) + at + 27 + len(segments) + sum(segments)


def _known(length: int, before: int) -> int:
    """The size, or 0 for placeholders of an unknown size."""
    if any(abs(length - none) < _NEAR_BYTES for none in _PLACEHOLDERS):
        return 0
    return before + length


_DECLARED_SIZE: dict[str, Callable[[BinaryIO], int]] = {
    "wav": _wav,
    "avi": _avi,
    "aiff": _riff,
    "w64": _w64,
    "au": _au,
    "caf": _caf,
    "asf": _asf,
    "matroska,webm": _matroska,
    joins.MP4: _mp4,
    "mp3": _mp3,
    "flv": _flv,
    "mxf": _mxf,
    "ogg": _ogg,
}
# Here only the end of the last fragment or page is known, so even a few missing bytes count.
_EXACT = (joins.MP4, "ogg")
