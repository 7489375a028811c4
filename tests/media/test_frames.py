"""Best frames: sharp, well lit and different."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.decode import AudioReader
from mp4totext.media.frames import best_frames, score, stretches_of
from mp4totext.media.pictures import PictureReader
from tests.support.ffmpeg import ffmpeg


def grey(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32)


def test_black_flat_and_blurred_pictures_are_worth_less_than_a_sharp_one() -> None:
    rng = np.random.default_rng(1)
    sharp = np.clip(0.45 + np.kron(rng.normal(0, 0.2, (18, 32)), np.ones((5, 5))), 0, 1)
    blurred = sharp.copy()
    for _ in range(60):
        blurred[1:-1, 1:-1] = (
            blurred[:-2, 1:-1] + blurred[2:, 1:-1] + blurred[1:-1, :-2] + blurred[1:-1, 2:]
        ) / 4
    best = score(grey(sharp))
    for worse in (np.zeros((90, 160)), np.full((90, 160), 0.5), blurred, np.ones((90, 160))):
        assert score(grey(worse)) < 0.7 * best


@pytest.fixture
def film(tmp_path: Path) -> PictureReader:
    """Two seconds black, four of a test picture, two of another."""
    path = tmp_path / "film.mp4"
    parts = (
        "color=black:s=320x180:r=25:d=2",
        "testsrc=s=320x180:r=25:d=4",
        "testsrc2=s=320x180:r=25:d=2",
    )
    inputs = [item for part in parts for item in ("-f", "lavfi", "-i", part)]
    ffmpeg(
        *inputs,
        *("-f", "lavfi", "-i", "sine=d=8"),
        *("-filter_complex", "[0:v][1:v][2:v]concat=n=3:v=1[v]", "-map", "[v]", "-map", "3:a"),
        *("-pix_fmt", "yuv420p", "-shortest", path),
    )
    with AudioReader(path) as reader:
        structure = reader.structure
    return PictureReader(path, structure, pixels_max=320 * 180)


def test_the_black_part_of_a_film_is_not_chosen(film: PictureReader) -> None:
    with film:
        (first, second) = best_frames(film, [(0, 5_000), (6_000, 8_000)])
    assert first.at_ms >= 2_000
    assert first.still.pixels.shape == (180, 320, 3)
    assert 6_000 < second.at_ms < 8_000
    assert abs(first.still.pixels.astype(int) - second.still.pixels).mean() > 20


def test_who_no_longer_waits_ends_the_search(film: PictureReader) -> None:
    class Gone(Exception):
        pass

    def check() -> None:
        raise Gone

    with film, pytest.raises(Gone):
        best_frames(film, [(0, 8_000)], check=check)


def test_stretches_cover_the_recording() -> None:
    assert stretches_of(10_000, 3) == [(0, 3333), (3333, 6666), (6666, 10_000)]
