"""Detects sound that FFmpeg leaves out of a WAV, or decodes wrongly.

The length in the header wraps at 4 GiB, and a recorder that crashes leaves the length that it wrote
last. FFmpeg stops there unless it is told to ignore the length. Of several chunks with samples it
reads only the last. The samples of a RIFX, a WAV in big-endian byte order, it decodes as
little-endian, samples of 24 bits in 32 as if nothing lay between them, and floats that the header
calls integers as those. It finds none behind a chunk of odd length without the byte that should
fill it up, none in a list of chunks, and none of 0 bits.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mp4totext.media import heads
from mp4totext.media.structure import RawSound

_MORE_MS_MIN = 250
_CHUNKS_MAX = 1_000
_LOOK_BYTES = 4_096
_LOOKS = 16  # at places all over the samples
_LOUD_MIN, _FLOATS_SHARE, _FLOAT_RANGE = 1_000, 0.99, (1e-9, 16.0)
_FORMAT_BYTES = 40  # of an extensible one
_CHANNELS_MAX = 512  # FFmpeg refuses more
_UNKNOWN = 0xFFFF_FFFF
_FORMS = (b"RIFF", b"RF64", b"BW64")
_CHUNK_HEAD_BYTES = 8
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # format tags; of the last, a GUID begins with the tag
# By tag and bits. Of others, FFmpeg does not decode the samples as PCM.
_WIDE = {
    **{(_PCM, bits): f"s{bits}" for bits in (16, 24, 32)},
    **{(_FLOAT, bits): f"f{bits}" for bits in (32, 64)},
}
_PADDED_BITS = (20, 24)  # of 32
_NARROW = {(_PCM, 8): "u8", (6, 8): "alaw", (7, 8): "mulaw"}
_USUAL_CHUNKS = (b"fmt ", b"data", b"LIST", b"fact", b"bext", b"iXML", b"JUNK", b"cue ")
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


def misread(path: Path, start: int) -> tuple[RawSound, int, int] | None:
    """(format, first byte, byte after the last one) of samples that FFmpeg reads wrongly, or None.

    The byte after the last one is 0 if they go on to the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
        if head[:4] not in (*_FORMS, b"RIFX") or head[8:] != b"WAVE":
            return None
        order = ">" if head.startswith(b"RIFX") else "<"
        chunks: dict[bytes, tuple[int, int]] = {}
        for name, at, length, _ in _chunks(file, start + 12, order, lenient=True):
            chunks.setdefault(name, (at, length))
        if not {b"fmt ", b"data"} <= chunks.keys():
            return None
        file.seek(chunks[b"fmt "][0])
        raw, is_padded = _raw_sound(file.read(_FORMAT_BYTES), order)
        is_found = any(name == b"data" for name, *_ in _chunks(file, start + 12, order))
        begin, length = chunks[b"data"]
        if raw is not None and raw.format == "s32le" and _are_floats(file, begin, size):
            raw, is_padded = replace(raw, format="f32le"), True
    if raw is None or (order == "<" and is_found and not is_padded):
        return None
    return raw, begin, begin + length if 0 < length < size - begin else 0


def in_list(path: Path) -> tuple[RawSound, tuple[tuple[int, int], ...]] | None:
    """(format, ranges of bytes) of samples in a list of chunks (``wavl``), which FFmpeg refuses.

    The silence between them ("slnt") is left out.
    """
    raw = None
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in _FORMS or head[8:] != b"WAVE":
            return None
        for name, at, length, content in _chunks(file, 12):
            if name == b"fmt ":
                file.seek(at)
                raw, _ = _raw_sound(file.read(min(length, _FORMAT_BYTES)), "<")
            elif name == b"LIST" and content.startswith(b"wavl") and raw is not None:
                end = min(at + length, path.stat().st_size)
                listed = [
                    (begin, min(begin + size, end))
                    for name, begin, size, _ in _chunks(file, at + 4)
                    if name == b"data" and begin < end
                ]
                return (raw, tuple(listed)) if listed else None
            elif name == b"data":
                return None
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


