"""The size that a container declares: a file with fewer bytes was cut off.

Durations do not show it, as FFmpeg reduces them where the file ends early.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from mp4totext.media import joins

# Placeholders of programs that do not know the size yet, or values close to them.
_UNKNOWN_NEAR = (1 << 31, 1 << 32)
_SLACK_BYTES = 4_096  # some programs miscount by a header or a disk sector
_NEAR_BYTES = 64 << 10
_ASF_HEADER, _ASF_FILE = 30, b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11"
_SEGMENT = b"\x18\x53\x80\x67"  # of Matroska
_SEARCH_BYTES = 4_096
_MP4_BOXES = (b"mdat", b"moof", b"moov")
_CHUNKS_MAX = 100
_LENGTH_MAX = 1 << 48  # more is garbage


def missing_bytes(path: Path, container: str) -> int:
    """How many bytes are missing from the declared size; 0 if none is declared."""
    says = _SAYS.get(container)
    if says is None:
        return 0
    with path.open("rb") as file:
        missing = says(file) - path.stat().st_size
    # An MP4 fragment is small and declares nothing about the fragments that follow.
    return missing if missing > (0 if container == joins.MP4 else _SLACK_BYTES) else 0


def _riff(file: BinaryIO) -> int:
    """The declared size of RIFF, RIFX or FORM; that of RF64 and BW64 is in the next chunk."""
    head = file.read(28)
    if len(head) < 28:
        return 0
    if head[:4] in (b"RF64", b"BW64"):
        return struct.unpack_from("<Q", head, 20)[0] + 8 if head[12:16] == b"ds64" else 0
    order = ">" if head[:4] in (b"RIFX", b"FORM") else "<"
    return _known(struct.unpack_from(f"{order}I", head, 4)[0], 8)


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
    """The field "file size", unless the file is a broadcast."""
    head = file.read(_SEARCH_BYTES)
    at = head.find(_ASF_FILE)
    if not head.startswith(b"\x30\x26\xb2\x75") or at < 0 or at + 92 > len(head):
        return 0
    is_broadcast = struct.unpack_from("<I", head, at + 88)[0] & 1
    return 0 if is_broadcast else struct.unpack_from("<Q", head, at + 40)[0]


def _matroska(file: BinaryIO) -> int:
    """The end of the segment, if the recorder wrote its size."""
    head = file.read(_SEARCH_BYTES)
    at = head.find(_SEGMENT) + 4
    if at < 4 or at + 8 > len(head):
        return 0
    width = 9 - head[at].bit_length()
    if width > 8:
        return 0
    length = int.from_bytes(head[at : at + width]) & (1 << 7 * width) - 1
    is_known = length != (1 << 7 * width) - 1
    return at + width + length if is_known else 0


def _mp4(file: BinaryIO) -> int:
    """The end of the last box with sound or an index."""
    boxes = joins.boxes(Path(file.name), 0)
    return max((end for kind, _, end in boxes if kind in _MP4_BOXES), default=0)


def _known(length: int, before: int) -> int:
    """The size, or 0 for placeholders of an unknown size."""
    if any(abs(length - none) < _NEAR_BYTES for none in _UNKNOWN_NEAR):
        return 0
    return before + length


_SAYS: dict[str, Callable[[BinaryIO], int]] = {
    "wav": _riff,
    "avi": _riff,
    "aiff": _riff,
    "w64": _w64,
    "au": _au,
    "caf": _caf,
    "asf": _asf,
    "matroska,webm": _matroska,
    joins.MP4: _mp4,
}
