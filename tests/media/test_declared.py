"""Files with fewer bytes than their container declares are reported as truncated."""

import struct
from pathlib import Path

import pytest

from mp4totext.media import heads
from mp4totext.media.declared import missing_bytes
from mp4totext.media.probe import probe
from tests.support import odd_bytes
from tests.support.ffmpeg import ffmpeg
from tests.support.media_files import chirps, write_wav
from tests.support.odd_files import odd_sources

__all__ = ["odd_sources"]

SAID_IN_BYTES = (
    *("cut.wav", "cut 24 bit.w64", "cut.au", "cut.caf", "cut.avi", "cut.wma", "cut.mkv"),
    *("cut fragments.mp4", "cut.mp3", "cut.flv", "cut.mxf", "cut.ogg"),
)
SAID_IN_SECONDS = ("cut.aiff", "cut.flac", "cut.webm", "cut faststart.m4a")
SAID_NOWHERE = ("cut.amr", "cut.ts", "cut.vob")


@pytest.mark.parametrize("name", SAID_IN_BYTES)
def test_a_cut_is_told_by_the_bytes(odd_sources: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    odd_bytes.CUT[name](odd_sources, path)
    info = probe(path)
    assert info.truncated
    (warning,) = info.warnings
    assert f"but has {path.stat().st_size}: it was cut off" in warning


@pytest.mark.parametrize("name", SAID_IN_SECONDS)
def test_a_cut_that_the_length_tells_is_told_once(
    odd_sources: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    odd_bytes.CUT[name](odd_sources, path)
    (warning,) = probe(path).warnings
    assert "8 s long but holds" in warning


@pytest.mark.parametrize("name", SAID_NOWHERE)
def test_nothing_is_said_where_the_file_says_nothing(
    odd_sources: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    odd_bytes.CUT[name](odd_sources, path)
    assert probe(path).warnings == ()


@pytest.mark.parametrize("length", [0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0024, 0xFFFF_FFFF])
def test_a_length_that_was_not_known_yet_is_no_promise(tmp_path: Path, length: int) -> None:
    """What programs write into a header that they never come back to."""
    path = write_wav(tmp_path / "a.wav", chirps(1.0, 16_000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 4, length)
    struct.pack_into("<I", data, data.index(b"data") + 4, length)
    path.write_bytes(data)
    info = probe(path)
    assert (info.duration_ms, info.truncated, info.warnings) == (1_000, False, ())


def test_a_header_that_counts_a_sector_too_many_is_no_cut(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", chirps(1.0, 16_000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 4, len(data) + 2_048)
    path.write_bytes(data)
    assert probe(path).warnings == ()


def test_an_mp3_that_was_split_between_two_frames_is_no_cut(
    odd_sources: Path, tmp_path: Path
) -> None:
    """Splitters leave the first frame as it was, which gives the size of the whole."""
    path = tmp_path / "a.mp3"
    ffmpeg("-i", odd_sources / "voice.wav", "-ar", 44_100, "-b:a", "64k", path)
    data = path.read_bytes()
    sync = data[heads.id3_bytes(data) :][:2]
    whole_frames = data[: data.index(sync, len(data) // 2)]
    for tag in (b"", b"TAG" + bytes(125)):
        path.write_bytes(whole_frames + tag)
        assert probe(path).warnings == ()
    for missing in (1, 100):
        path.write_bytes(whole_frames[:-missing])
        assert probe(path).truncated


def test_a_wav_whose_samples_are_complete_is_no_cut(tmp_path: Path) -> None:
    """The size of the file is that of a version with tags behind the samples."""
    path = write_wav(tmp_path / "a.wav", chirps(1.0, 16_000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 4, len(data) + 100_000)
    path.write_bytes(data)
    assert probe(path).warnings == ()
    path.write_bytes(data[:-10_000])
    assert probe(path).truncated


@pytest.mark.parametrize("length", [-1, (1 << 63) - 1])
def test_a_chunk_of_garbage_is_no_promise(odd_sources: Path, tmp_path: Path, length: int) -> None:
    """Before the samples of a CAF, and behind them, where another recording was joined."""
    path = tmp_path / "a.caf"
    ffmpeg("-i", odd_sources / "voice.wav", path)
    data = path.read_bytes()
    path.write_bytes(data + b"free" + struct.pack(">q", length) + bytes(100))
    assert missing_bytes(path, "caf") == 0
    at = data.index(b"data")
    path.write_bytes(data[:at] + b"free" + struct.pack(">q", length) + data[at:])
    assert missing_bytes(path, "caf") == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", ("-ar", 44_100)),
        ("a.m4a", ("-ar", 44_100)),
        ("a.ts", ("-ar", 44_100, "-c:a", "aac")),
        ("a.ogg", ("-c:a", "libopus")),
        ("a.flac", ()),
    ],
)
def test_space_that_was_never_written_is_no_damage(
    odd_sources: Path, tmp_path: Path, name: str, options: tuple[object, ...]
) -> None:
    """Recorders reserve it, and disks that are repaired give it back."""
    path = tmp_path / name
    ffmpeg("-i", odd_sources / "voice.wav", *options, path)
    path.write_bytes(path.read_bytes() + bytes(200_000))
    info = probe(path)
    assert info.duration_ms == pytest.approx(8_400, abs=150)
    assert info.warnings == ()


@pytest.mark.parametrize("change", [("-ar", 24_000, 48_000), ("-ac", 1, 2)])
def test_a_joined_mp3_is_not_said_to_be_cut_off(
    odd_sources: Path, tmp_path: Path, change: tuple[str, int, int]
) -> None:
    """FFmpeg estimates its length from the bits of its first frames."""
    option, *values = change
    parts = []
    for value in values:
        path = tmp_path / f"{value}.mp3"
        ffmpeg("-i", odd_sources / "voice.wav", option, value, path)
        parts.append(path.read_bytes())
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(b"".join(parts))
    info = probe(joined)
    assert info.duration_ms == pytest.approx(16_800, abs=300)
    assert info.warnings == ()


def test_an_avi_that_lacks_only_its_index_lacks_no_sound(odd_sources: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    ffmpeg("-i", odd_sources / "voice.wav", "-ar", 44_100, "-c:a", "libmp3lame", path)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"idx1")])
    assert probe(path).warnings == ()
    path.write_bytes(data[: data.rindex(b"idx1") - 10_000])
    assert len(probe(path).warnings) == 1
