"""The copy of a tiny model, and what CTranslate2 makes of both."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from numpy.typing import NDArray

from mp4totext.providers.speech import whisper_weights
from mp4totext.providers.speech.whisper_weights import eight_bit
from tests.support.tiny_whisper import make_whisper


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_whisper(tmp_path / "faster-whisper" / "mine")


def loaded(folder: Path) -> ctranslate2.models.Whisper:
    return ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8")


def encoded(folder: Path) -> NDArray[np.float32]:
    sound = np.random.default_rng(1).normal(size=(1, 80, 1_500)).astype(np.float32)
    return np.asarray(loaded(folder).encode(ctranslate2.StorageView.from_array(sound), to_cpu=True))


def size_bytes(folder: Path) -> int:
    return (folder / "model.bin").stat().st_size


def test_a_copy_is_smaller_and_gives_the_same_numbers(model: Path, tmp_path: Path) -> None:
    copy = eight_bit(model, tmp_path / "models")
    assert copy.parent == tmp_path / "models"
    assert size_bytes(copy) < 0.7 * size_bytes(model)  # its embeddings of places are not rounded
    assert {file.name for file in copy.iterdir()} == {file.name for file in model.iterdir()}
    assert loaded(copy).is_multilingual == loaded(model).is_multilingual
    np.testing.assert_array_equal(encoded(copy), encoded(model))


def test_a_copy_is_made_once_and_again_for_another_model(model: Path, tmp_path: Path) -> None:
    copy = eight_bit(model, tmp_path)
    made = (copy / "model.bin").stat().st_mtime_ns
    assert eight_bit(model, tmp_path) == copy
    assert (copy / "model.bin").stat().st_mtime_ns == made
    shutil.rmtree(model)
    os.utime(make_whisper(model, seed=2) / "model.bin", ns=(made + 1, made + 1))
    again = eight_bit(model, tmp_path)
    assert [again] == [folder for folder in tmp_path.glob("whisper-mine-*") if folder.is_dir()]
    np.testing.assert_array_equal(encoded(again), encoded(model))


def _large(_model: Path, _cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper_weights, "_MAX_BYTES", 1_000)


def _unknown(model: Path, _cache: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    (model / "model.bin").write_bytes(b"no model of CTranslate2")


def _torn(model: Path, _cache: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    os.truncate(model / "model.bin", size_bytes(model) // 2)


def _no_place(_model: Path, cache: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write_text("a file")


@pytest.mark.parametrize("reason", [_large, _unknown, _torn, _no_place])
def test_a_model_stays_as_it_is(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reason: Callable[[Path, Path, pytest.MonkeyPatch], None],
) -> None:
    cache = tmp_path / "models"
    reason(model, cache, monkeypatch)
    assert eight_bit(model, cache) == model
    assert list(tmp_path.rglob("whisper-mine-*")) == []
