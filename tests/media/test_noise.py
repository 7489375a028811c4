"""Detection of noise that a filter removes: steady noise and babble only."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.media.noise import is_babble, is_even_noise
from mp4totext.media.samples import SAMPLE_RATE
from mp4totext.providers.vad import Vad
from tests.support.speech_samples import two_cities
from tests.support.voice_recordings import other_voice

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


def babble(length: int) -> Samples:
    """Eight voices: two readers, each at four places of what they read."""
    voices = [np.resize(each, length) for each in (two_cities(20_000, 44_000), other_voice())]
    alike = [voice / np.sqrt(np.mean(voice**2)) for voice in voices]
    return np.asarray(
        sum(np.roll(each, 50_000 * n) for each in alike for n in range(4)), np.float32
    )


def has_babble(samples: Samples) -> bool:
    return is_babble(samples, Vad().probabilities(samples))


def melody(length: int) -> Samples:
    at = np.arange(length) / SAMPLE_RATE
    beat = np.exp(-6 * (at % 0.5))
    return (beat * np.sin(2 * np.pi * 440 * at)).astype(np.float32)


def test_voices_behind_the_speaker_are_babble_and_no_even_noise(speech: Samples) -> None:
    noisy = with_noise(speech, babble(len(speech)), db=5)
    assert has_babble(noisy)
    assert has_babble(with_noise(speech, babble(len(speech)), db=0))
    assert not is_even_noise(noisy)


def test_voices_far_behind_the_speaker_are_left_alone(speech: Samples) -> None:
    assert not has_babble(with_noise(speech, babble(len(speech)), db=15))


def test_clean_and_quiet_voices_hiss_and_music_are_no_babble(speech: Samples) -> None:
    length = len(speech)
    assert not has_babble(speech)
    assert not has_babble(speech * 0.01)
    assert not has_babble(with_noise(speech, noise(length), db=5))
    assert not has_babble(with_noise(speech, melody(length), db=5))
    assert not has_babble(melody(length))


def test_a_melody_behind_speech_is_no_even_noise(speech: Samples) -> None:
    assert not is_even_noise(with_noise(speech, melody(len(speech)), db=8))


def test_silence_and_what_is_too_short_to_say_are_none() -> None:
    for samples in (np.zeros(10 * SAMPLE_RATE, np.float32), noise(2 * SAMPLE_RATE)):
        assert not is_even_noise(samples)
        assert not is_babble(samples, np.ones(len(samples) // 512 + 1, np.float32))
