"""stream=true with OpenAI's own clients, while the job runs."""

import asyncio
import threading
from typing import Any

import httpx
import openai
import pytest
from jsonschema_rs import validator_for
from openai import AsyncOpenAI, OpenAI
from sqlalchemy import insert

from mp4totext.jobs import service
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job, JobStep, PartState
from mp4totext.kit import typed_json
from mp4totext.providers.speech.base import SpeechResult
from mp4totext.transcript import Coverage, CoverageKind, Segment, Word
from tests.conformance import openai_schema
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.openai_service import SPOKEN, Served, jobs_of, key_of, transcribe, worker
from tests.support.waiting import until

LENGTH_MS = 4_800  # of the first words that a test puts in place of a window's


def put_first_window(harness: Harness, job: Job, *texts: str) -> None:
    """As a worker stores it when it has transcribed the first window of the recording."""
    segments, at_ms = [], 0
    for text in texts:
        words = tuple(
            Word(text=part, start_ms=at_ms, end_ms=at_ms + 100, confidence=0.5)
            for part in text.split()
        )
        segments.append(
            Segment(id="s1", start_ms=at_ms, end_ms=at_ms + 100, text=text, words=words)
        )
        at_ms += 100
    length_ms = int(job.params["recording"]["duration_ms"])
    result = SpeechResult(
        segments=tuple(segments),
        coverage=(Coverage(start_ms=0, end_ms=length_ms, kind=CoverageKind.SPEECH),),
        language="en",
        model="tiny-en",
    )
    with harness.runtime.database.write() as session:
        row = {
            "job_id": job.id,
            "name": "transcribe:0",
            "position": 0,
            "state": PartState.DONE,
            "result": typed_json.dump(SpeechResult, result),
        }
        session.execute(insert(JobStep), [row])


def the_job(harness: Harness, user: ApiUser) -> Job:
    until(lambda: jobs_of(harness, user))
    (job,) = jobs_of(harness, user)
    return job


def test_words_arrive_before_the_job_has_ended(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    stream = transcribe(client, stream=True, include=["logprobs"])
    job = the_job(served.harness, user)
    put_first_window(served.harness, job, "Nobody expects", "the first window.")
    first, second = next(stream), next(stream)
    assert [first.type, first.delta, second.delta] == [
        "transcript.text.delta",
        "Nobody expects",
        " the first window.",
    ]
    assert [entry.token for entry in second.logprobs] == [" the", " first", " window."]
    assert jobs_of(served.harness, user)[0].state == "queued"
    with worker(served.harness):
        rest = list(stream)
    assert [event.type for event in rest] == ["transcript.text.done"]
    assert rest[0].text == first.delta + second.delta
    assert jobs_of(served.harness, user)[0].charged_uc


def test_the_deltas_of_a_real_job_are_its_text_in_openais_shape(
    served: Served, user: ApiUser
) -> None:
    def lines(**more: str) -> list[Any]:
        with recording(FOUR_SECONDS).open("rb") as file, worker(served.harness):
            response = httpx.post(
                f"{served.url}/v1/audio/transcriptions",
                headers=user.account.headers,
                files={"file": ("a.wav", file)},
                data={"stream": "true", "model": "gpt-4o-transcribe", **more},
                timeout=60,
            )
        assert response.headers["content-type"].startswith("text/event-stream")
        data = [line.removeprefix("data: ") for line in response.text.splitlines()]
        return [httpx.Response(200, text=line).json() for line in data if line.startswith("{")]

    events = lines()
    with_speakers = lines(response_format="diarized_json")
    for event in (*events, *with_speakers):
        validator_for(openai_schema.STREAM_EVENT).validate(event)
    deltas = [event["delta"] for event in events if event["type"] == "transcript.text.delta"]
    assert SPOKEN in events[-1]["text"]
    assert events[-1]["languages"] == [{"code": "en"}]
    assert "".join(deltas) == events[-1]["text"]
    segments = [e for e in with_speakers if e["type"] == "transcript.text.segment"]
    assert {segment["speaker"] for segment in segments} == {"A"}
    assert " ".join(segment["text"] for segment in segments) == with_speakers[-1]["text"]


async def _read_with_the_async_client(served: Served, user: ApiUser) -> tuple[str, str]:
    deltas, whole = "", ""
    async with AsyncOpenAI(
        api_key=key_of(user), base_url=f"{served.url}/v1", max_retries=0, timeout=60
    ) as client:
        content = recording(FOUR_SECONDS).read_bytes()
        stream = await client.audio.transcriptions.create(
            model="gpt-4o-mini-transcribe", file=("a.wav", content), stream=True
        )
        async for event in stream:
            if event.type == "transcript.text.delta":
                deltas += event.delta
            elif event.type == "transcript.text.done":
                whole = event.text
    return deltas, whole


def test_the_asynchronous_client_reads_the_same(served: Served, user: ApiUser) -> None:
    with worker(served.harness):
        deltas, whole = asyncio.run(_read_with_the_async_client(served, user))
    assert deltas == whole
    assert SPOKEN in whole


def test_a_job_that_fails_is_an_error_in_the_stream(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    stream = transcribe(client, stream=True)
    job = the_job(served.harness, user)
    with served.harness.runtime.database.write() as session:
        row = session.get_one(Job, job.id)
        assert service.fail(session, row, Failure.saying("media_missing", "It is gone."))
    with pytest.raises(openai.APIError, match="It is gone") as raised:
        list(stream)
    assert raised.value.code == "media_missing"


def test_the_text_that_counts_is_the_last_one(
    served: Served, user: ApiUser, client: OpenAI
) -> None:
    """Another engine takes over after words of the first were sent."""
    stream = transcribe(client, stream=True)
    job = the_job(served.harness, user)
    put_first_window(served.harness, job, "Words of the engine that failed.")
    assert next(stream).delta == "Words of the engine that failed."
    with served.harness.runtime.database.write() as session:
        session.delete(session.get_one(JobStep, (job.id, "transcribe:0")))
    with worker(served.harness):
        events = list(stream)
    assert [event.type for event in events] == ["transcript.text.done"]
    assert SPOKEN in events[0].text


def test_a_silent_stream_is_kept_open(served: Served, user: ApiUser) -> None:
    app = served.harness.runtime.settings.app
    assert app.stream_keepalive_s > 0
    lines: list[str] = []

    def read() -> None:
        with (
            recording(FOUR_SECONDS).open("rb") as file,
            httpx.stream(
                "POST",
                f"{served.url}/v1/audio/transcriptions",
                headers=user.account.headers,
                files={"file": ("a.wav", file)},
                data={"stream": "true", "model": "auto"},
                timeout=60,
            ) as response,
        ):
            lines.extend(response.iter_lines())

    reader = threading.Thread(target=read)
    reader.start()
    the_job(served.harness, user)
    with worker(served.harness):
        reader.join(timeout=60)
    assert lines[0] == ": keep-alive"
