"""Noise added to clips has the requested level and other readers."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.eval_noise import Case, cases, noisy
from benchmarks.planted import written
from tests.support.speech_samples import two_cities
from tests.support.voice_recordings import other_voice


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("speech")
    readers = {"a.wav": two_cities(0, 5_000), "b.wav": 0.1 * other_voice()}
    clips = [
        {
            "file": name,
            "category": "clip",
            "speaker": name[0],
            "duration_s": 5,
            "reference_text": "",
        }
        for name in readers
    ]
    hard = {"file": "a.wav", "category": "hard", "reference_text": "it was"}
    (folder / "manifest.json").write_text(json.dumps([*clips, hard]))
    for name, samples in readers.items():
        written(folder / name, samples)
    return folder


def test_other_readers_are_behind_each_clip(speech: Path) -> None:
    first, second, hard = cases(speech, 2, ["babble 5 dB"])
    assert (first.file, first.others) == ("a.wav", ("b.wav",))
    assert (second.file, second.others) == ("b.wav", ("a.wav",))
    assert (hard.noise, hard.others) == ("a.wav", ())


@pytest.mark.parametrize("kind", ["pink", "babble"])
def test_noise_is_as_far_below_the_speech_as_asked(speech: Path, kind: str) -> None:
    clean = noisy(Case("none", "a.wav", "", ("b.wav",)), speech)
    mixed = noisy(Case(f"{kind} 5 dB", "a.wav", "", ("b.wav",)), speech)
    below = 10 * np.log10(np.mean(clean**2) / np.mean((mixed - clean) ** 2))
    assert below == pytest.approx(5, abs=0.1)
