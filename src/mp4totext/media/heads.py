"""Recognises the headers of formats, and finds where another recording begins inside a file.

A mark alone proves nothing: sound contains any two bytes every 64 kB. So the rest of the header is
checked, too. MP3, AAC and AC-3 have none; there, several frames must follow each other.
"""

import re
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"  # IDs of Matroska elements
MATROSKA_HEADER_BYTES = 4_096
AMR = b"#!AMR"
_ID3, _APE, _APE_BYTES = b"ID3", b"APETAGEX", 32  # tags of MP3; the size of an APE header
_ID3_VERSIONS, _ID3_FOOTER = (2, 3, 4), 0x10
_TAG_BYTES_MIN = 4_096  # a larger tag has a picture, which FFmpeg may decode as sound
_BLOCK = 1 << 20
_AHEAD = 64 << 10  # bytes after a mark that are checked
_FRAMES = 4  # in a row, with the same version, layer and rate
_FRAMES_IN_SAMPLES = 24  # in a row: samples of silence or of one value may look like a few frames
# The last of them starts so much later: in a transport stream, a packet has at most 204 bytes.
_FRAMES_BYTES = 408
_TS_PACKET, _TS_PACKETS = 188, 5
_START_CODE, _PROGRAM_END, _PACK = b"\x00\x00\x01", 0xB9, 0xBA  # of MPEG program streams
_PROGRAM_PACKETS = 4
_AU = struct.Struct(">4s5I")  # mark, start of the samples, length, coding, rate, channels
_DTS = b"\x7f\xfe\x80\x01"
MXF = bytes.fromhex("060e2b34020501010d0102010102")  # SMPTE ST 377: the header partition pack
_W64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_KLV, _KLV_BYTES, _KLV_HEAD_BYTES = b"\x06\x0e\x2b\x34", 16, 25  # of MXF: a key, and with length
_HEAD_BYTES = 8
_MP4_ZEROS = 3  # that an MP4 begins with: the size of its first box
_MARK_BYTES = 20  # the longest


@dataclass(frozen=True, slots=True)
class _Head:
    mark: re.Pattern[bytes]
    before: int  # bytes of the header before its mark
    check: Callable[[BinaryIO, int, bytes], bool]  # (file, start of the header, bytes from there)


def begins_at(path: Path, place: int) -> bool:
    """Whether a recording begins at exactly this byte."""
    return bool(_places(path, place, 1))


def after_zeros(path: Path, place: int) -> int:
    """The first byte from ``place`` on that is not 0, or the end of the file."""
    with path.open("rb") as file:
        file.seek(place)
        while block := file.read(_BLOCK):
            if rest := block.lstrip(b"\0"):
                return place + len(block) - len(rest)
            place += len(block)
    return place


def begin_after_zeros(path: Path, place: int) -> int:
    """Where a recording begins at ``place``, or after nothing but zeros; 0 if none does."""
    begin = after_zeros(path, place)
    low = max(place, begin - _MP4_ZEROS)
    return first_within(path, low, begin - low + 1)


def first_within(path: Path, start: int, count: int, *, excluding: tuple[str, ...] = ()) -> int:
    """The first of ``count`` bytes from ``start`` on where a recording begins; 0 if none does.

    ``excluding``: names in _HEADS that the file itself contains.
    """
    return min(_places(path, start, count, excluding), default=0)


def _places(path: Path, start: int, count: int, excluding: tuple[str, ...] = ()) -> list[int]:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(count + _AHEAD)
        return [
            start + begin
            for name, head in _HEADS.items()
            if name not in excluding
            for match in head.mark.finditer(data, 0, count + head.before + _MARK_BYTES)
            if 0 <= (begin := match.start() - head.before) < count
            and head.check(file, start + begin, data[begin : begin + _AHEAD])
        ]


def find(path: Path, start: int, *, excluding: tuple[str, ...] = ()) -> int:
    """The first byte from ``start`` on where a recording or a large tag begins; 0 if none does.

    ``excluding``: names in _HEADS that the file itself contains.
    """
    return _found(path, start, [h for name, h in _HEADS.items() if name not in excluding])


