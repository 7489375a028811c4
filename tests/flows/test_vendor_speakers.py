"""Speakers from a vendor's transcript, and their price."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mp4totext.credits.prices import defaults
from mp4totext.operations import TRANSCRIBE
from mp4totext.providers.base import SpeakerLimits
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions.order import EngineChoice, RecordingRef, TranscriptionOrder
from tests.conftest import app_for, settings_for
from tests.contracts import speech_setups
from tests.support import two_reader_recordings
from tests.support.in_process_service import Harness


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")  # the SDK's
def test_a_vendors_speakers_are_stored_and_billed_by_their_row(
    tmp_path: Path, make_runtime: Callable[[Settings], Runtime]
) -> None:
    with speech_setups.assemblyai(tmp_path / "bench") as bench:
        engines = bench.facts["settings"].engines
        settings = settings_for(tmp_path).model_copy(update={"engines": engines})
        runtime = make_runtime(settings)
        harness = Harness(runtime, TestClient(app_for(runtime)))
        user = harness.new_user()
        accepted = user.upload(
            two_reader_recordings.wav(two_reader_recordings.cities(0, 20)),
            engine="assemblyai",
            language="en",
            diarize="true",
        ).json()
        assert [line["key"] for line in accepted["quote"]] == [
            "transcription",
            "diarization.assemblyai",
        ]
        harness.work()
        found = user.recording(accepted["id"])
        assert (found["status"], found["error"]) == ("succeeded", None)
        assert found["speakers"]
        assert user.get(f"/jobs/{accepted['task_id']}")["charged"] == accepted["held"]


def test_speakers_on_a_gpu_cost_the_same_by_either_way() -> None:
    order = TranscriptionOrder(
        recording=RecordingRef(duration_ms=60_000),
        engine=EngineChoice(engine="modal"),
        speakers=SpeakerLimits(),
    )
    lines = TRANSCRIBE.quote(order, defaults()).lines
    assert [(line.key, line.amount_uc) for line in lines] == [
        ("transcription", 1_000_000),
        ("diarization.modal", 180_000),
    ]
