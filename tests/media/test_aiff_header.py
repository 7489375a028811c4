"""AIFF that its recorder never closed is read to the end of the file."""

import struct
from pathlib import Path

import pytest

from mp4totext.media import aiff_header
from mp4totext.media.playable import is_playable
from mp4totext.media.probe import probe
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.media_matrix import problems_of_file, source_of


def aiff(folder: Path, codec: str, channels: int = 2) -> Path:
    path = folder / f"{codec}.aiff"
    source = source_of(folder, channels, 0)
    ffmpeg("-i", source, "-ar", 44_100, "-c:a", codec, "-f", "aiff", path)
    return path


def with_sizes(path: Path, whole: int | None, samples: int | None, frames: int | None) -> Path:
    data = bytearray(path.read_bytes())
    for place, value in (
        (4, whole),
        (data.index(b"SSND") + 4, samples),
        (data.index(b"COMM") + 10, frames),
    ):
        if value is not None:
            struct.pack_into(">I", data, place, value)
    changed = path.with_name("changed.aiff")
    changed.write_bytes(data)
    return changed


@pytest.mark.parametrize(
    "codec",
    [
        *("pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_s16le"),
        *("pcm_f32be", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
    ],
)
def test_without_any_size(tmp_path: Path, codec: str) -> None:
    """FFmpeg refuses it."""
    plain = aiff(tmp_path, codec)
    path = with_sizes(plain, 0, 0, 0)
    assert problems_of_file(path, {1: decoded(plain, channels=2)}) == []
    info = probe(path)
    assert (info.container, info.codec) == ("aiff", codec)
    assert not is_playable(path, info.structure, (1,))


@pytest.mark.parametrize("sizes", [(None, 0, None), (0, None, None), (0, 8, 0)])
def test_with_some_sizes(tmp_path: Path, sizes: tuple[int | None, ...]) -> None:
    plain = aiff(tmp_path, "pcm_s16be")
    path = with_sizes(plain, sizes[0], sizes[1], sizes[2])
    assert problems_of_file(path, {1: decoded(plain, channels=2)}) == []


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x7FFF_FFFF, None])
def test_sizes_with_which_ffmpeg_reads_it(tmp_path: Path, size: int | None) -> None:
    path = with_sizes(aiff(tmp_path, "pcm_s16be"), size, size, None)
    assert aiff_header.unclosed(path, 0) is None


def test_one_that_was_cut_in_its_header(tmp_path: Path) -> None:
    path = with_sizes(aiff(tmp_path, "pcm_s16be"), 0, 0, 0)
    data = path.read_bytes()
    for length in range(12, data.index(b"SSND") + 17):
        path.write_bytes(data[:length])
        assert aiff_header.unclosed(path, 0) is None