def _found(path: Path, start: int, heads: Sequence[_Head]) -> int:
    with path.open("rb") as file:
        for at, data in _blocks(file, start):
            places = (_first(file, head, at, data, start) for head in heads)
            if found := [place for place in places if place]:
                return min(found)
    return 0


def _blocks(file: BinaryIO, start: int) -> Iterator[tuple[int, bytes]]:
    """(position, bytes) of blocks, each with the first bytes of the next one."""
    at = start
    while True:
        file.seek(at)
        data = file.read(_BLOCK + _AHEAD)
        yield at, data
        if len(data) < _BLOCK + _AHEAD:
            return
        at += _BLOCK


def _first(file: BinaryIO, head: _Head, at: int, data: bytes, start: int) -> int:
    for match in head.mark.finditer(data):
        begin = match.start() - head.before
        if at + begin >= start and head.check(file, at + begin, data[begin : begin + _AHEAD]):
            return at + begin
    return 0


def name_of_frames(data: bytes) -> str:
    """The name in _HEADS of the frames (MP3, AAC, AC-3) that these bytes begin with; else empty."""
    return next((name for name in _FRAME_HEADS if _FRAME_HEADS[name](data)[0]), "")


def ends_inside_frame(tail: bytes) -> bool:
    """Whether the end of an MP3 lacks a part of the last frame."""
    for match in _HEADS["mpeg"].mark.finditer(tail):
        at, count = match.start(), 0
        while length := _mpeg(tail[at : at + _HEAD_BYTES])[0]:
            at, count = at + length, count + 1
        if count >= _FRAMES:
            return at > len(tail) or 0 < len(tail) - at < _HEAD_BYTES
    return True


def _are_frames(
    length_of: Callable[[bytes], tuple[int, bytes]], least: int = _FRAMES, *, varied: bool = False
) -> Callable[..., bool]:
    """Checks that frames of one kind follow each other, each where the one before ends.

    ``varied``: two of them must differ. Samples of a steady tone may look like one frame repeated.
    """

    def check(_file: BinaryIO, _place: int, data: bytes) -> bool:
        at, count, kinds = 0, 1, set()
        frames: set[bytes] = set()
        while True:
            length, kind = length_of(data[at : at + _HEAD_BYTES])
            kinds.add(kind)
            if not length or len(kinds) > 1:
                return False
            if count >= least and at >= _FRAMES_BYTES and (not varied or len(frames) > 1):
                return True
            frames.add(data[at : at + length])
            at, count = at + length, count + 1

    return check


_RATES = (44_100, 48_000, 32_000)
_KBITS_LAYER_3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_LAYER_2 = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_KBITS_LOW_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS_AC3 = (*_KBITS_LAYER_3[:11], 224, 256, 320, 384, 448, 512, 576, 640)


def _mpeg(head: bytes) -> tuple[int, bytes]:
    """(length in bytes, what all frames have in common) of an MP2 or MP3 frame; length 0 if none.

    ISO/IEC 11172-3 and 13818-3.
    """
    if len(head) < _HEAD_BYTES or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0, b""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    kbits, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer not in (1, 2) or kbits in (0, 15) or rate == 3:
        return 0, b""
    is_first = version == 3
    table = _KBITS_LOW_RATES
    if is_first:
        table = _KBITS_LAYER_3 if layer == 1 else _KBITS_LAYER_2
    hertz = _RATES[rate] >> (0 if is_first else 1 if version == 2 else 2)
    factor = 72_000 if layer == 1 and not is_first else 144_000
    return factor * table[kbits - 1] // hertz + (head[2] >> 1 & 1), bytes([head[1], rate])


def _adts(head: bytes) -> tuple[int, bytes]:
    """As ``_mpeg``, for AAC in ADTS (ISO/IEC 14496-3)."""
    if len(head) < _HEAD_BYTES or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0, b""
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    is_one = length > _HEAD_BYTES and head[2] >> 2 & 15 < 13
    return (length if is_one else 0), bytes([head[1], head[2], head[3] & 0xF0])


