"""The real pyannote pipeline on tiny models; collected where the package is installed."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyannote.audio")

import torch
from huggingface_hub.errors import GatedRepoError
from pyannote.audio import Pipeline

from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.diarization.pyannote import (
    COMMUNITY_1,
    DIARIZATION_3_1,
    PyannoteDiarizer,
)
from mp4totext.providers.errors import (
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from tests.extras.tiny_pyannote import community_1, diarization_3_1
from tests.support.voice_recordings import request_for, silence

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and pyannote warn about each other


@pytest.fixture(scope="module")
def noise() -> Samples:
    return np.random.default_rng(1).normal(0, 0.1, 20 * 16_000).astype(np.float32)


@pytest.mark.parametrize("make", [community_1, diarization_3_1])
def test_the_real_pipeline_runs(
    make: Callable[[Path], Path], tmp_path: Path, noise: Samples
) -> None:
    diarizer = PyannoteDiarizer(model=str(make(tmp_path)))
    done: list[int] = []
    turns = diarizer.diarize(request_for(noise, min_speakers=2, max_speakers=2), done.append)
    assert {turn.speaker for turn in turns} == {"S1", "S2"}
    assert all(0 <= turn.start_ms < turn.end_ms <= 20_100 for turn in turns)
    ordered = sorted(turns, key=lambda turn: turn.start_ms)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(ordered))
    assert done == sorted(done)
    assert done[-1] == 20_000


def test_a_worker_uses_the_threads_it_is_given(tmp_path: Path, noise: Samples) -> None:
    for threads in (2, 1):
        diarizer = PyannoteDiarizer(
            model=str(community_1(tmp_path / str(threads))), threads=threads
        )
        diarizer.diarize(request_for(noise), no_report)
        assert torch.get_num_threads() == threads


def test_silence_and_limits(tmp_path: Path) -> None:
    diarizer = PyannoteDiarizer(model=str(tmp_path))
    assert diarizer.diarize(request_for(silence(3)), no_report) == ()
    with pytest.raises(ProviderRejected):
        diarizer.diarize(request_for(silence(3), min_speakers=3, max_speakers=2), no_report)


def test_a_folder_without_a_pipeline(tmp_path: Path, noise: Samples) -> None:
    with pytest.raises(ProviderMisconfigured, match=r"config\.yaml"):
        PyannoteDiarizer(model=str(tmp_path)).diarize(request_for(noise), no_report)


class _Answer:
    """What the hub's errors carry of the HTTP answer."""

    headers: dict[str, str] = {}  # noqa: RUF012 - read only
    request = None

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


def _failing(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        answer: Any = _Answer(status)  # its class depends on the version of the hub's client
        raise GatedRepoError("gated", response=answer)

    monkeypatch.setattr(Pipeline, "from_pretrained", refuse)


def test_a_gated_model_names_the_pages_and_the_variable(
    monkeypatch: pytest.MonkeyPatch, noise: Samples
) -> None:
    _failing(monkeypatch, 403)
    with pytest.raises(ProviderMisconfigured) as refused:
        PyannoteDiarizer(model=DIARIZATION_3_1).diarize(request_for(noise), no_report)
    for part in (f"hf.co/{DIARIZATION_3_1}", "hf.co/pyannote/segmentation-3.0", "HF_TOKEN"):
        assert part in refused.value.message


def test_a_hub_in_trouble_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, noise: Samples
) -> None:
    _failing(monkeypatch, 503)
    with pytest.raises(ProviderUnreachable):
        PyannoteDiarizer(model=COMMUNITY_1).diarize(request_for(noise), no_report)


def test_a_model_that_is_nowhere_says_how_to_bring_it(
    monkeypatch: pytest.MonkeyPatch, noise: Samples
) -> None:
    def offline(*_args: object, **_options: object) -> None:
        raise OSError("offline")

    monkeypatch.setattr(Pipeline, "from_pretrained", offline)
    with pytest.raises(ProviderMisconfigured, match="PYANNOTE_MODEL"):
        PyannoteDiarizer(model=COMMUNITY_1).diarize(request_for(noise), no_report)
