"""The audio routes with OpenAI's own client and published schemas."""

import math
import threading
from typing import Any

import openai
import pytest
from jsonschema_rs import validator_for
from openai import OpenAI

from mp4totext.credits import ledger
from mp4totext.jobs import service
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job
from tests.conformance import openai_schema
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.openai_service import SPOKEN, Served, jobs_of, transcribe, worker
from tests.support.waiting import until


def test_every_format_is_what_openai_publishes(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    def body(schema: openai_schema.Schema, **more: Any) -> Any:
        with recording(FOUR_SECONDS).open("rb") as file:
            raw = client.audio.transcriptions.with_raw_response.create(
                file=file, **{"model": "whisper-1", **more}
            )
        assert raw.headers["x-transcription-id"].startswith("trn_")
        answer = raw.http_response.json()
        validator_for(schema).validate(answer)
        return answer

    with worker(served.harness):
        plain = body(openai_schema.JSON, language="en")
        sure = body(openai_schema.JSON, include=["logprobs"])
        segments = body(openai_schema.VERBOSE_JSON, response_format="verbose_json")
        words = body(
            openai_schema.VERBOSE_JSON,
            response_format="verbose_json",
            timestamp_granularities=["word"],
        )
        voices = body(
            openai_schema.DIARIZED_JSON,
            response_format="diarized_json",
            model="gpt-4o-transcribe-diarize",
            chunking_strategy="auto",
        )
    text = plain["text"]
    assert SPOKEN in text
    assert plain["languages"] == sure["languages"] == [{"code": "en"}]
    assert plain["usage"] == {"type": "duration", "seconds": math.ceil(segments["duration"])}
    assert "".join(entry["token"] for entry in sure["logprobs"]) == text
    assert all(entry["logprob"] <= 0 for entry in sure["logprobs"])
    assert "words" not in segments
    assert segments["segments"][0]["avg_logprob"] < 0
    assert (segments["language"], round(segments["duration"])) == ("english", 4)
    assert "segments" not in words
    assert [word["word"] for word in words["words"]] == text.split()
    assert {segment["speaker"] for segment in voices["segments"]} == {"A"}
    assert voices["text"] == text
    jobs = jobs_of(served.harness, user)  # others of them index what was said, for the search
    charged = [job.charged_uc for job in jobs if job.operation == "transcribe"]
    assert len(charged) == 5
    assert all(amount and amount > 0 for amount in charged)


def test_the_official_client_reads_texts_and_captions(served: Served, client: OpenAI) -> None:
    with worker(served.harness):
        captions = transcribe(client, response_format="srt", model="moonshine")
        plain = transcribe(client, response_format="text", model="auto")
        vtt = transcribe(client, response_format="vtt")
        both = transcribe(
            client, response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
    assert SPOKEN in plain
    assert captions.startswith("1\n00:00:0")
    assert vtt.startswith("WEBVTT")
    assert both.segments[0].start <= both.words[0].start < both.words[-1].end <= both.duration


def test_what_an_engine_does_not_take_is_left_out_and_said(served: Served, client: OpenAI) -> None:
    with worker(served.harness):
        answer = transcribe(client, model="moonshine", prompt="A talk about America, in 1960.")
    assert SPOKEN in answer.text
    assert "does not support a prompt" in answer.warnings[0]


@pytest.mark.parametrize(
    ("options", "error", "code", "param"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError, "model_not_found", "model"),
        ({"model": "nvidia/parakeet-rnnt"}, openai.NotFoundError, "model_not_found", "model"),
        (
            {"response_format": "haiku"},
            openai.BadRequestError,
            "invalid_value",
            "response_format",
        ),
        ({"language": "!"}, openai.BadRequestError, "invalid_value", "language"),
        ({"language": "de"}, openai.BadRequestError, "engine_missing", "model"),
        ({"model": "groq"}, openai.BadRequestError, "engine_missing", "model"),
        ({"model": "whisper-large-v3"}, openai.BadRequestError, "engine_missing", "model"),
        ({"temperature": 3}, openai.BadRequestError, "invalid_value", "temperature"),
        (
            {"timestamp_granularities": ["word"]},
            openai.BadRequestError,
            "invalid_value",
            "timestamp_granularities",
        ),
        (
            {"response_format": "srt", "stream": True},
            openai.BadRequestError,
            "invalid_value",
            "response_format",
        ),
        (
            {"known_speaker_names": ["Ann", "Ben"]},
            openai.BadRequestError,
            "invalid_value",
            "known_speaker_names",
        ),
    ],
)
def test_a_refusal_is_an_error_of_the_client_that_it_does_not_retry(
    client: OpenAI,
    user: ApiUser,
    served: Served,
    options: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str,
    param: str,
) -> None:
    with pytest.raises(error) as raised:
        transcribe(client.with_options(max_retries=2), **options)
    assert (raised.value.code, raised.value.param) == (code, param)
    validator_for(openai_schema.ERROR_RESPONSE).validate(raised.value.response.json())
    assert raised.value.response.request.headers["x-stainless-retry-count"] == "0"
    assert jobs_of(served.harness, user) == []


def test_a_wrong_key_and_no_recording_are_said_in_its_shape(served: Served, client: OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as raised:
        transcribe(client.with_options(api_key="mp4t_wrong"))
    assert raised.value.type == "authentication_error"
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"no sound at all"))
    assert (refused.value.status_code, refused.value.param) == (415, "file")
    assert refused.value.type == "invalid_request_error"


def test_what_the_engine_cannot_do_is_refused_before_the_hold(client: OpenAI) -> None:
    with (
        recording(FOUR_SECONDS).open("rb") as file,
        pytest.deprecated_call(),  # the client's own opinion of this route
        pytest.raises(openai.BadRequestError, match="faster-whisper"),
    ):
        client.audio.translations.create(model="whisper-1", file=file)


def test_a_failed_job_is_an_error_with_its_reason(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    harness = served.harness
    failed = []

    def fail() -> None:
        until(lambda: jobs_of(harness, user))
        (found,) = jobs_of(harness, user)
        with harness.runtime.database.write() as session:
            job = session.get_one(Job, found.id)
            failed.append(
                service.fail(session, job, Failure.saying("media_missing", "It is gone."))
            )

    thread = threading.Thread(target=fail)
    thread.start()
    with pytest.raises(openai.UnprocessableEntityError, match="It is gone") as raised:
        transcribe(client)
    thread.join()
    assert failed == [True]
    assert raised.value.code == "media_missing"


def test_too_few_credits_are_a_quota_that_is_used_up(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    with served.harness.runtime.database.write() as session:
        left_uc = ledger.balance(session, user.account.id).available_uc
        ledger.grant(
            session,
            user_id=user.account.id,
            amount_uc=-left_uc,
            key=f"test:{user.account.id}",
            reason="test",
        )
    with pytest.raises(openai.APIStatusError) as raised:
        transcribe(client.with_options(max_retries=2))
    assert (raised.value.status_code, raised.value.type) == (402, "insufficient_quota")


@pytest.mark.parametrize("route", ["images/edits", "images/variations", "chat/completions"])
def test_a_route_that_does_not_exist_here_is_no_reason_to_retry(client: OpenAI, route: str) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.with_options(max_retries=2).post(f"/{route}", body={}, cast_to=object)
    validator_for(openai_schema.ERROR_RESPONSE).validate(raised.value.response.json())