def _ac3(head: bytes) -> tuple[int, bytes]:
    """As ``_mpeg``, for AC-3 and E-AC-3 (ETSI TS 102 366)."""
    if len(head) < _HEAD_BYTES or head[:2] != b"\x0b\x77":
        return 0, b""
    version, rate, size = head[5] >> 3, head[4] >> 6, head[4] & 63
    if 10 < version <= 16:
        return 2 * (((head[2] & 7) << 8 | head[3]) + 1), bytes([version])
    if version > 10 or rate == 3 or size >= 2 * len(_KBITS_AC3):
        return 0, b""
    kbits = _KBITS_AC3[size >> 1]
    words = (2 * kbits, kbits * 320 // 147 + (size & 1), 3 * kbits)[rate]
    return 2 * words, bytes([version, rate])


def _dts(head: bytes) -> tuple[int, bytes]:
    """As ``_mpeg``, for DTS (ETSI TS 102 114)."""
    if len(head) < _HEAD_BYTES or not head.startswith(_DTS):
        return 0, b""
    return ((head[5] & 3) << 12 | head[6] << 4 | head[7] >> 4) + 1, b""


def _loas(head: bytes) -> tuple[int, bytes]:
    """As ``_mpeg``, for AAC in LOAS (ISO/IEC 14496-3)."""
    if len(head) < _HEAD_BYTES or head[0] != 0x56 or head[1] & 0xE0 != 0xE0:
        return 0, b""
    return 3 + ((head[1] & 0x1F) << 8 | head[2]), b""


_FRAME_HEADS = {"mpeg": _mpeg, "adts": _adts, "ac3": _ac3, "dts": _dts, "loas": _loas}
MP4_BOXES = (b"moov", b"mdat", b"moof")  # the index, the sound, or a fragment's index
_WAV = (b"RIFF", b"RF64", b"RIFX")
_OGG_CODECS = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")


def _is_mp4(file: BinaryIO, place: int, _data: bytes) -> bool:
    return any(kind in MP4_BOXES for kind, _, _ in boxes(Path(file.name), place))


def _is_large_id3(file: BinaryIO, place: int, data: bytes) -> bool:
    return _TAG_BYTES_MIN < id3_bytes(data[:10]) <= Path(file.name).stat().st_size - place


def _is_tag_of_frames(_file: BinaryIO, _place: int, data: bytes) -> bool:
    size = id3_bytes(data[:10])
    return bool(size and name_of_frames(data[size : size + _HEAD_BYTES]))


def _is_matroska(_file: BinaryIO, _place: int, data: bytes) -> bool:
    return SEGMENT in data[:MATROSKA_HEADER_BYTES]


def _is_ts(packet_bytes: int) -> Callable[..., bool]:
    """Checks for packets of a transport stream; in an M2TS, 4 bytes of time precede each."""
    before = packet_bytes % _TS_PACKET

    def check(_file: BinaryIO, _place: int, data: bytes) -> bool:
        syncs = data[before : _TS_PACKETS * packet_bytes : packet_bytes]
        return syncs == b"\x47" * _TS_PACKETS

    return check


def _is_program_stream(file: BinaryIO, place: int, _data: bytes) -> bool:
    for _ in range(_PROGRAM_PACKETS):
        length = _program_packet_bytes(file, place)
        if not length:
            return False
        place += length
    return True


def _is_au(_file: BinaryIO, _place: int, data: bytes) -> bool:
    if len(data) < _AU.size:
        return False
    _, begin, _, coding, rate, channels = _AU.unpack_from(data)
    return bool(_AU.size <= begin <= _AHEAD and 0 < coding < 28 and rate and 0 < channels <= 64)


def _head(mark: bytes, before: int, is_one: Callable[[BinaryIO, int, bytes], bool]) -> _Head:
    return _Head(re.compile(mark, re.DOTALL), before, is_one)


def _one_of(values: Iterable[int]) -> bytes:
    return b"[" + b"".join(re.escape(bytes([value])) for value in values) + b"]"


_HEADS = {
    "mp4": _head(rb"ftyp", 4, _is_mp4),
    "wav": _head(rb"WAVEfmt ", 8, lambda _f, _at, data: data[:4] in _WAV),
    "avi": _head(rb"AVI LIST", 8, lambda _f, _at, data: data.startswith(b"RIFF")),
    "aiff": _head(rb"AIF[FC]", 8, lambda _f, _at, data: data.startswith(b"FORM")),
    "caf": _head(rb"caff\x00\x01\x00\x00desc", 0, lambda *_: True),
    "asf": _head(rb"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel", 0, lambda *_: True),
    "flv": _head(rb"FLV\x01[\x01\x04\x05]\x00{3}\x09", 0, lambda *_: True),
    "flac": _head(rb"fLaC\x00\x00\x00\x22", 0, lambda *_: True),
    "ogg": _head(rb"OggS\x00\x02", 0, lambda _f, _at, data: data[28:].startswith(_OGG_CODECS)),
    "matroska": _head(
        re.escape(EBML), 0, lambda _f, _at, data: SEGMENT in data[:MATROSKA_HEADER_BYTES]
    ),
    "amr": _head(rb"#!AMR[\n-]", 0, lambda *_: True),
    "ts": _head(rb"\x47\x40[\x00\x11]", 0, _is_ts(_TS_PACKET)),
    "m2ts": _head(rb"\x47\x40[\x00\x11]", 4, _is_ts(_TS_PACKET + 4)),
    "id3": _head(rb"ID3", 0, _is_large_id3),
    "id3 of frames": _head(rb"ID3", 0, _is_tag_of_frames),
    "ape": _head(rb"APETAGEX", 0, lambda _f, _at, data: ape_bytes(data) > _TAG_BYTES_MIN),
    # Quiet samples contain the first two bytes often, but not a third one with a known rate.
    "mpeg": _head(
        rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]"
        + _one_of(b for b in range(0x10, 0xF0) if b & 0x0C != 0x0C),
        0,
        _are_frames(_mpeg),
    ),
    "adts": _head(
        rb"\xff[\xf0\xf1\xf8\xf9]" + _one_of(b for b in range(256) if b & 0x3C < 13 << 2),
        0,
        _are_frames(_adts),
    ),
    "ac3": _head(rb"\x0b\x77", 0, _are_frames(_ac3)),
    "dts": _head(re.escape(_DTS), 0, _are_frames(_dts)),
    # The first frame has a configuration: one programme with one layer.
    "loas": _head(rb"\x56[\xe0-\xff].\x20\x00", 0, _are_frames(_loas)),
    "ps": _head(rb"\x00\x00\x01\xba[\x21\x40-\x7f]", 0, _is_program_stream),
    "mxf": _head(re.escape(MXF), 0, lambda *_: True),
    "w64": _head(re.escape(_W64), 0, lambda *_: True),
    "au": _head(rb"\.snd\x00\x00", 0, _is_au),
    "tta": _head(rb"TTA1[\x01-\x03]\x00[\x01-\x40]\x00", 0, lambda *_: True),
    "wv": _head(rb"wvpk.{4}[\x02-\x10]\x04.{6}\x00{4}", 0, lambda *_: True),
}


