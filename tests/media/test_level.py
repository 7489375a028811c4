"""Quiet recordings are amplified without distortion of louder parts."""

from collections.abc import Callable

import numpy as np
import pytest

from mp4totext.media.level import RunningLevel, levelled, loud
from mp4totext.providers.base import Samples


def noise(seconds: float, level: float) -> Samples:
    made = np.random.default_rng(1).standard_normal(int(16_000 * seconds)) * level
    return made.astype(np.float32)


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_a_quiet_recording_is_raised_to_the_usual_level() -> None:
    raised = levelled(noise(5, 0.001))
    assert 0.04 < level(raised) < 0.08
    assert level(levelled(noise(5, 0.05))) == level(noise(5, 0.05))


def test_a_few_words_in_a_quiet_window_are_left_as_they_are() -> None:
    window = noise(60, 0.0005)
    window[160_000:166_000] += noise(6_000 / 16_000, 0.2)
    np.testing.assert_array_equal(levelled(window), window)
    faint = window * np.float32(0.05)
    raised = levelled(faint)
    assert 0.08 < level(raised[160_000:166_000]) < 0.12
    assert np.abs(raised).max() < 1.0


def test_nothing_is_made_of_silence() -> None:
    assert not levelled(np.zeros(16_000, np.float32)).any()
    assert len(levelled(np.zeros(10, np.float32))) == 10


def tone(level: float, seconds: float = 1.0) -> Samples:
    at = np.arange(int(16_000 * seconds))
    samples: Samples = (level * np.sqrt(2) * np.sin(at * 0.3)).astype(np.float32)
    return samples


def test_voice_is_raised_to_be_loud_but_not_a_whisper_to_a_shout() -> None:
    assert level(loud(tone(0.1))) == pytest.approx(0.25, rel=0.02)
    assert level(loud(tone(0.01))) == pytest.approx(0.04, rel=0.02)
    assert np.abs(loud(np.concatenate([tone(0.1), tone(0.6, 0.01)]))).max() <= 1.0
    already = tone(0.3)
    assert loud(already) is already


@pytest.mark.parametrize("length", [16_000, 100])
def test_silence_stays_silence(length: int) -> None:
    samples = np.zeros(length, np.float32)
    assert loud(samples) is samples
    assert levelled(samples) is samples


@pytest.mark.parametrize("way", [levelled, RunningLevel().levelled])
def test_a_click_in_digital_silence_can_be_heard(way: Callable[[Samples], Samples]) -> None:
    window = np.zeros(9_600, np.float32)
    window[480:960] = 0.01
    raised = way(window)
    assert 0.01 < np.abs(raised).max() <= 1.0
    assert not raised[960:].any()
