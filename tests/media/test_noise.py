"""Which recordings have noise that a filter takes out: even noise, and nothing else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.noise import is_even_noise
from mp4totext.media.samples import SAMPLE_RATE
from tests.support.speech_samples import two_cities

Samples = NDArray[np.float32]


def noise(length: int, *, seed: int = 1) -> Samples:
    return np.asarray(np.random.default_rng(seed).standard_normal(length), np.float32)


def with_noise(speech: Samples, added: Samples, *, db: float) -> Samples:
    """``db``: how much louder the speech is."""
    gain = np.sqrt(np.mean(speech**2) / np.mean(added**2) / 10 ** (db / 10))
    return np.asarray(speech + gain * added, np.float32)


@pytest.fixture(scope="module")
def speech() -> Samples:
    return two_cities()


def test_speech_without_noise_is_left_alone(speech: Samples) -> None:
    assert not is_even_noise(speech)
    assert not is_even_noise(speech * 0.01)  # a quiet voice


@pytest.mark.parametrize("db", [0, 5])
def test_hiss_behind_speech_is_even_noise(speech: Samples, db: int) -> None:
    assert is_even_noise(with_noise(speech, noise(len(speech)), db=db))
    assert is_even_noise(0.01 * with_noise(speech, noise(len(speech)), db=db))


def test_noise_that_is_far_below_the_speech_is_left_alone(speech: Samples) -> None:
    assert not is_even_noise(with_noise(speech, noise(len(speech)), db=15))


def test_other_voices_behind_speech_are_none(speech: Samples) -> None:
    behind = sum(np.roll(speech, 40_000 * n) for n in (1, 2))
    assert not is_even_noise(with_noise(speech, np.asarray(behind), db=5))


def test_a_melody_behind_speech_is_none(speech: Samples) -> None:
    at = np.arange(len(speech)) / SAMPLE_RATE
    beat = np.exp(-6 * (at % 0.5))
    melody = (beat * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    assert not is_even_noise(with_noise(speech, melody, db=8))


def test_silence_and_what_is_too_short_to_say_are_none() -> None:
    assert not is_even_noise(np.zeros(10 * SAMPLE_RATE, np.float32))
    assert not is_even_noise(noise(2 * SAMPLE_RATE))
