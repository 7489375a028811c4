"""Finds the samples of an AIFF that was never closed: FFmpeg refuses one with sizes of 0.

Recorders write the sizes when they stop. What follows the header of the samples are samples, then.
"""

import math
import struct
from pathlib import Path

from mp4totext.media.structure import RawSound

_CHUNKS_MAX = 1_000
_NONE, _LITTLE = (b"\0\0\0\0", b"NONE", b"twos"), b"sowt"  # compression types of AIFF-C
_FORMATS = {
    (b"fl32", 32): "f32be",
    (b"FL32", 32): "f32be",
    (b"fl64", 64): "f64be",
    (b"FL64", 64): "f64be",
    **{(kind, bits): "alaw" for kind in (b"alaw", b"ALAW") for bits in (8, 16)},
    **{(kind, bits): "mulaw" for kind in (b"ulaw", b"ULAW") for bits in (8, 16)},
    **{(kind, 8): "s8" for kind in (*_NONE, _LITTLE)},
    **{(kind, bits): f"s{bits}be" for kind in _NONE for bits in (16, 24, 32)},
    **{(_LITTLE, bits): f"s{bits}le" for bits in (16, 24, 32)},
}
_EXPONENT_BIAS = 16_383 + 63  # of an 80-bit float, whose mantissa is read as an integer
_FORMAT_BYTES = 22
_SAMPLES_HEAD_BYTES = 8  # offset and block size


def unclosed(path: Path, start: int) -> tuple[RawSound, int, int] | None:
    """(format, first byte, byte after the last one; 0: the end of the file), or None.

    Of an AIFF with sizes that are right, and of other files, nothing.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
        if head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC"):
            return None
        has_size = struct.unpack_from(">I", head, 4)[0] > 0
        raw, at = None, start + 12
        for _ in range(_CHUNKS_MAX):
            file.seek(at)
            chunk = file.read(48)
            if len(chunk) < 8 + _SAMPLES_HEAD_BYTES:
                return None
            name, length = struct.unpack_from(">4sI", chunk)
            if name == b"COMM":
                raw = _format(chunk[8 : 8 + length].ljust(_FORMAT_BYTES, b"\0"))
            elif name == b"SSND":
                begin = at + 8 + _SAMPLES_HEAD_BYTES
                is_closed = has_size and length > _SAMPLES_HEAD_BYTES
                end = at + 8 + length if length > _SAMPLES_HEAD_BYTES else 0
                is_sound = raw is not None and not is_closed and begin < size
                return (raw, begin, end if end < size else 0) if raw and is_sound else None
            at += 8 + length + length % 2
    return None


def _format(content: bytes) -> RawSound | None:
    channels, _, bits, exponent, mantissa = struct.unpack_from(">hIhHQ", content)
    form = _FORMATS.get((content[18:22], (bits + 7) // 8 * 8))
    rate = math.ldexp(mantissa, exponent - _EXPONENT_BIAS) if 0 < exponent < 0x7FFF else 0
    if form is None or channels <= 0 or not 0 < rate < 1 << 31:
        return None
    return RawSound(format=form, sample_rate=round(rate), channels=channels, container="aiff")
