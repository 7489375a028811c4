"""Encrypted sound is refused as such: decoded, it would be noise, or a part of it."""

import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from mp4totext.media import heads
from mp4totext.media.choice import SourceOptions, refuse_missing
from mp4totext.media.errors import EncryptedMedia, NoSuchTrack
from mp4totext.media.probe import probe
from tests.support.ffmpeg import ffmpeg

_SOUND = ("-f", "lavfi", "-i", "aevalsrc=0.3*sin(2000*t+300*sin(9*t)):s=44100:d=3")
_VIDEO = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=3", "-map", "0", "-map", "1")
_CENC = (
    *("-f", "mp4", "-encryption_scheme", "cenc-aes-ctr"),
    *("-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"),
    *("-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"),
)
_KEY_ID = b"\x47\xe2\x90" + bytes(range(16))


def encoded(path: Path, *options: object) -> bytes:
    ffmpeg(*_SOUND, *options, path)
    return path.read_bytes()


def noise(count: int) -> bytes:
    return Random(1).randbytes(count)


def sample_entry(name: bytes) -> Callable[[Path], bytes]:
    """An MP4 with this sample entry, and noise for sound."""

    def made(path: Path) -> bytes:
        data = encoded(path, "-f", "mp4", "-c:a", "aac")
        begin = data.index(b"mdat") + 4
        count = struct.unpack_from(">I", data, begin - 8)[0] - 8
        entry = data.index(b"mp4a", data.index(b"stsd"))
        data = data[:entry] + name + data[entry + 4 :]
        return data[:begin] + noise(count) + data[begin + count :]

    return made


def asf_object(name: str) -> Callable[[Path], bytes]:
    """A WMA with one more object in its header."""

    def made(path: Path) -> bytes:
        data = bytearray(encoded(path, "-f", "asf", "-c:a", "wmav2"))
        more = UUID(name).bytes_le + struct.pack("<Q", 56) + 4 * (struct.pack("<I", 4) + b"DRM\0")
        size, count = struct.unpack_from("<QI", data, 16)
        struct.pack_into("<QI", data, 16, size + len(more), count + 1)
        data[30:30] = more
        return bytes(data)

    return made


def element(name: bytes, content: bytes) -> bytes:
    return name + (1 << 56 | len(content)).to_bytes(8) + content


def matroska(key_id: bytes) -> Callable[[Path], bytes]:
    """A Matroska file whose sound track has an element ContentEncodings."""

    def made(path: Path) -> bytes:
        data = encoded(path, "-f", "matroska", "-write_crc32", "0", "-c:a", "aac")
        segment = data.index(b"\x18\x53\x80\x67") + 4
        begin = data.rindex(b"\x16\x54\xae\x6b")
        size = data[begin + 4] & 127
        track = data[begin + 5 : begin + 5 + size]
        assert track[:2] == b"\xae\x01"  # its size has eight bytes
        encryption = element(b"\x50\x35", b"\x47\xe1\x81\x05" + key_id)
        encoding = element(b"\x62\x40", b"\x50\x33\x81\x01" + encryption)
        tracks = element(b"\xae", track[9:] + element(b"\x6d\x80", encoding))
        rest = element(b"\x16\x54\xae\x6b", tracks) + data[begin + 5 + size :]
        return data[:segment] + b"\x01" + b"\xff" * 7 + data[segment + 8 : begin] + rest

    return made


def scrambled(path: Path) -> bytes:
    """A transport stream whose packets of sound are encrypted, as those of pay television."""
    data = bytearray(encoded(path, "-f", "mpegts", "-c:a", "aac"))
    for at in range(0, len(data), 188):
        if (data[at + 1] & 31) << 8 | data[at + 2] == 256:
            begin = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
            data[at + 3] |= 0x80
            data[begin : at + 188] = noise(at + 188 - begin)
    return bytes(data)


def sony(_path: Path) -> bytes:
    tag = b"ea3\x03" + bytes(5) + b"\x10" + bytes(16)
    return tag + b"EA3\x01\x00\x60\x00\x80" + bytes(88) + noise(60_000)


MADE: dict[str, Callable[[Path], bytes]] = {
    "common encryption": lambda path: encoded(path, "-c:a", "aac", *_CENC),
    "beside a video": lambda path: encoded(path, *_VIDEO, "-c:a", "aac", *_CENC),
    "OMA DRM": sample_entry(b"enca"),
    "FairPlay": sample_entry(b"drms"),
    "Audible": sample_entry(b"aavd"),
    "Windows Media": asf_object("2211b3fb-bd23-11d2-b4b7-00a0c955fc6e"),
    "Windows Media, extended": asf_object("298ae614-2622-4c17-b935-dae07ee9289c"),
    "PlayReady": asf_object("43058533-6981-49e6-9b74-ad12cb86d58c"),
    "Matroska": matroska(_KEY_ID),
    "Matroska without a key": matroska(b""),
    "pay television": scrambled,
    "OpenMG": sony,
    "OMA file": lambda _path: b"\0\0\0\x14ftypodcf" + bytes(8) + noise(60_000),
    "dictation": lambda _path: b"\x03enc" + noise(60_000),
}


@pytest.mark.parametrize("kind", MADE)
def test_it_is_said_that_it_is_encrypted(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bought"
    path.write_bytes(MADE[kind](path))
    with pytest.raises(EncryptedMedia, match=r"is encrypted .* Save it without protection"):
        probe(path)


def test_only_the_track_that_is_encrypted_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    data = encoded(path, *_SOUND, "-map", "0", "-map", "1", "-c:a", "aac")
    at = data.rindex(b"mp4a", 0, data.rindex(b"esds"))
    path.write_bytes(data[:at] + b"drms" + data[at + 4 :])
    structure = probe(path).structure
    assert [(t.readable, t.codec) for t in structure.tracks] == [
        (True, "aac"),
        (False, "encrypted aac"),
    ]
    with pytest.raises(NoSuchTrack, match=r"Audio track 2 \(encrypted aac\) cannot be decoded"):
        refuse_missing(structure, SourceOptions(tracks=(2,)))


def test_sound_beside_an_encrypted_video_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    data = encoded(path, *_VIDEO, "-c:v", "libx264", "-c:a", "aac")
    at = data.index(b"avc1", data.index(b"stsd"))
    path.write_bytes(data[:at] + b"encv" + data[at + 4 :])
    assert probe(path).codec == "aac"


def test_boxes_that_contain_themselves_end(tmp_path: Path) -> None:
    path, data = tmp_path / "a.mp4", b""
    for _ in range(5_000):
        data = struct.pack(">I", 8 + len(data)) + b"moov" + data
    path.write_bytes(data)
    assert len(list(heads.inner_boxes(path, (b"moov", b"trak")))) == 2
