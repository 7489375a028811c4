"""Voice activity detection: where speech is, and what is none."""

from itertools import pairwise

import numpy as np
import pytest

from mp4totext.providers.base import Samples
from mp4totext.providers.vad import FRAME_MS, Vad, regions
from tests.providers.conftest import silence
from tests.support.voice_recordings import voice


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


def _through_a_telephone(samples: Samples, *, lowest_hz: int) -> Samples:
    """With nothing at all outside of the band."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    spectrum[(hz < lowest_hz) | (hz > 3_400)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def _voiced_ms(samples: Samples) -> int:
    found = regions(Vad().probabilities(samples), length_ms=len(samples) // 16)
    return sum(region.length_ms for region in found)


@pytest.mark.parametrize("name", ["two_cities", "beckett", "endgame_nagg_nell"])
@pytest.mark.parametrize("lowest_hz", [250, 300])
def test_a_voice_whose_pitch_a_telephone_cut_off_is_heard(name: str, lowest_hz: int) -> None:
    samples = voice(name)[: 20 * 16_000]
    cut_off = _through_a_telephone(samples, lowest_hz=lowest_hz)
    assert _voiced_ms(cut_off) >= 0.85 * _voiced_ms(samples)


def test_tones_of_a_telephone_are_no_voice() -> None:
    at_s = np.arange(6 * 16_000) / 16_000
    busy = 0.1 * sum(np.sin(2 * np.pi * hz * at_s) for hz in (480, 620)) * (at_s % 1 < 0.5)
    assert _voiced_ms(busy.astype(np.float32)) == 0


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
