"""Finds recordings that FFmpeg leaves unread in a file: appended ones, and undeclared samples.

``cat a.wav b.wav`` makes a file whose first header does not include the second recording, and a
recorder that crashed, or wrote more than 4 GiB, leaves a header that is too short.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from struct import unpack_from
from typing import Any, BinaryIO

from mp4totext.media import aiff_header, heads, pieces, transport_stream, wav_header
from mp4totext.media.pieces import Range
from mp4totext.media.structure import RawSound

# First bytes of formats whose header declares the length: FFmpeg stops there. It reads on by itself
# in formats of independent frames (MPEG, AAC).
_SIGNATURES = {
    "wav": (b"RIFF", b"RF64"),
    "w64": (b"riff\x2e\x91\xcf\x11",),
    "aiff": (b"FORM",),
    "caf": (b"caff",),
    "au": (b".snd",),
    "tta": (b"TTA1",),
    "wv": (b"wvpk",),
    "ape": (b"MAC ",),
    "asf": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",),
    "flv": (b"FLV\x01",),
}
# FFmpeg reads on by itself here, but only through one more recording, or until the rate changes.
_SIGNATURES_READ_ON = {"matroska,webm": (b"\x1a\x45\xdf\xa3",), "ogg": (b"OggS\x00\x02",)}
# An index or tags may stand between one of these and another format.
_WITH_TRAILERS = ("matroska,webm", "ogg", "asf", "flv", "wv", "tta", "ape")
_WITH_VIDEO = (*_SIGNATURES_READ_ON, "flv", "asf")
# Formats that declare their own length may be followed by any other.
_OTHER_FORMATS = (
    b"ID3",
    b"OggS",
    b"fLaC",
    b"RIFF",
    b"FORM",
    b"caff",
    b"\x1a\x45\xdf\xa3",
    b"#!AMR",
)
# Heads that belong to these formats, or that FFmpeg reads past by itself.
_EXPECTED_HEADS = (
    (b"fLaC", ("flac", "id3", "ape")),
    (b"OggS", ("ogg", "flac", "id3", "ape")),
    (b"#!AMR", ("id3", "ape")),
)
_AFTER_TAGS = (b"fLaC", b"OggS", b"\x47")  # FFmpeg reads these behind an ID3 tag
_TAG_HEAD_BYTES = 32
# Elements of a Matroska sound track: the codec's name, the number of channels, the sample rates.
_SOUND = re.compile(rb"A_[A-Z][A-Z0-9_/]+|\x9f\x81.|\xb5\x84.{4}|\xb5\x88.{8}", re.DOTALL)
_CLUSTER = b"\x1f\x43\xb6\x75"
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_PCM = ("w64", "aiff", "caf", "au")  # containers whose samples need no header; for WAV: wav_header
_TRIES = 8  # positions that look like the start of a recording
_TAGS_OF_MP3 = ("id3", "ape")
_NOT_IN_SAMPLES = (
    *_TAGS_OF_MP3,
    "mpeg",
    "adts",
    "ac3",
    "dts",
    "loas",
)  # quiet samples may look like frames
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN", b"3DI")
_SEARCH_BYTES = 1 << 20
_IEC61937, _IEC61937_BYTES = b"\x72\xf8\x1f\x4e", 64 << 10  # AC-3 or DTS recorded from S/PDIF
_AAC_HEAD_BYTES = 8
_OTHERS_MIN = 4
AAC_CONTAINERS = ("aac", "loas", "mpegts")
_RAW_MS_MIN = 250
_ZEROS = 4_096
_UNREAD_BYTES_MIN = 64 << 10
_UNREAD_SHARE_MIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Where a recording starts; ``raw`` is the format of samples without a header of their own."""

    offset: int = 0
    end: int = 0  # 0: where FFmpeg stops
    raw: RawSound | None = None
    past_header: bool = False  # read beyond what the header of a WAV or MP4 declares
    pieces: tuple[Range, ...] = ()  # in their right order


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far FFmpeg read a recording that starts at ``join``."""

    join: Join
    start: int  # the first byte of the first packet
    end: int | None  # the byte after the last packet; None: not known
    container: str
    codec: str
    sample_rate: int
    channels: int
    has_video: bool


def first(path: Path) -> Join:
    """The first recording, ended where the next one begins if FFmpeg would read on wrongly.

    After a fragmented MP4 it would take a second one for more fragments, the header of a second AMR
    file for speech, and another format after MP3 for damage. In joined MXF files it would find only
    the index of the last one, at the end of the file, and in a WAV only the last samples.
    """
    if ordered := pieces.of_mp4(path):
        return Join(pieces=ordered)
    if found := wav_header.in_list(path):
        raw, listed = found
        return Join(raw=raw, pieces=listed)
    join = recording_at(path, _behind_tag(path))
    if join != Join() or not wav_header.sound_goes_on(path):
        return join
    with path.open("rb") as file:
        declared_end, _ = wav_header.declared_end(file)
    return Join(past_header=True, end=_end_behind_samples(path, declared_end))


def _end_behind_samples(path: Path, start: int) -> int:
    """Where a recording begins in what would be read as samples; 0 if none does."""
    places = (
        heads.frames_in_samples(path, start),
        heads.find(path, start, excluding=_NOT_IN_SAMPLES),
    )
    return min((place for place in places if place), default=0)


def recording_at(path: Path, start: int) -> Join:
    """The recording that begins there, ended as by ``first``."""
    if found := wav_header.misread(path, start) or aiff_header.unclosed(path, start):
        raw, begin, end = found
        return Join(offset=begin, end=end, raw=raw)
    return Join(offset=start, end=_next_begin(path, start))


def _behind_tag(path: Path) -> int:
    """The end of an ID3 tag before a format in which FFmpeg expects none; 0 if there is none."""
    with path.open("rb") as file:
        size = heads.id3_bytes(file.read(_TAG_HEAD_BYTES))
        file.seek(size)
        head = file.read(_TAG_HEAD_BYTES)
    is_expected = heads.name_of_frames(head) or head.startswith(_AFTER_TAGS)
    return size if size and not is_expected and heads.begins_at(path, size) else 0


def _next_begin(path: Path, start: int) -> int:
    """Where the next recording begins, for formats that FFmpeg reads on; 0 if there is none."""
    finds = (
        _end_of_mp4,
        _end_of_matroska,
        _end_of_mxf,
        _end_of_packets,
        _end_of_samples,
        _end_of_au,
        _end_of_sound,
        transport_stream.next_change,
    )
    return next((end for find in finds if (end := find(path, start))), 0)


def candidates(path: Path, reached: Reached) -> Iterator[Join]:
    """Possible starts of another recording, the most likely first; use the first that opens."""
    start = reached.join.offset
    if reached.container == MP4:
        if offset := _end_of_mp4(path, start) or _behind_boxes(path, start):
            yield recording_at(path, offset)
    elif reached.join.end:
        yield from _behind_end(path, reached)
    elif reached.end is not None and (not reached.has_video or reached.container in _WITH_VIDEO):
        yield from _by_signature(path, reached)
        if (other := _other_format(path, reached)) is not None:
            yield other
        elif (raw := _raw(path, reached)) is not None:
            yield raw


def _behind_end(path: Path, reached: Reached) -> Iterator[Join]:
    """What follows a recording that was ended before the end of the file."""
    start, end = reached.join.offset, reached.join.end
    if reached.join.raw:
        if offset := heads.find(path, end, excluding=_TAGS_OF_MP3):
            yield recording_at(path, offset)
    elif reached.container == "wav" and not reached.join.past_header:
        # FFmpeg reads the last chunk of samples that it is shown.
        yield Join(offset=start, end=wav_header.samples_after(path, start, end))
    else:
        yield recording_at(path, _begin_behind(path, reached))


def is_recording(path: Path, reached: Reached, join: Join) -> bool:
    """Whether another recording certainly begins at a candidate, even if it cannot be read."""
    with path.open("rb") as file:
        file.seek(join.offset)
        is_tag = file.read(_TAG_HEAD_BYTES).startswith(_TAGS)
    if join.raw is not None or join.offset <= reached.start or is_tag:
        return False
    if reached.container == MP4 and join.offset == _end_of_mp4(path, reached.join.offset):
        return True
    return heads.begins_at(path, join.offset)


def _begin_behind(path: Path, reached: Reached) -> int:
    """Where to read on behind a recording that was ended before the end of the file."""
    start, offset = reached.join.offset, reached.join.end
    if reached.container == "mpegts" and not heads.begins_at(path, offset):
        tables = transport_stream.tables_before(path, offset)
        offset = tables if tables > start else offset
    with path.open("rb") as file:
        file.seek(offset)
        return offset + heads.ape_bytes(file.read(_TAG_HEAD_BYTES))


class AacRates:
    """Finds where the sample rate of AAC changes; a few damaged headers do not count."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._place = 0
        self._others: list[tuple[int, int]] = []  # (rate, position) since the last usual rate

    def place_of_other(self, packet: Any) -> int:
        """0 until several packets in a row have one other rate; then the position of the first."""
        if packet.pos is not None:  # several packets may share a position
            self._place = packet.pos
        rate = _aac_rate(packet)
        if rate is None:
            return 0
        self._first = rate if self._first is None else self._first
        if rate == self._first:
            self._others.clear()
            return 0
        self._others = [(r, place) for r, place in self._others if r == rate]
        self._others.append((rate, self._place))
        return self._others[0][1] if len(self._others) == _OTHERS_MIN else 0


