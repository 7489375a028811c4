"""The bars of an audiogram, before any encoder."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mp4totext.media.backgrounds import PALETTES, Palette
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.drawing import BAR_MS_MAX, BARS, Wave, bar_ms

CANVAS = Canvas(width=540, height=960, wave=True)


@pytest.mark.parametrize("palette", PALETTES)
def test_bars_to_come_stand_out_from_the_ground(palette: Palette) -> None:
    def frame(height: int) -> np.ndarray:
        wave = Wave(CANVAS, [height] * BARS, bar=100, palette=palette, seed=1)
        luma = wave.frame(0)[: CANVAS.width * CANVAS.height]
        return np.frombuffer(luma, np.uint8).reshape(CANVAS.height, CANVAS.width).astype(int)

    drawn = np.abs(frame(255) - frame(0))[:, CANVAS.width // 2 :]
    assert np.percentile(drawn[drawn > 0], 90) >= 40  # of 255 levels


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1080, 1080), (1080, 1920)])
def test_a_wave_without_captions_fills_the_middle_of_the_picture(width: int, height: int) -> None:
    captioned = Canvas(width=width, height=height, wave=True)
    _, top, _, bottom = replace(captioned, captioned=False).wave_box
    assert abs((top + bottom) / 2 - height / 2) < 0.05 * height  # a title is above
    assert top > 0.3 * height
    _, its_top, _, its_bottom = captioned.wave_box
    assert bottom - top > 1.5 * (its_bottom - its_top)


@pytest.mark.parametrize("length_ms", [500, 1_000, 2_345, 6_400, 64_001, 65_000, 3_600_000])
def test_each_page_of_the_wave_is_full(length_ms: int) -> None:
    bar = bar_ms(length_ms)
    assert bar <= BAR_MS_MAX
    pages, on_last = divmod(math.ceil(length_ms / bar), BARS)
    assert on_last == 0 or on_last > 0.9 * BARS, (pages, on_last)
