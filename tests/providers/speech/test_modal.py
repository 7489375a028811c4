"""Requests to the Modal function through Modal's SDK and protocol, and its responses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grpclib import Status
from modal_proto import api_pb2
from pydantic import SecretStr

from mp4totext.providers.base import no_report
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from mp4totext.providers.speech.base import FileRequest, SpeechResult
from mp4totext.providers.speech.modal import ModalSpeech
from mp4totext.providers.speech.table import file_speech_engine
from tests.conformance.modal_api import ModalApi
from tests.contracts import speech_setups
from tests.contracts.speech_setups import Bench
from tests.support.speech_samples import file_request, two_cities

URL = "https://media.test/recording?signature=1"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with speech_setups.modal(tmp_path) as found:
        yield found


def api(bench: Bench) -> ModalApi:
    found = bench.facts["api"]
    assert isinstance(found, ModalApi)
    return found


def recording(**options: Any) -> FileRequest:
    return file_request(two_cities(), **({"media_url": URL} | options))


def transcribe(bench: Bench, **options: Any) -> SpeechResult:
    request = recording(**options)
    reference = bench.engine.start(request, no_report)
    result: SpeechResult = bench.engine.collect(reference, request, no_report)
    return result


def test_everything_asked_for_reaches_the_function(bench: Bench) -> None:
    transcribe(
        bench,
        language="pt-BR",
        model="large-v3-turbo",
        vocabulary=("Dickens",),
        diarize=True,
        min_speakers=2,
        max_speakers=4,
    )
    assert api(bench).orders == [
        {
            "url": URL,
            "model": "large-v3-turbo",
            "language": "pt",
            "vocabulary": ["Dickens"],
            "translate": False,
            "diarize": True,
            "min_speakers": 2,
            "max_speakers": 4,
        }
    ]


def test_turns_come_back_with_speakers_in_order_of_appearance(bench: Bench) -> None:
    result = transcribe(bench, language="en", diarize=True)
    assert [speaker.id for speaker in result.speakers] == ["S1", "S2"]
    assert [(turn.speaker, turn.start_ms) for turn in result.turns] == [("S1", 400), ("S2", 10_400)]
    assert transcribe(bench, language="en").turns == ()


def test_a_translation_is_english(bench: Bench) -> None:
    result = transcribe(bench, language="tr", translate_to_english=True)
    assert api(bench).orders[0]["translate"] is True
    assert result.language == "en"


def test_a_recording_without_a_signed_link_is_refused_before_anything_is_paid(bench: Bench) -> None:
    with pytest.raises(ProviderMisconfigured, match="MINIO_ENDPOINT"):
        transcribe(bench, media_url=None)
    assert api(bench).orders == []


def test_waiting_goes_on_until_the_answer_is_there(bench: Bench) -> None:
    api(bench).pending = 3
    assert transcribe(bench, language="en").segments


def test_a_long_wait_is_given_back_to_the_queue_and_not_paid_again(tmp_path: Path) -> None:
    with speech_setups.modal(tmp_path, wait_s=0.1) as bench:
        api(bench).pending = 10_000
        request = recording(language="en")
        reference = bench.engine.start(request, no_report)
        with pytest.raises(ProviderBusy) as caught:
            bench.engine.collect(reference, request, no_report)
        assert caught.value.code == "in_progress"
        api(bench).pending = 0
        assert bench.engine.collect(reference, request, no_report).segments
        assert len(api(bench).orders) == 1


def test_forgetting_stops_what_runs(bench: Bench) -> None:
    reference = bench.engine.start(recording(), no_report)
    bench.engine.discard(reference)
    assert api(bench).cancelled == [reference]


def test_a_function_that_is_not_deployed_says_the_command(bench: Bench) -> None:
    api(bench).deployed = False
    with pytest.raises(ProviderMisconfigured, match="modal deploy"):
        transcribe(bench)


def test_a_wrong_token_names_the_variables(bench: Bench, tmp_path: Path) -> None:
    settings = speech_setups.settings_for(
        tmp_path, modal_token_id=SecretStr("ak-no"), modal_token_secret=SecretStr("as-secret-no")
    )
    engine = file_speech_engine("modal", settings)
    assert isinstance(engine, ModalSpeech)
    with pytest.raises(ProviderMisconfigured, match="MODAL_TOKEN_ID") as caught:
        engine.start(recording(), no_report)
    engine.close()
    assert "as-secret-no" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.RESOURCE_EXHAUSTED, ProviderBusy),
        (Status.PERMISSION_DENIED, ProviderMisconfigured),
        (Status.UNAVAILABLE, ProviderUnreachable),
    ],
)
def test_what_the_api_may_answer_instead(
    bench: Bench, status: Status, kind: type[Exception]
) -> None:
    api(bench).failure = status
    with pytest.raises(kind):
        transcribe(bench)


@pytest.mark.parametrize(
    ("outcome", "code", "kind"),
    [
        ("GENERIC_STATUS_FAILURE", "remote_error", ProviderRejected),
        ("GENERIC_STATUS_TIMEOUT", "timeout", ProviderRejected),
        ("GENERIC_STATUS_INTERNAL_FAILURE", "connection", ProviderUnreachable),
    ],
)
def test_a_function_that_fails(
    bench: Bench, outcome: str, code: str, kind: type[Exception]
) -> None:
    api(bench).outcome = getattr(api_pb2.GenericResult, outcome)
    with pytest.raises(kind) as caught:
        transcribe(bench)
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_an_expected_failure_is_a_readable_reason(bench: Bench) -> None:
    api(bench).run = lambda order: json.dumps({"error": {"code": "fetch", "message": "HTTPError"}})
    with pytest.raises(ProviderRejected, match="HTTPError") as caught:
        transcribe(bench)
    assert caught.value.code == "fetch"


@pytest.mark.parametrize("said", ["", "{", "[]", "null"])
def test_an_answer_that_cannot_be_read_is_tried_again(bench: Bench, said: str) -> None:
    api(bench).run = lambda order: said
    with pytest.raises(ProviderUnreachable):
        transcribe(bench)
