"""What a vendor's safety rules block: named as missing, not billed; the rest is delivered."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import SecretStr

from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Strategy
from tests.conformance import tavily_api
from tests.conformance.server import Reply
from tests.conformance.text_apis import ModelReply, ModelRequest
from tests.support.text_vendors import (
    BY_NAME,
    VENDORS,
    Vendor,
    follow_instructions,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service
from tests.texts.test_money import FIXED, SEARCH, cents, price

Serve = Callable[[Settings], Service]

BLOCKED = "s3"  # in the first of two parts
WEIGHTY = " ".join(TOPICS.values())
LONG = transcript(*(f"Point {n}: {WEIGHTY}" for n in range(28)))
LINES = [kind.name for kind in KINDS.values() if kind.strategy is Strategy.LINES]
MERGED = [kind.name for kind in KINDS.values() if kind.strategy is Strategy.MERGE]


def squeamish(asked: ModelRequest) -> ModelReply:
    blocked = BLOCKED in {key for key, _ in lines_of(asked)}
    return ModelReply("I", "safety") if blocked else follow_instructions(asked)


def ids_of(asked: ModelRequest) -> list[str]:
    return [key for key, _ in lines_of(asked)]


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_blocked_part_is_named_and_the_rest_is_delivered_and_billed(
    vendor: Vendor, serve: Serve, settings: Settings
) -> None:
    with vendor_server(vendor, squeamish) as (server, api), search_server() as (tavily, _):
        service = serve(
            vendor.settings(
                settings,
                server,
                tavily_api_key=SecretStr(tavily_api.KEY),
                tavily_base_url=tavily.url,
                openai_compatible_context_tokens=128_000,
                openai_compatible_output_tokens=16_384,
            )
        )
        recording = service.record(LONG)
        for kind in MERGED:
            api.asked.clear()
            _, before = service.held_and_spent()
            accepted = service.ask(recording, kind, provider=vendor.name, model=vendor.model)
            service.work()
            job, text = service.job(accepted), service.text(accepted)
            assert job.state == JobState.SUCCEEDED, (kind, job.error_message)
            refused = min((ids for ids in map(ids_of, api.asked) if BLOCKED in ids), key=len)
            assert len(refused) < 9, kind  # a quarter of the part
            (gap,) = text["gaps"]
            assert (gap["segment_ids"], gap["reason"]) == (refused, "refused"), kind
            assert (gap["start_ms"], gap["end_ms"]) == times(LONG, refused), kind
            assert text["warnings"][0].endswith(
                "refused it for its safety rules. It is not billed."
            )
            assert text["warnings"][0].startswith("00:00:00 to 00:"), kind
            assert "> Missing here: 00:00:00 to 00:" in text["body"], kind
            assert text["charged"] == due(vendor, kind, refused) / 1_000_000, kind
            held, spent = service.held_and_spent()
            assert (held, spent - before) == (0, job.charged_uc), kind


def due(vendor: Vendor, kind: str, refused: list[str]) -> int:
    every = sum(len(one.text) for one in LONG.segments)
    given = sum(len(one.text) for one in LONG.segments if one.id not in refused)
    if kind in FIXED:
        return cents(FIXED[kind] * Decimal(vendor.multiplier) * given / every)
    exact = Decimal(vendor.rate) * given / 1000
    return cents(exact + SEARCH) if kind == "web_context" else price(vendor, kind, given)


def times(spoken: Transcript, ids: list[str]) -> tuple[int, int]:
    found = [one for one in spoken.segments if one.id in ids]
    return found[0].start_ms, found[-1].end_ms


@pytest.mark.parametrize("kind", ["summary", "chapters", "clean", "web_context"])
def test_all_parts_blocked_is_a_failure_that_costs_nothing(
    kind: str, serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, lambda _asked: ModelReply("", "safety")) as (server, _):
        ready = vendor.settings(settings, server, tavily_api_key=SecretStr(tavily_api.KEY))
        service = serve(ready)
        with service.moves():
            accepted = service.ask(
                service.record(LONG), kind, provider=vendor.name, model=vendor.model
            )
            service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "safety")
    assert "Nothing was charged" in (job.error_message or "")


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_blocked_lines_stand_as_they_were_said_and_are_free(
    vendor: Vendor, kind: str, serve: Serve, settings: Settings
) -> None:
    with vendor_server(vendor, squeamish) as (server, api):
        ready = vendor.settings(
            settings,
            server,
            openai_compatible_context_tokens=128_000,
            openai_compatible_output_tokens=16_384,
        )
        service = serve(ready)
        accepted = service.ask(service.record(LONG), kind, provider=vendor.name, model=vendor.model)
        service.work()
        refused = next(ids for ids in map(ids_of, api.asked) if BLOCKED in ids)
    text = service.text(accepted)
    (gap,) = text["gaps"]
    assert (gap["segment_ids"], gap["reason"]) == (refused, "refused")
    assert re.search(r"stands as it was said: .+ refused it", text["warnings"][0])
    originals = [one["segment_id"] for one in text["data"]["lines"] if one["original"]]
    assert originals == refused
    given = sum(len(one.text) for one in LONG.segments if one.id not in refused)
    assert text["charged"] == price(vendor, kind, given) / 1_000_000


@pytest.mark.parametrize("name", ["openai", "openai-compatible", "together"])
def test_a_request_refused_unread_for_its_content_is_a_block_too(
    name: str, serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME[name]
    with vendor_server(vendor, follow_instructions) as (server, api):
        service = serve(vendor.settings(settings, server))
        blocked = api.problem(400, "content_policy_violation")
        server.fail(blocked, blocked, blocked)  # the first part, its first half, and so on
        accepted = service.ask(
            service.record(LONG), "summary", provider=vendor.name, model=vendor.model
        )
        service.work()
    text = service.text(accepted)
    assert (text["status"], text["gaps"][0]["reason"]) == ("succeeded", "refused")
    assert text["gaps"][0]["segment_ids"][0] == "s1"


def test_a_refused_request_is_not_repeated_when_the_job_goes_on(
    serve: Serve, settings: Settings
) -> None:
    """Parts that were blocked are checkpoints as those that were answered."""
    vendor = BY_NAME["openai"]
    busy = iter([True])

    def squeamish_then_busy(asked: ModelRequest) -> ModelReply:
        if BLOCKED in ids_of(asked) and next(busy, False):
            server.fail(Reply(status=500, body={"error": {"message": "no"}}))
        return squeamish(asked)

    with vendor_server(vendor, squeamish_then_busy) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.ask(
            service.record(LONG), "summary", provider=vendor.name, model=vendor.model
        )
        service.work()
        assert service.job(accepted).state == JobState.QUEUED
        service.work_again(accepted)
    assert service.text(accepted)["status"] == "succeeded"
    asked = [tuple(ids_of(one)) for one in api.asked]
    assert len(set(asked)) == len(asked)
