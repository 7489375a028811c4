from itertools import pairwise

import numpy as np

from mp4totext.providers.base import Samples
from mp4totext.providers.vad import FRAME_MS, Vad, regions
from tests.providers.conftest import silence


def frames(*parts: tuple[float, int]) -> np.ndarray:
    """(probability, milliseconds) one after the other."""
    return np.concatenate([np.full(ms // FRAME_MS, p, np.float32) for p, ms in parts])


def test_speech_is_found_where_it_is(two_cities: Samples) -> None:
    samples = np.concatenate([silence(3), two_cities[16_000:80_000], silence(3)])
    found = regions(Vad().probabilities(samples), length_ms=len(samples) // 16)
    assert 2_900 <= found[0].start_ms <= 3_400
    assert 6_000 <= found[-1].end_ms <= 7_200


def test_windows_of_any_size_give_the_same_as_the_whole(two_cities: Samples) -> None:
    vad = Vad()
    whole = vad.probabilities(two_cities)
    parts = [two_cities[at : at + 100_003] for at in range(0, len(two_cities), 100_003)]
    np.testing.assert_allclose(vad.stream(parts), whole, atol=1e-4)
    assert len(whole) == -(-len(two_cities) // 512)


def test_no_sound_gives_no_frames() -> None:
    assert len(Vad().probabilities(np.zeros(0, np.float32))) == 0
    assert regions(np.zeros(0, np.float32), length_ms=0) == ()


def test_a_weak_moment_inside_a_word_does_not_split_it() -> None:
    found = regions(frames((0, 960), (0.9, 640), (0.1, 96), (0.9, 640), (0, 960)), length_ms=3_296)
    assert len(found) == 1


def test_a_click_is_not_speech_and_a_short_no_is() -> None:
    found = regions(frames((0, 960), (0.9, 64), (0, 960), (0.9, 160), (0, 960)), length_ms=3_104)
    assert len(found) == 1
    assert found[0].start_ms > 1_800


def test_regions_stay_apart_and_inside() -> None:
    found = regions(frames((0.9, 640), (0, 192), (0.9, 640)), length_ms=1_472)
    assert found[0].start_ms == 0
    assert found[-1].end_ms == 1_472
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(found))