_LONG_RUNS, _VARIED_RUNS = (
    tuple(
        _Head(_HEADS[name].mark, 0, _are_frames(length_of, _FRAMES_IN_SAMPLES, varied=varied))
        for name, length_of in _FRAME_HEADS.items()
    )
    for varied in (False, True)
)


def frames_soon(path: Path, start: int) -> int:
    """Where many frames of MP3, AAC or AC-3 begin, at most 64 kB after ``start``; 0: nowhere."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(2 * _AHEAD)
        found = (_first(file, head, start, data, start) for head in _LONG_RUNS)
        return min((place for place in found if place), default=0)


def frames_in_samples(path: Path, start: int) -> int:
    """Where many frames begin, at any distance behind ``start``; 0: nowhere."""
    return frames_soon(path, start) or _found(path, start, _VARIED_RUNS)


def ape_bytes(data: bytes) -> int:
    """The size of the APE tag that these bytes begin with; 0 if they begin with none."""
    if len(data) < _APE_BYTES or not data.startswith(_APE):
        return 0
    size, _, flags = struct.unpack_from("<III", data, 12)
    is_head = bool(flags & 1 << 29)
    return _APE_BYTES + int(size) if is_head else 0


def id3_bytes(head: bytes) -> int:
    """The size of an ID3v2 tag from its first ten bytes; 0 if they are not the header of one.

    By chance, sound has the letters "ID3" once in 16 MB, so unused flags and bits must be 0, too.
    """
    if len(head) < 10 or head[:3] != _ID3 or head[3] not in _ID3_VERSIONS:
        return 0
    if head[4] == 0xFF or head[5] & 0x0F or max(head[6:10]) >= 128:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    footer = 10 if head[5] & _ID3_FOOTER else 0
    return 10 + size + footer


def boxes(path: Path, start: int, end: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of boxes side by side, up to ``end`` or the first invalid one.

    With ``end`` 0 they go on to the end of the file.
    """
    size = end or path.stat().st_size
    at = start
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length = struct.unpack_from(">I", head)[0]
            if length == 1 and len(head) == 16:
                length = struct.unpack_from(">Q", head, 8)[0]
            elif length == 0:
                length = size - at
            if length < 8 or not is_chunk(head[4:]):
                return
            yield head[4:8], at, at + length
            at += length


