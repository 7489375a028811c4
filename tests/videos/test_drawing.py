"""The bars of an audiogram, before any encoder."""

import numpy as np
import pytest

from mp4totext.media.backgrounds import PALETTES, Palette
from mp4totext.videos.canvas import Canvas
from mp4totext.videos.drawing import BARS, Wave

CANVAS = Canvas(width=540, height=960, wave=True)


@pytest.mark.parametrize("palette", PALETTES)
def test_bars_to_come_stand_out_from_the_ground(palette: Palette) -> None:
    def frame(height: int) -> np.ndarray:
        wave = Wave(CANVAS, [height] * BARS, bar=100, palette=palette, seed=1)
        luma = wave.frame(0)[: CANVAS.width * CANVAS.height]
        return np.frombuffer(luma, np.uint8).reshape(CANVAS.height, CANVAS.width).astype(int)

    drawn = np.abs(frame(255) - frame(0))[:, CANVAS.width // 2 :]
    assert np.percentile(drawn[drawn > 0], 90) >= 40  # of 255 levels
