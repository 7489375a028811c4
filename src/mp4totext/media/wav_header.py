"""Detects sound that FFmpeg leaves out of a WAV, or decodes wrongly.

The length in the header wraps at 4 GiB, and a recorder that crashes leaves the length that it wrote
last. FFmpeg stops there unless it is told to ignore the length. Of several chunks with samples it
reads only the last. The samples of a RIFX, a WAV in big-endian byte order, it decodes as
little-endian.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mp4totext.media import heads
from mp4totext.media.structure import RawSound

_MORE_MS_MIN = 250
_CHUNKS_MAX = 1_000
_LOOK_BYTES = 4_096
_FORMAT_BYTES = 40  # of an extensible one
_CHANNELS_MAX = 512  # FFmpeg refuses more
_UNKNOWN = 0xFFFF_FFFF
_FORMS = (b"RIFF", b"RF64", b"BW64")
_CHUNK_HEAD_BYTES = 8
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # format tags; of the last, a GUID begins with the tag
# By tag and bits. In others, each sample is one byte, or FFmpeg does not decode them as PCM.
_BIG_ENDIAN = {
    **{(_PCM, bits): f"s{bits}be" for bits in (16, 24, 32)},
    **{(_FLOAT, bits): f"f{bits}be" for bits in (32, 64)},
}
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN", b"3DI")
# First bytes of another recording, which is read separately.
_BEGINNINGS = (b"RIFF", b"RF64", b"RIFX", b"FORM", b"OggS", b"fLaC", b".snd", b"caff")


def sound_goes_on(path: Path) -> bool:
    """Whether sound follows: not chunks, tags, text or zeros, and not another recording."""
    with path.open("rb") as file:
        end, bytes_per_second = declared_end(file)
        size = path.stat().st_size
        least = bytes_per_second * _MORE_MS_MIN // 1_000
        if not end or size - end < least:
            return False
        file.seek(end)
        head = file.read(_LOOK_BYTES)
        return not (
            head.startswith(_TAGS)
            or any(head.startswith(mark, at) for mark in _BEGINNINGS for at in (0, 1))
            or _is_text(head)
            or heads.after_zeros(path, end) == size
            or heads.begin_after_zeros(path, end)
            or 0 < heads.frames_soon(path, end) < end + least
            or any(_are_chunks(file, at, size) for at in (end, end + 1))
        )


def samples_after(path: Path, start: int, at: int) -> int:
    """Where the WAV that begins at ``start`` has a further chunk of samples after the byte ``at``.

    0 if there is none.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
        if head[:4] not in _FORMS or head[8:] != b"WAVE":
            return 0
        chunks = (
            begin - _CHUNK_HEAD_BYTES
            for name, begin, length, _ in _chunks(file, start + 12)
            if name == b"data" and 0 < length <= size - begin
        )
        next(chunks, 0)
        return next((begin for begin in chunks if begin > at), 0)


def big_endian(path: Path, start: int) -> tuple[RawSound, int, int] | None:
    """(format, first byte, byte after the last one) of the samples of a RIFX; None: no such file.

    The byte after the last one is 0 if they go on to the end of the file.
    """
    size = path.stat().st_size
    raw = None
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
        if head[:4] != b"RIFX" or head[8:] != b"WAVE":
            return None
        for name, begin, length, _ in _chunks(file, start + 12, order=">"):
            if name == b"fmt ":
                file.seek(begin)
                raw = _raw_sound(file.read(_FORMAT_BYTES))
            elif name == b"data":
                is_known = 0 < length < size - begin
                return (raw, begin, begin + length if is_known else 0) if raw else None
    return None


def channels_and_rate(path: Path, start: int) -> tuple[int, int] | None:
    """What the header of the WAV that begins there declares; None: no WAV.

    FFmpeg takes no channels, or more than it can read, for one.
    """
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
        if head[:4] not in (*_FORMS, b"RIFX") or head[8:] != b"WAVE":
            return None
        order = ">" if head.startswith(b"RIFX") else "<"
        for name, _, _, content in _chunks(file, start + 12, order):
            if name == b"fmt ":
                channels, rate = struct.unpack_from(f"{order}HI", content, 2)
                return channels, rate
    return None


def _raw_sound(content: bytes) -> RawSound | None:
    tag, channels, rate, _, _, bits = struct.unpack_from(">HHIIHH", content.ljust(_FORMAT_BYTES))
    if tag == _EXTENSIBLE:
        (tag,) = struct.unpack_from(">I", content.ljust(_FORMAT_BYTES), 24)
    form = _BIG_ENDIAN.get((tag, bits))
    if form is None or not 0 < channels <= _CHANNELS_MAX:
        return None
    return RawSound(format=form, sample_rate=rate, channels=channels)


def declared_end(file: BinaryIO) -> tuple[int, int]:
    """(byte after the samples, or 0 if FFmpeg reads to the end of the file; bytes per second)."""
    file.seek(0)
    head = file.read(12)
    if head[:4] not in _FORMS or head[8:] != b"WAVE":
        return 0, 0
    is_long = head[:4] != b"RIFF"
    bytes_per_second, long_size = 0, 0
    for name, start, size, content in _chunks(file, 12):
        if name == b"ds64":
            long_size = struct.unpack_from("<Q", content, 8)[0]
        elif name == b"fmt ":
            bytes_per_second = struct.unpack_from("<I", content, 8)[0]
        elif name == b"data":
            length = long_size if is_long and size == _UNKNOWN else size
            end = start + length if is_long or size not in (0, _UNKNOWN) else 0
            return end, bytes_per_second
    return 0, 0


def _chunks(file: BinaryIO, at: int, order: str = "<") -> Iterator[tuple[bytes, int, int, bytes]]:
    """(name, start of the content, its length, its first 16 bytes), up to the first invalid one."""
    for _ in range(_CHUNKS_MAX):
        file.seek(at)
        head = file.read(24).ljust(24, b"\0")
        name, size = struct.unpack_from(f"{order}4sI", head)
        if not all(0x20 <= byte < 0x7F for byte in name):
            return
        yield name, at + 8, size, head[8:]
        at += 8 + size + size % 2


def _is_text(data: bytes) -> bool:
    return any(data) and all(0x20 <= byte < 0x7F or byte in b"\t\r\n\0" for byte in data)


def _are_chunks(file: BinaryIO, at: int, size: int) -> bool:
    """Whether only chunks follow, up to the end of the file. Samples hardly ever look like that."""
    ends = [start + length for _, start, length, _ in _chunks(file, at)]
    return bool(ends) and size - 2 <= ends[-1] <= size + _LOOK_BYTES
