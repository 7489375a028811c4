"""DeepFilterNet as installed: less noise, and voices at their place and level."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.providers.base import SAMPLE_RATE, Samples
from mp4totext.providers.denoise.base import NoiseFilter
from mp4totext.providers.denoise.table import denoise_missing, noise_filter
from mp4totext.settings import AppSettings, Settings
from mp4totext.transcriptions.steps.denoise import cleaning
from tests.media.test_noise import noise, with_noise
from tests.support.speech_samples import two_cities

SPEECH = two_cities()[: 3 * SAMPLE_RATE + 7]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(app=AppSettings(data_dir=tmp_path))


@pytest.fixture
def filtering(settings: Settings) -> NoiseFilter:
    assert denoise_missing(settings) is None
    return noise_filter(settings)


def power_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def test_noise_is_lowered_and_never_by_more_than_12_db(filtering: NoiseFilter) -> None:
    hiss = 0.05 * noise(3 * SAMPLE_RATE)
    clean = filtering.clean(hiss)
    assert len(clean) == len(hiss)
    second = slice(SAMPLE_RATE, 2 * SAMPLE_RATE)  # the filter learns what is noise first
    assert 6 < power_db(hiss[second]) - power_db(clean[second]) < 13


def test_a_voice_stays_where_it_was(filtering: NoiseFilter) -> None:
    clean = filtering.clean(SPEECH)
    assert (clean.shape, clean.dtype.name) == (SPEECH.shape, "float32")
    assert abs(power_db(clean) - power_db(SPEECH)) < 1
    shifts = range(-40, 41)
    inner = clean[SAMPLE_RATE:-SAMPLE_RATE]
    alike = [float(inner @ SPEECH[SAMPLE_RATE + n : len(SPEECH) - SAMPLE_RATE + n]) for n in shifts]
    assert abs(shifts[int(np.argmax(alike))]) <= 2  # samples, of 1/16 ms


def test_each_window_is_cleaned_by_itself(filtering: NoiseFilter) -> None:
    short = SPEECH[:SAMPLE_RATE]
    first = filtering.clean(short)
    filtering.clean(0.1 * noise(800))
    assert np.array_equal(first, filtering.clean(short))
    assert len(filtering.clean(SPEECH[:0])) == 0


def test_only_noise_that_it_helps_with_is_cleaned_unless_it_is_on(settings: Settings) -> None:
    noisy = with_noise(SPEECH, noise(len(SPEECH)), db=5)
    assert cleaning("off", settings) is None
    on, auto = cleaning("on", settings), cleaning("auto", settings)
    assert on is not None
    assert auto is not None
    assert auto(SPEECH) is SPEECH
    assert not np.array_equal(on(SPEECH), SPEECH)
    assert np.array_equal(auto(noisy), on(noisy))
