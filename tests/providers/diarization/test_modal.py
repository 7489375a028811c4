"""Requests to the Modal function for speakers only, through Modal's SDK."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers.base import SpeakerLimits, no_report
from mp4totext.providers.diarization.base import DiarizationRequest
from mp4totext.providers.diarization.modal import ModalDiarizer
from mp4totext.providers.diarization.table import diarizer
from mp4totext.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderRejected
from mp4totext.transcript import Turn
from tests.conformance.modal_api import ModalApi
from tests.contracts import speech_setups
from tests.support.voice_recordings import request_for, silence

TURNS = [
    {"start": 0.5, "end": 2.0, "speaker": "SPEAKER_01"},
    {"start": 1.8, "end": 99.0, "speaker": "SPEAKER_00"},  # longer than the recording
    {"start": 1.0, "end": 1.5},  # says nobody
]


@contextmanager
def opened(folder: Path, **waiting: float) -> Iterator[tuple[ModalDiarizer, ModalApi]]:
    with speech_setups.modal(folder, **waiting) as found:
        api = found.facts["api"]
        assert isinstance(api, ModalApi)
        api.run = lambda _order: json.dumps({"turns": TURNS})
        built = diarizer("modal", found.facts["settings"])
        assert isinstance(built, ModalDiarizer)
        yield built, api
        built.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[tuple[ModalDiarizer, ModalApi]]:
    with opened(tmp_path) as found:
        yield found


def request(**more: Any) -> DiarizationRequest:
    return replace(request_for(silence(4)), **({"media_url": "https://media.test/1"} | more))


def test_speakers_alone_are_asked_for(bench: tuple[ModalDiarizer, ModalApi]) -> None:
    diarizer, api = bench
    turns = diarizer.diarize(
        request(limits=SpeakerLimits(min_speakers=2, max_speakers=3)), no_report
    )
    assert turns == (
        Turn(start_ms=500, end_ms=2_000, speaker="S1"),
        Turn(start_ms=1_800, end_ms=4_000, speaker="S2"),
    )
    assert api.orders == [
        {
            "url": "https://media.test/1",
            "words": False,
            "diarize": True,
            "min_speakers": 2,
            "max_speakers": 3,
        }
    ]


def test_a_killed_job_collects_what_was_begun(tmp_path: Path) -> None:
    kept: list[str] = []

    def once(work: Any) -> str:
        kept.append(kept[0] if kept else work())
        return kept[0]

    with opened(tmp_path, wait_s=0.1) as (diarizer, api):
        api.pending = 10_000
        with pytest.raises(ProviderBusy) as caught:
            diarizer.diarize(request(once=once), no_report)
        assert caught.value.code == "in_progress"
        api.pending = 0
        assert len(diarizer.diarize(request(once=once), no_report)) == 2
        assert len(api.orders) == 1


def test_what_it_cannot_do_says_why(bench: tuple[ModalDiarizer, ModalApi]) -> None:
    diarizer, api = bench
    with pytest.raises(ProviderMisconfigured, match="MINIO_ENDPOINT"):
        diarizer.diarize(request(media_url=None), no_report)
    with pytest.raises(ProviderRejected, match="1 to 30"):
        diarizer.diarize(request(limits=SpeakerLimits(max_speakers=100)), no_report)
    assert api.orders == []
    api.run = lambda _order: json.dumps({"error": {"code": "fetch", "message": "HTTPError"}})
    with pytest.raises(ProviderRejected, match="HTTPError"):
        diarizer.diarize(request(), no_report)
