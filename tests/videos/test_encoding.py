"""FFmpeg's arguments: aspect ratios and loudness."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from mp4totext.videos import encoding
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.storyboard import Fit
from tests.support.ffmpeg import decoded
from tests.support.filmed import bright_ellipse, pictures_of
from tests.support.loud import RATE, SECONDS, loudness_and_peak, sound_of, write
from tests.support.media_files import write_wav
from tests.support.slow_tests import one_in

TARGETS = {"16:9": (1280, 720), "9:16": (1080, 1920), "1:1": (1080, 1080)}
SOURCES = {"4:3": (640, 480), "16:9": (854, 480), "21:9": (1120, 480), "portrait": (480, 854)}


def ball(width: int, height: int) -> bytes:
    """A white circle in the middle of grey, as planar YUV."""
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(rows + 0.5 - height / 2, columns + 0.5 - width / 2)
    luma = np.where(away < 0.18 * min(width, height), 235, 60).astype(np.uint8)
    return luma.tobytes() + bytes([128]) * (width * height // 2)


PAIRS = [*product(SOURCES, TARGETS, ["fit"]), *product(["4:3"], TARGETS, ["fill"])]


@pytest.mark.parametrize(("source", "target", "fit"), PAIRS)
def test_a_circle_stays_a_circle(source: str, target: str, fit: Fit, tmp_path: Path) -> None:
    width, height = TARGETS[target]
    wide, high = SOURCES[source]
    out = tmp_path / "ball.ts"
    encoding.encode_segment(
        [ball(wide, high)],
        out,
        source=encoding.Input(width=wide, height=high),
        canvas=Canvas(width=width, height=height, wave=False),
        fit=fit,
        fps=30,
        first=0,
        logo=None,
        drawn=None,
        done=lambda _number: None,
    )
    ellipse = bright_ellipse(pictures_of(out, width=width, height=height)[0])
    assert ellipse.width / ellipse.height == pytest.approx(1, abs=0.01)
    assert ellipse.width > 0.1 * width


# Loud and quiet, and those that a limiter or an encoder changes most; `make gates` takes more.
HARD = ("as it is", "hardly audible", "claps", "an offset", "noise alone")


@pytest.mark.parametrize("name", one_in(3, HARD))
def test_sound_is_as_loud_as_asked_and_never_clips(name: str, tmp_path: Path) -> None:
    out = sound_of(write(name, tmp_path / "in.wav"), tmp_path / "out.m4a")
    loudness, peak = loudness_and_peak(out)
    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak <= -1


def test_silence_stays_silent(tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "in.wav", np.zeros((1, SECONDS * RATE), np.float32), rate=RATE)
    assert not decoded(sound_of(silence, tmp_path / "out.m4a"), channels=2).any()
