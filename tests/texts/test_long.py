"""Recordings of hours: every word is sent once, the last minute counts, nothing is paid twice."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from tests.conformance import tavily_api
from tests.conformance.server import Server
from tests.conformance.text_apis import ModelReply, ModelRequest, TextApi
from tests.support.text_vendors import (
    BY_NAME,
    FACT,
    follow_instructions,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service

HOURS_MS = 3 * 3_600_000
Serve = Callable[[Settings], Service]


def hours() -> Transcript:
    """Three hours of talks; the fact falls in the last minute."""
    said = [f"{one.strip(' .')}." for talk in TOPICS.values() for one in talk.split(". ")]
    texts = [f"Point {n}: {said[n % len(said)]}" for n in range(HOURS_MS // 7_000)]
    texts[-3] = f"Before you go, the vault opens with {FACT} and that is all."
    made = transcript(*texts)
    scale = HOURS_MS / made.duration_ms
    segments = tuple(
        replace(one, start_ms=int(one.start_ms * scale), end_ms=int(one.end_ms * scale))
        for one in made.segments
    )
    return replace(made, duration_ms=HOURS_MS, segments=segments)


LONG = hours()


def mapped(asked: list[ModelRequest]) -> list[ModelRequest]:
    """Requests of the first stage: those that carry the recording and no sources."""
    return [one for one in asked if "<recording>" in one.user and "<source" not in one.user]


@pytest.fixture(params=["openai", "openai-compatible"])
def small_and_large(
    request: pytest.FixtureRequest, serve: Serve, settings: Settings
) -> Iterator[tuple[Service, Server, TextApi, dict[str, str]]]:
    """A model with 128,000 tokens of context, and one with 8,192."""
    vendor = BY_NAME[request.param]
    with (
        vendor_server(vendor, follow_instructions) as (server, api),
        search_server() as (tavily, _),
    ):
        ready = vendor.settings(
            settings,
            server,
            tavily_api_key=SecretStr(tavily_api.KEY),
            tavily_base_url=tavily.url,
        )
        wanted = {"provider": vendor.name, "model": vendor.model}
        yield serve(ready), server, api, wanted


def test_each_segment_is_sent_once_and_the_last_minute_counts(
    small_and_large: tuple[Service, Server, TextApi, dict[str, str]],
) -> None:
    service, _, api, wanted = small_and_large
    recording = service.record(LONG)
    assert LONG.segments[-3].start_ms > LONG.duration_ms - 60_000
    small = wanted["provider"] == "openai-compatible"
    for kind in ("chapters", "translate") if small else KINDS:
        api.asked.clear()
        accepted = service.ask(recording, kind, **wanted)
        service.work()
        job = service.job(accepted)
        assert job.state == JobState.SUCCEEDED, (kind, job.error_message)
        parts = mapped(api.asked)
        assert len(parts) > 1, kind
        sent = Counter(key for one in parts for key, _ in lines_of(one))
        assert sent == Counter({segment.id: 1 for segment in LONG.segments}), kind
        words = {key: said for one in parts for key, said in lines_of(one)}
        assert all(words[segment.id] == segment.text for segment in LONG.segments), kind
        text = service.text(accepted)
        if kind != "web_context":  # its queries ask about the fact; see below
            assert FACT in text["body"], kind
        else:
            assert any(FACT in one["query"] for one in text["data"]["queries"])


def test_a_part_that_fails_does_not_pay_for_those_before_it_again(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    calls = 0

    def third_is_busy(asked: ModelRequest) -> ModelReply:
        nonlocal calls
        calls += 1
        if calls == 2:
            server.fail(api.problem(500, "server_error"))
        return follow_instructions(asked)

    with vendor_server(vendor, third_is_busy) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.ask(
            service.record(LONG), "clean", provider=vendor.name, model=vendor.model
        )
        runner.work_once(service.worker())
        assert service.job(accepted).state == JobState.QUEUED
        service.work_again(accepted)
    job = service.job(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    sent = Counter(key for one in mapped(api.asked) for key, _ in lines_of(one))
    assert sent == Counter({segment.id: 1 for segment in LONG.segments})
    assert service.held_and_spent() == (0, job.charged_uc)


def test_lines_cut_for_their_length_go_on_after_the_cut(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai"]

    def few_at_a_time(asked: ModelRequest) -> ModelReply:
        whole = follow_instructions(asked).text.split("\n")
        if len(whole) <= 4:
            return ModelReply("\n".join(whole))
        return ModelReply("\n".join([*whole[:4], whole[4][:9]]), "length")

    with vendor_server(vendor, few_at_a_time) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.ask(
            service.record(), "translate", provider=vendor.name, model=vendor.model
        )
        service.work()
    text = service.text(accepted)
    assert len(api.asked) == 3  # ten lines, four at a time
    assert text["warnings"] == []
    assert [line["original"] for line in text["data"]["lines"]] == [False] * 10
    assert text["data"]["lines"][4]["text"].startswith("I WILL SEND THE RECIPE")


def test_an_edited_transcript_does_not_get_answers_to_the_old_one(
    serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, follow_instructions) as (server, api):
        service = serve(vendor.settings(settings, server))
        recording = service.record()
        accepted = service.ask(recording, "clean", provider=vendor.name, model=vendor.model)
        said = follow_instructions

        def then_busy(asked: ModelRequest) -> ModelReply:
            server.fail(api.problem(500, "server_error"))
            return ModelReply(
                said(asked).text.partition("\n")[0]
            )  # one line: the rest is asked again

        api.responder = then_busy
        service.work()
        edit = service.client.patch(
            f"/api/v1/transcriptions/{recording}/segments",
            json={"revision": 0, "edits": [{"id": "s1", "text": "Quite another beginning."}]},
            headers=service.user.headers,
        )
        assert edit.status_code == 200, edit.text
        api.responder = follow_instructions
        service.work_again(accepted)
    body = service.text(accepted)["body"]
    assert body.startswith("QUITE ANOTHER BEGINNING.")
    assert not re.search("SO TODAY WE TALK", body)


def test_a_model_too_small_is_said_and_costs_nothing(serve: Serve, settings: Settings) -> None:
    vendor = BY_NAME["openai-compatible"]
    with vendor_server(vendor, follow_instructions) as (server, _):
        small = vendor.settings(
            settings,
            server,
            openai_compatible_context_tokens=2_048,
            openai_compatible_output_tokens=256,
        )
        service = serve(small)
        spoken = transcript("word" * 4_000)  # without a space or an end
        accepted = service.ask(
            service.record(replace(spoken, language="en")),
            "custom",
            provider=vendor.name,
            model=vendor.model,
            options={"prompt": "x " * 2_500},
        )
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "model_too_small")
    assert service.held_and_spent() == (0, 0)