def inner_boxes(
    path: Path, parents: Collection[bytes], start: int = 0, end: int = 0
) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of the content, end) of boxes, and of those within ``parents``.

    None of these is within one of its own type: a file could nest thousands.
    """
    for kind, at, after in boxes(path, start, end):
        yield kind, at + _HEAD_BYTES, after
        if kind in parents:
            inner = [parent for parent in parents if parent != kind]
            yield from inner_boxes(path, inner, at + _HEAD_BYTES, after)


def riff_end(path: Path, start: int) -> int:
    """The byte after the chunks of an AVI: after 1 GB a further one begins; 0: no AVI."""
    size = path.stat().st_size
    at, kind = start, b"AVI "
    with path.open("rb") as file:
        while True:
            file.seek(at)
            head = file.read(12)
            if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != kind:
                return at if at > start else 0
            at += min(8 + struct.unpack_from("<I", head, 4)[0], size)
            at, kind = at + at % 2, b"AVIX"


def program_stream_end(path: Path, start: int) -> int:
    """The first byte that belongs to no packet of an MPEG program stream; 0: not such a stream.

    ISO/IEC 11172-1 and 13818-1.
    """
    at = start
    with path.open("rb") as file:
        while length := _program_packet_bytes(file, at):
            at += length
    return at if at > start else 0


def klv_end(path: Path, start: int) -> int:
    """The first byte after the packets of an MXF; 0: no MXF. SMPTE ST 336."""
    at = start
    with path.open("rb") as file:
        while True:
            file.seek(at)
            head = file.read(_KLV_HEAD_BYTES)
            if not head.startswith(_KLV) or len(head) <= _KLV_BYTES:
                return at if at > start else 0
            long = head[_KLV_BYTES] & 0x7F if head[_KLV_BYTES] & 0x80 else 0
            field = head[_KLV_BYTES + 1 : _KLV_BYTES + 1 + long] if long else head[_KLV_BYTES:][:1]
            at += _KLV_BYTES + 1 + long + int.from_bytes(field)


def _program_packet_bytes(file: BinaryIO, at: int) -> int:
    file.seek(at)
    head = file.read(14)
    if len(head) < 4 or head[:3] != _START_CODE:
        return 0
    if head[3] == _PACK:
        if len(head) == 14 and head[4] >> 6 == 1:
            return 14 + (head[13] & 7)
        return 12 if head[4] >> 4 == 2 else 0
    if head[3] == _PROGRAM_END:
        return 4
    is_packet = head[3] > _PACK and len(head) >= 6
    return 6 + int(struct.unpack_from(">H", head, 4)[0]) if is_packet else 0


def is_chunk(head: bytes) -> bool:
    """Whether a chunk's name follows, perhaps after a padding byte; samples rarely look so."""
    return any(
        len(name) == 4 and all(0x20 <= c < 0x7F for c in name) for name in (head[:4], head[1:5])
    )
