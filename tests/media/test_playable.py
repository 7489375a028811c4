"""What browsers play as it is, and that a copy has the same sound at the same times."""

from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.decode import SAMPLE_RATE, AudioReader
from mp4totext.media.playable import SoundWriter, is_playable
from mp4totext.media.poster import poster
from tests.support.media_files import add_sound, chirps, write, write_video


@pytest.mark.parametrize(
    ("name", "codec", "plays"),
    [
        ("a.mp3", "libmp3lame", True),
        ("a.m4a", "aac", True),
        ("a.m4a", "alac", False),
        ("a.flac", "flac", True),
        ("a.wav", "pcm_s16le", True),
        ("a.wav", "adpcm_ms", False),
        ("a.webm", "libopus", True),
        ("a.mka", "flac", False),
        ("a.wma", "wmav2", False),
        ("a.aiff", "pcm_s16be", False),
    ],
)
def test_containers_and_codecs_decide(
    tmp_path: Path,
    name: str,
    codec: str,
    plays: bool,
) -> None:
    assert is_playable(write(tmp_path / name, chirps(1), codec=codec)) is plays


def test_pictures_that_no_browser_shows_make_a_copy_of_the_sound(tmp_path: Path) -> None:
    assert not is_playable(write_video(tmp_path / "a.mp4", chirps(2)))  # MPEG-4 part 2


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_copy_has_the_same_sound_at_the_same_times(tmp_path: Path, channels: int) -> None:
    sound = np.repeat(chirps(8, SAMPLE_RATE), channels, axis=0)
    copy = tmp_path / "copy"
    with closing(SoundWriter(copy, channels=channels)) as writer:
        for start in range(0, sound.shape[1], 40_000):
            writer.write(sound[:, start : start + 40_000])
    assert is_playable(copy)
    with AudioReader(copy) as reader:
        assert reader.channels == {1: 1, 2: 2, 6: 1}[channels]
        heard = reader.read(2_000, 6_000)
    expected = sound[0, 2 * SAMPLE_RATE : 6 * SAMPLE_RATE]
    assert np.corrcoef(heard, expected)[0, 1] > 0.95


def filmed(path: Path, *, rotated: bool = False) -> Path:
    """A white half above a black one, 320 by 160, as a camera writes it."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 320, 160, "yuv420p"
        add_sound(container, chirps(2), codec="aac", rate=48_000)
        frame = np.zeros((160, 320, 3), np.uint8)
        frame[:80] = 255
        for _ in range(20):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(picture.encode(None))
    if rotated:  # a quarter turn in the track's matrix, as telephones write it
        data = path.read_bytes()
        at = data.index(b"tkhd", data.index(b"trak")) + 44
        one, none = (1 << 16).to_bytes(4, "big"), bytes(4)
        minus = ((-1 << 16) % 2**32).to_bytes(4, "big")
        matrix = (
            none + one + none + minus + none + none + none + none + (1 << 30).to_bytes(4, "big")
        )
        path.write_bytes(data[:at] + matrix + data[at + 36 :])
    return path


def poster_of(path: Path) -> bytes | None:
    with AudioReader(path) as reader:
        structure = reader.structure
    return poster(path, structure, duration_ms=structure.length_ms)


def pixels(jpeg: bytes, tmp_path: Path) -> NDArray[np.uint8]:
    file = tmp_path / "poster.jpg"
    file.write_bytes(jpeg)
    with av.open(str(file)) as container:
        shown: NDArray[np.uint8] = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return shown


def test_a_poster_is_a_picture_of_the_video(tmp_path: Path) -> None:
    jpeg = poster_of(filmed(tmp_path / "a.mp4"))
    assert jpeg is not None
    shown = pixels(jpeg, tmp_path)
    assert shown.shape == (160, 320, 3)
    assert shown[:70].mean() > 230
    assert shown[90:].mean() < 25


def test_a_poster_is_upright(tmp_path: Path) -> None:
    """A turn clockwise by a quarter: what was above is on the right."""
    jpeg = poster_of(filmed(tmp_path / "a.mp4", rotated=True))
    assert jpeg is not None
    shown = pixels(jpeg, tmp_path)
    assert shown.shape == (320, 160, 3)
    assert shown[:, 90:].mean() > 230
    assert shown[:, :70].mean() < 25


def test_sound_alone_has_no_poster(tmp_path: Path) -> None:
    assert poster_of(write(tmp_path / "a.m4a", chirps(1), codec="aac")) is None