def _aac_rate(packet: Any) -> int | None:
    """The sampling frequency index in the header of an AAC frame (ADTS or LOAS), or None."""
    head = bytes(memoryview(packet)[:_AAC_HEAD_BYTES])
    if len(head) < _AAC_HEAD_BYTES:
        return None
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return head[2] >> 2 & 15
    # useSameStreamMux and audioMuxVersion are both 0: the configuration follows, in version 0.
    if head[0] == 0x56 and head[1] & 0xE0 == 0xE0 and not head[3] & 0xC0:
        bits = int.from_bytes(head[3:8])  # 2 + 1 + 6 + 4 + 3 bits, then 5 for the object type
        return bits >> (40 - 16 - 5 - 4) & 15
    return None


def unread_bytes(path: Path, reached: Reached) -> int:
    """The number of bytes of sound that was not read. Tags and indexes do not count."""
    size = path.stat().st_size
    if reached.end is None or reached.has_video or reached.container not in (*_SIGNATURES, MP4):
        return 0
    rest = size - reached.end
    if rest < max(_UNREAD_BYTES_MIN, size * _UNREAD_SHARE_MIN):
        return 0
    if reached.container == MP4:
        is_whole = _boxes_end(path, reached.join.offset) or ends_in_zeros(path)
        return 0 if is_whole else rest
    with path.open("rb") as file:
        start = file.read(_IEC61937_BYTES)
        file.seek(reached.end)
        head = file.read(16)
    if not any(head) and ends_in_zeros(path):
        return 0
    if reached.container == "wav" and _IEC61937 in start:
        return 0  # FFmpeg's positions count within the unpacked bursts
    return 0 if heads.is_chunk(head) or head.startswith(_TAGS) else rest