def _raw_sound(content: bytes, order: str) -> tuple[RawSound | None, bool]:
    """(the format of the samples, whether FFmpeg reads another one from this header)."""
    content = content.ljust(_FORMAT_BYTES, b"\0")
    tag, channels, rate, bytes_per_second, frame_bytes, bits = struct.unpack_from(
        f"{order}HHIIHH", content
    )
    used = bits
    if tag == _EXTENSIBLE:
        used = struct.unpack_from(f"{order}H", content, 18)[0] or bits
        tag = struct.unpack_from(f"{order}I", content, 24)[0]
    if not 0 < channels <= _CHANNELS_MAX:
        return None, False
    is_padded = (
        tag == _PCM
        and used in _PADDED_BITS
        and frame_bytes == 4 * channels
        and bytes_per_second == rate * frame_bytes
    )
    stored = _stored_bits(tag, channels, rate, bytes_per_second, frame_bytes)
    is_wrong = stored > 0 and (bits == 0 or (tag == _FLOAT and (tag, bits) not in _WIDE))
    kind = (tag, 32 if is_padded else stored if is_wrong else bits)
    if kind in _NARROW:
        return RawSound(format=_NARROW[kind], sample_rate=rate, channels=channels), is_wrong
    if kind not in _WIDE:
        return None, False
    form = _WIDE[kind] + {"<": "le", ">": "be"}[order]
    return RawSound(format=form, sample_rate=rate, channels=channels), is_padded or is_wrong


def _stored_bits(
    tag: int, channels: int, rate: int, bytes_per_second: int, frame_bytes: int
) -> int:
    """The bits of a stored sample by the other fields; 0 if they contradict each other."""
    if tag not in (_PCM, _FLOAT):
        return 0
    by_frame = 8 * frame_bytes // channels
    by_rate = 8 * bytes_per_second // (rate * channels) if rate else 0
    if by_frame and by_rate and by_frame != by_rate:
        return 0
    return by_frame or by_rate or (16 if tag == _PCM else 32)


def _are_floats(file: BinaryIO, begin: int, size: int) -> bool:
    """Whether samples that the header calls integers of 32 bits are floats, as some programs do.

    Of integers, hardly any would be a float near those of sound.
    """
    step = max(size - begin, _LOOK_BYTES) // _LOOKS // 4 * 4
    data = b""
    for number in range(_LOOKS):
        file.seek(begin + number * step)
        data += file.read(_LOOK_BYTES)
    floats = np.abs(np.frombuffer(data[: len(data) // 4 * 4], "<f4"))
    loud = floats[floats != 0]
    like_sound = (loud > _FLOAT_RANGE[0]) & (loud < _FLOAT_RANGE[1])
    return len(loud) >= _LOUD_MIN and bool(like_sound.mean() > _FLOATS_SHARE)


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


def _chunks(
    file: BinaryIO, at: int, order: str = "<", *, lenient: bool = False
) -> Iterator[tuple[bytes, int, int, bytes]]:
    """(name, start of the content, its length, its first 16 bytes), up to the first invalid one.

    ``lenient``: the byte that fills up a chunk of odd length may be missing.
    """
    for _ in range(_CHUNKS_MAX):
        file.seek(at)
        head = file.read(24).ljust(24, b"\0")
        name, size = struct.unpack_from(f"{order}4sI", head)
        if not all(0x20 <= byte < 0x7F for byte in name):
            return
        yield name, at + 8, size, head[8:]
        at += 8 + size + size % 2
        if lenient and size % 2:
            file.seek(at - 1)
            at -= file.read(4) in _USUAL_CHUNKS


def _is_text(data: bytes) -> bool:
    return any(data) and all(0x20 <= byte < 0x7F or byte in b"\t\r\n\0" for byte in data)


def _are_chunks(file: BinaryIO, at: int, size: int) -> bool:
    """Whether only chunks follow, up to the end of the file. Samples hardly ever look like that."""
    ends = [start + length for _, start, length, _ in _chunks(file, at)]
    return bool(ends) and size - 2 <= ends[-1] <= size + _LOOK_BYTES
