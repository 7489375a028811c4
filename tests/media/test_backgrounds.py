"""Colours of backgrounds, and the contrast of text on them."""

import numpy as np
import pytest

from mp4totext.media.backgrounds import Colours, background, contrast


def test_contrast_is_that_of_the_accessibility_rules() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((255, 255, 255), (119, 119, 119)) == pytest.approx(4.48, abs=0.01)


def test_colours_of_ones_own_take_the_place_of_a_palette() -> None:
    red = Colours(spots=((200, 20, 20), (180, 30, 30)))
    made = background(64, 36, palette=red, seed=7)
    assert (made[..., 0] > 3 * made[..., 1]).all()
    assert np.array_equal(made, background(64, 36, palette=red, seed=7))