def ends_in_zeros(path: Path) -> bool:
    """Whether the end was never written: space that a recorder reserved, or zeros after a crash."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _ZEROS))
        return not any(file.read())


def _by_signature(path: Path, reached: Reached) -> Iterator[Join]:
    assert reached.end is not None
    signatures = (_SIGNATURES | _SIGNATURES_READ_ON).get(reached.container, ())
    places = _found(path, signatures, reached.end)
    yield from (Join(offset=at) for at in islice(places, _TRIES))


def _found(path: Path, signatures: Sequence[bytes], start: int) -> Iterator[int]:
    """The positions of the signatures, from ``start`` on."""
    with path.open("rb") as file:
        at = start
        while signatures:
            file.seek(at)
            data = file.read(_SEARCH_BYTES)
            places = {data.find(signature) for signature in signatures} - {-1}
            if places:
                yield at + min(places)
                at += min(places) + 1
            elif len(data) < _SEARCH_BYTES:
                return
            else:
                at += len(data) - max(map(len, signatures))


def _other_format(path: Path, reached: Reached) -> Join | None:
    if reached.container not in (*_SIGNATURES, *_SIGNATURES_READ_ON) or reached.end is None:
        return None
    place = heads.after_zeros(path, reached.end)
    with path.open("rb") as file:
        file.seek(place)
        head = file.read(16)
    if not head.startswith(_OTHER_FORMATS):
        place = heads.begin_after_zeros(path, reached.end) or heads.frames_soon(path, reached.end)
        if not place and reached.container in _WITH_TRAILERS:
            place = heads.find(path, reached.end, excluding=_TAGS_OF_MP3)
    return recording_at(path, place) if place else None


def _raw(path: Path, reached: Reached) -> Join | None:
    """PCM samples that continue after the declared end."""
    if reached.container not in _PCM or not reached.codec.startswith("pcm_"):
        return None
    assert reached.end is not None
    form = reached.codec.removeprefix("pcm_")
    bits = int("".join(c for c in form if c.isdigit()) or "8")
    frame_bytes = max(1, reached.channels * bits // 8)
    offset = reached.end - (reached.end - reached.start) % frame_bytes  # may lie within a sample
    with path.open("rb") as file:
        file.seek(offset)
        head = file.read(16)
    left_ms = (path.stat().st_size - offset) * 1_000 // (frame_bytes * reached.sample_rate)
    has_chunks = reached.container != "au"
    is_sound = not head.startswith(_TAGS) and not (has_chunks and heads.is_chunk(head))
    if left_ms < _RAW_MS_MIN or not is_sound:
        return None
    raw = RawSound(format=form, sample_rate=reached.sample_rate, channels=reached.channels)
    return Join(offset=offset, raw=raw, end=_end_behind_samples(path, offset))


def _end_of_mp4(path: Path, start: int) -> int:
    """The position of the next recording; 0 if there is none.

    It begins with ``ftyp``, or with an index of its own between fragments.
    """
    seen: set[bytes] = set()
    second_index = 0
    for kind, at, _ in heads.boxes(path, start):
        if kind == b"ftyp" and b"moov" in seen:
            return at
        if kind == b"moof" and second_index:
            return second_index
        if kind == b"moov" and b"moof" in seen:
            second_index = at
        seen.add(kind)
    return 0


def _end_of_matroska(path: Path, start: int) -> int:
    """Where a segment with other codecs, channels or sample rates begins; 0 if there is none.

    FFmpeg reads on by itself, but decodes the next segment like the first one.
    """
    with path.open("rb") as file:
        first = next_one = _sound_tracks(file, start)
        at = start
        while next_one and next_one == first:
            at = end_of_segment(file, at) or next(_found(path, (heads.EBML,), at + 1), 0)
            next_one = _sound_tracks(file, at) if at else []
        return at if next_one else 0


def _sound_tracks(file: BinaryIO, start: int) -> list[bytes]:
    """What a Matroska header says about its sound tracks; empty if there is no header."""
    file.seek(start)
    head = file.read(heads.MATROSKA_HEADER_BYTES).partition(_CLUSTER)[0]
    return _SOUND.findall(head) if head.startswith(heads.EBML) and heads.SEGMENT in head else []


def end_of_segment(file: BinaryIO, start: int) -> int:
    """The end of a Matroska segment, if the recorder wrote its size; otherwise 0."""
    file.seek(start)
    head = file.read(heads.MATROSKA_HEADER_BYTES)
    at = head.find(heads.SEGMENT) + len(heads.SEGMENT)
    if not head.startswith(heads.EBML) or at < len(heads.SEGMENT) or at + 8 > len(head):
        return 0
    width = 9 - head[at].bit_length()
    if width > 8:
        return 0
    length = int.from_bytes(head[at : at + width]) & (1 << 7 * width) - 1
    is_known = length != (1 << 7 * width) - 1
    return start + at + width + length if is_known else 0


def _end_of_mxf(path: Path, start: int) -> int:
    """Where the next MXF begins; 0 if there is none, or for other formats."""
    with path.open("rb") as file:
        file.seek(start)
        begin = file.read(len(heads.MXF))
    return next(_found(path, (heads.MXF,), start + 1), 0) if begin == heads.MXF else 0


def _end_of_packets(path: Path, start: int) -> int:
    """Where another format follows an AVI, an MPEG program stream or an MXF; 0 if none does.

    FFmpeg reads it as damage, as a chunk of another kind, or not at all.
    """
    end = (
        heads.riff_end(path, start)
        or heads.program_stream_end(path, start)
        or heads.klv_end(path, start)
    )
    return end if end and heads.begins_at(path, end) else 0


def _end_of_samples(path: Path, start: int) -> int:
    """Where a WAV goes on in a further chunk of samples; 0 if it does not."""
    return wav_header.samples_after(path, start, start)


def _end_of_au(path: Path, start: int) -> int:
    """Where another format follows the samples that the header of an AU declares; 0 if none does.

    FFmpeg reads it as samples.
    """
    with path.open("rb") as file:
        file.seek(start)
        head = file.read(12)
    if len(head) < 12 or not head.startswith(_SIGNATURES["au"]):
        return 0
    begin, length = unpack_from(">II", head, 4)
    end = start + begin + length
    if not length or end >= path.stat().st_size:
        return 0
    return _end_behind_samples(path, end)


def _end_of_sound(path: Path, start: int) -> int:
    """Where another format or a large tag follows a recording without video; 0 if there is none.

    FFmpeg decodes what follows as damaged sound of the first, or leaves it out.
    """
    with path.open("rb") as file:
        file.seek(start)
        begin = start + heads.id3_bytes(file.read(_TAG_HEAD_BYTES))
        file.seek(begin)
        head = file.read(_TAG_HEAD_BYTES)
    if own := heads.name_of_frames(head):
        expected: tuple[str, ...] = (own, "id3 of frames")
    else:
        expected = next((names for mark, names in _EXPECTED_HEADS if head.startswith(mark)), ())
    return heads.find(path, begin + 1, excluding=expected) if expected else 0


def _behind_boxes(path: Path, start: int) -> int:
    """Where another recording follows an MP4, perhaps after something else; 0 if none does."""
    size = path.stat().st_size
    ends = (
        at if end > size and kind not in heads.MP4_BOXES else end  # what follows may look like one
        for kind, at, end in heads.boxes(path, start)
    )
    end = max(ends, default=0)
    with path.open("rb") as file:
        file.seek(end)
        head = file.read(16)
    return end if head.startswith(_OTHER_FORMATS) else heads.find(path, end, excluding=_TAGS_OF_MP3)


def _boxes_end(path: Path, start: int) -> bool:
    """Whether the boxes end exactly where the file does."""
    ends = [end for _, _, end in heads.boxes(path, start)]
    return bool(ends) and ends[-1] == path.stat().st_size
