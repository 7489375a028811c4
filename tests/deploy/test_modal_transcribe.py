"""The transcription function for Modal, run locally with a tiny model."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import modal
import pytest

from mp4totext.providers.base import no_report
from mp4totext.providers.modal_calls import FUNCTION
from mp4totext.providers.speech import modal as engine
from mp4totext.providers.speech.decoding.file_voice import voice_regions
from mp4totext.providers.vad import Vad
from mp4totext.settings import EngineSettings
from tests.conformance.server import Received, Reply, Server, running
from tests.contracts.transcript_rules import broken_rules
from tests.support.speech_samples import file_request, recording, two_cities
from tests.support.tiny_whisper import SAYS, make_whisper

SOURCE = Path(__file__).parents[2] / "deploy" / "modal" / "transcribe.py"


# Locally there is no volume, and the SDK says so.
pytestmark = pytest.mark.filterwarnings("ignore:The transcribe function is executing locally")


class Bucket:
    """Storage behind a signed link."""

    def answer(self, request: Received) -> Reply:
        if request.query.get("signature") != ["good"]:
            return Reply(status=403, body={})
        return Reply(body=recording().read_bytes())


@pytest.fixture(scope="module")
def deployed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deployed_transcribe", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bucket() -> Iterator[Server]:
    with running(Bucket()) as server:
        yield server


def run(deployed: ModuleType, **order: Any) -> dict[str, Any]:
    answer = json.loads(deployed.transcribe.local(order))
    assert isinstance(answer, dict)
    return answer


def test_what_it_says_is_what_the_engine_reads(
    deployed: ModuleType, bucket: Server, tmp_path: Path
) -> None:
    model = make_whisper(tmp_path / "tiny")
    answer = run(deployed, url=f"{bucket.url}/1?signature=good", model=str(model), language="en")
    request = file_request(two_cities(0, 44_000))
    voice = voice_regions(request, Vad(), no_report)
    result = engine.result_of(answer, request, voice=voice)
    assert broken_rules(result, start_ms=0, end_ms=request.duration_ms) == []
    assert result.segments[0].text == SAYS.strip()
    assert result.language == "en"
    assert answer["turns"] == []


def test_without_words_only_speakers_are_looked_for(deployed: ModuleType, bucket: Server) -> None:
    """No model of words is loaded: the order names none that exists."""
    url = f"{bucket.url}/1?signature=good"
    assert run(deployed, url=url, model="none", words=False) == {"turns": []}


def test_a_link_that_does_not_work_is_told_without_the_link(
    deployed: ModuleType, bucket: Server
) -> None:
    answer = run(deployed, url=f"{bucket.url}/1?signature=old")
    assert answer == {"error": {"code": "fetch", "message": "HTTPStatusError"}}


def test_it_is_the_function_the_engine_calls(deployed: ModuleType) -> None:
    assert deployed.app.name == EngineSettings().modal_app_name
    assert isinstance(getattr(deployed, FUNCTION), modal.Function)
