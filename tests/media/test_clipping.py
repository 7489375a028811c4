"""Clipped recordings get a warning, even if they were attenuated afterwards."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.choice import CLIPPED, choose
from mp4totext.media.clipping import flat_samples
from mp4totext.media.decode import AudioReader
from mp4totext.media.survey import survey
from mp4totext.providers.vad import Vad
from tests.support.two_reader_recordings import cities, wav
from tests.support.voice_recordings import voice

SPEECH = cities(0, 16)


def warnings(path: Path) -> tuple[str, ...]:
    with AudioReader(path) as reader:
        return choose(reader.structure, survey(reader, Vad().probabilities)).warnings


@pytest.mark.parametrize("quieter", [1.0, 0.5, 0.1])
def test_clipped_and_made_quieter(tmp_path: Path, quieter: float) -> None:
    loud = np.clip(SPEECH * np.float32(3 / np.abs(SPEECH).max()), -1, 1)
    path = tmp_path / "a.wav"
    path.write_bytes(wav(loud * np.float32(quieter)))
    assert warnings(path) == (CLIPPED,)


@pytest.mark.parametrize("level", [0.99, 0.3, 0.05])
def test_speech_that_was_not_clipped(tmp_path: Path, level: float) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(SPEECH * np.float32(level / np.abs(SPEECH).max())))
    assert warnings(path) == ()


def test_flat_tops_survive_another_rate() -> None:
    """Cut at 48 kHz, then resampled: small waves are left of what was flat."""
    fine = np.interp(np.arange(0, len(SPEECH), 1 / 3), np.arange(len(SPEECH)), SPEECH)
    cut = np.fft.rfft(np.clip(fine * (3 / np.abs(fine).max()), -1, 1))
    back = np.fft.irfft(cut[: len(SPEECH) // 2 + 1], len(SPEECH)) / 3
    assert flat_samples(np.abs(back).astype(np.float32)) > 0.005 * len(SPEECH)


@pytest.mark.parametrize("hertz", [50, 100, 200, 440, 1_000, 3_000])
def test_a_tone_is_not_clipped(hertz: int) -> None:
    time = np.arange(160_000) / 16_000
    assert flat_samples(np.abs(0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)) == 0


@pytest.mark.parametrize("name", ["two_cities", "beckett", "endgame_nagg_nell"])
def test_readers_have_no_flat_tops(name: str) -> None:
    assert flat_samples(np.abs(voice(name)[:160_000])) == 0


def test_noise_and_silence() -> None:
    noise = np.random.default_rng(3).standard_normal(160_000).astype(np.float32)
    assert flat_samples(np.abs(noise)) == 0
    assert flat_samples(np.zeros(160_000, np.float32)) == 0
