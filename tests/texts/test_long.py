"""Texts about long recordings: all words are sent once, and no call is paid twice."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from tests.conformance import tavily_api
from tests.conformance.server import Server
from tests.conformance.text_apis import ModelAnswer, ModelRequest, TextApi
from tests.support.slow_tests import one_in
from tests.support.text_vendors import (
    BY_NAME,
    FACT,
    compliant_model,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service

HOURS_MS = 3 * 3_600_000
Serve = Callable[[Settings], Service]


def hours() -> Transcript:
    """Three hours of talks, with the fact in the last minute."""
    sentences = [
        f"{sentence.strip(' .')}." for talk in TOPICS.values() for sentence in talk.split(". ")
    ]
    texts = [f"Point {n}: {sentences[n % len(sentences)]}" for n in range(HOURS_MS // 7_000)]
    texts[-3] = f"Before you go, the vault opens with {FACT} and that is all."
    sample = transcript(*texts)
    scale = HOURS_MS / sample.duration_ms
    segments = tuple(
        replace(
            segment,
            start_ms=int(segment.start_ms * scale),
            end_ms=int(segment.end_ms * scale),
        )
        for segment in sample.segments
    )
    return replace(sample, duration_ms=HOURS_MS, segments=segments)


LONG = hours()


def mapped(requests: list[ModelRequest]) -> list[ModelRequest]:
    """Requests of the first stage: those with the recording and without web sources."""
    return [
        request
        for request in requests
        if "<recording>" in request.user and "<source" not in request.user
    ]


@pytest.fixture(params=one_in(2, ["openai", "openai-compatible"]))
def small_and_large(
    request: pytest.FixtureRequest, serve: Serve, settings: Settings
) -> Iterator[tuple[Service, Server, TextApi, dict[str, Any]]]:
    """A model with 128,000 tokens of context, and one with 8,192."""
    vendor = BY_NAME[request.param]
    with vendor_server(vendor, compliant_model) as (server, api), search_server() as (tavily, _):
        ready = vendor.settings(
            settings,
            server,
            tavily_api_key=SecretStr(tavily_api.KEY),
            tavily_base_url=tavily.url,
        )
        choice: dict[str, Any] = {"provider": vendor.name, "model": vendor.model}
        yield serve(ready), server, api, choice


@pytest.mark.slow
def test_each_segment_is_sent_once_and_the_last_minute_counts(
    small_and_large: tuple[Service, Server, TextApi, dict[str, Any]],
) -> None:
    service, _, api, choice = small_and_large
    recording = service.record(LONG)
    assert LONG.segments[-3].start_ms > LONG.duration_ms - 60_000
    small = choice["provider"] == "openai-compatible"
    for kind in ("chapters", "translate") if small else KINDS:
        api.requests.clear()
        accepted = service.request(recording, kind, **choice)
        service.work()
        job = service.job(accepted)
        assert job.state == JobState.SUCCEEDED, (kind, job.error_message)
        parts = mapped(api.requests)
        assert len(parts) > 1, kind
        sent = Counter(key for request in parts for key, _ in lines_of(request))
        assert sent == Counter({segment.id: 1 for segment in LONG.segments}), kind
        words = {key: text for request in parts for key, text in lines_of(request)}
        assert all(words[segment.id] == segment.text for segment in LONG.segments), kind
        text = service.text(accepted)
        if kind != "web_context":  # its queries have the fact
            assert FACT in text["body"], kind
        else:
            assert any(FACT in query["query"] for query in text["data"]["queries"])


def test_a_failed_part_does_not_repeat_the_parts_before_it(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    calls = 0

    def second_is_busy(request: ModelRequest) -> ModelAnswer:
        nonlocal calls
        calls += 1
        if calls == 2:
            server.fail(api.problem(500, "server_error"))
        return compliant_model(request)

    with vendor_server(vendor, second_is_busy) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.request(
            service.record(LONG), "clean", provider=vendor.name, model=vendor.model
        )
        runner.work_once(service.worker())
        assert service.job(accepted).state == JobState.QUEUED
        service.work_again(accepted)
    job = service.job(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    sent = Counter(key for request in mapped(api.requests) for key, _ in lines_of(request))
    assert sent == Counter({segment.id: 1 for segment in LONG.segments})
    assert service.held_and_spent() == (0, job.charged_uc)


def test_lines_cut_for_their_length_continue_after_the_cut(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]

    def few_at_a_time(request: ModelRequest) -> ModelAnswer:
        whole = compliant_model(request).text.split("\n")
        if len(whole) <= 4:
            return ModelAnswer("\n".join(whole))
        return ModelAnswer("\n".join([*whole[:4], whole[4][:9]]), "length")

    with vendor_server(vendor, few_at_a_time) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.request(
            service.record(), "translate", provider=vendor.name, model=vendor.model
        )
        service.work()
    text = service.text(accepted)
    assert len(api.requests) == 3  # ten lines, four at a time
    assert text["warnings"] == []
    assert [line["original"] for line in text["data"]["lines"]] == [False] * 10
    assert text["data"]["lines"][4]["text"].startswith("I WILL SEND THE RECIPE")


def test_after_an_edit_answers_to_the_old_transcript_are_not_used(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        recording = service.record()
        accepted = service.request(recording, "clean", provider=vendor.name, model=vendor.model)

        def then_busy(request: ModelRequest) -> ModelAnswer:
            server.fail(api.problem(500, "server_error"))
            first_line = compliant_model(request).text.partition("\n")[0]
            return ModelAnswer(first_line)  # the other lines are requested again

        api.model = then_busy
        service.work()
        edit = service.client.patch(
            f"/api/v1/transcriptions/{recording}/segments",
            json={"revision": 0, "edits": [{"id": "s1", "text": "Quite another beginning."}]},
            headers=service.user.headers,
        )
        assert edit.status_code == 200, edit.text
        api.model = compliant_model
        service.work_again(accepted)
    body = service.text(accepted)["body"]
    assert body.startswith("QUITE ANOTHER BEGINNING.")
    assert not re.search("SO TODAY WE TALK", body)


def test_a_model_that_is_too_small_fails_at_no_cost(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai-compatible"]
    with vendor_server(vendor, compliant_model) as (server, _):
        small = vendor.settings(
            settings,
            server,
            openai_compatible_context_tokens=2_048,
            openai_compatible_output_tokens=256,
        )
        service = serve(small)
        unbroken = transcript("word" * 4_000)  # without a space or end mark
        accepted = service.request(
            service.record(replace(unbroken, language="en")),
            "custom",
            provider=vendor.name,
            model=vendor.model,
            options={"prompt": "x " * 2_500},
        )
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "model_too_small")
    assert service.held_and_spent() == (0, 0)
