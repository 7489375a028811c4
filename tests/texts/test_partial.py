"""Parts that a vendor's safety rules block are gaps and not charged."""

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
from tests.conformance.text_apis import ModelAnswer, ModelRequest
from tests.support.slow_tests import one_in
from tests.support.text_vendors import (
    BY_NAME,
    VENDORS,
    Vendor,
    compliant_model,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service
from tests.texts.test_money import FIXED, SEARCH, cents, price

Serve = Callable[[Settings], Service]

BLOCKED = "s3"  # in the first of two parts
LONG_TEXT = " ".join(TOPICS.values())
LONG = transcript(*(f"Point {n}: {LONG_TEXT}" for n in range(28)))
LINES = [kind.name for kind in KINDS.values() if kind.strategy is Strategy.LINES]
MERGED = [kind.name for kind in KINDS.values() if kind.strategy is Strategy.MERGE]


def blocking_model(request: ModelRequest) -> ModelAnswer:
    blocked = BLOCKED in {key for key, _ in lines_of(request)}
    return ModelAnswer("I", "safety") if blocked else compliant_model(request)


def ids_of(request: ModelRequest) -> list[str]:
    return [key for key, _ in lines_of(request)]


@pytest.mark.slow
@pytest.mark.parametrize("vendor", one_in(len(VENDORS), VENDORS), ids=lambda vendor: vendor.name)
def test_a_blocked_part_is_a_gap_and_the_rest_is_billed(
    vendor: Vendor, serve: Serve, settings: Settings
) -> None:
    """Every kind with one vendor; the others differ in how they block, which no kind sees."""
    kinds = MERGED if vendor is VENDORS[0] else ["summary"]
    with vendor_server(vendor, blocking_model) as (server, api), search_server() as (tavily, _):
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
        for kind in kinds:
            api.requests.clear()
            _, before = service.held_and_spent()
            accepted = service.request(recording, kind, provider=vendor.name, model=vendor.model)
            service.work()
            job, text = service.job(accepted), service.text(accepted)
            assert job.state == JobState.SUCCEEDED, (kind, job.error_message)
            refused = min((ids for ids in map(ids_of, api.requests) if BLOCKED in ids), key=len)
            assert len(refused) < 9, kind  # a quarter of the part
            (gap,) = text["gaps"]
            assert (gap["segment_ids"], gap["reason"]) == (refused, "refused"), kind
            assert (gap["start_ms"], gap["end_ms"]) == times(LONG, refused), kind
            assert text["warnings"][0].endswith("blocked it. It is not billed.")
            assert text["warnings"][0].startswith("00:00:00 to 00:"), kind
            assert "> Missing here: 00:00:00 to 00:" in text["body"], kind
            assert text["charged"] == due(vendor, kind, refused) / 1_000_000, kind
            held, spent = service.held_and_spent()
            assert (held, spent - before) == (0, job.charged_uc), kind


def test_a_job_that_is_run_again_asks_again_for_the_part_that_failed(
    serve: Serve, settings: Settings
) -> None:
    """The answers to its other parts stay, and what is delivered is paid once."""
    vendor = BY_NAME["openai"]

    def confused(request: ModelRequest) -> ModelAnswer:
        answers_a_part = BLOCKED not in ids_of(request) and len(ids_of(request)) > 1
        return ModelAnswer("Sorry.") if answers_a_part else compliant_model(request)

    with vendor_server(vendor, confused) as (server, api):
        service = serve(vendor.settings(settings, server))
        with service.moves():
            accepted = service.request(
                service.record(LONG), "chapters", provider=vendor.name, model=vendor.model
            )
            service.work()
        assert [BLOCKED in ids_of(request) for request in api.requests] == [True, False, False]
        api.requests.clear()
        api.model = compliant_model
        with service.moves(spent_uc=due(vendor, "chapters", [])):
            path = f"/api/v1/jobs/{accepted['task_id']}/retry"
            service.client.post(path, headers=service.user.headers)
            service.work()
        assert service.job(accepted).state == JobState.SUCCEEDED
        assert not any(BLOCKED in ids_of(request) for request in api.requests)


def due(vendor: Vendor, kind: str, refused: list[str]) -> int:
    total = sum(len(segment.text) for segment in LONG.segments)
    delivered = sum(len(segment.text) for segment in LONG.segments if segment.id not in refused)
    if kind in FIXED:
        return cents(FIXED[kind] * Decimal(vendor.multiplier) * delivered / total)
    exact = Decimal(vendor.rate) * delivered / 1000
    return cents(exact + SEARCH) if kind == "web_context" else price(vendor, kind, delivered)


def times(recording: Transcript, ids: list[str]) -> tuple[int, int]:
    segments = [segment for segment in recording.segments if segment.id in ids]
    return segments[0].start_ms, segments[-1].end_ms


@pytest.mark.parametrize("kind", ["summary", "chapters", "clean", "web_context"])
def test_a_text_with_all_parts_blocked_fails_at_no_cost(
    kind: str, serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, lambda _request: ModelAnswer("", "safety")) as (server, _):
        ready = vendor.settings(settings, server, tavily_api_key=SecretStr(tavily_api.KEY))
        service = serve(ready)
        with service.moves():
            accepted = service.request(
                service.record(LONG), kind, provider=vendor.name, model=vendor.model
            )
            service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "safety")
    assert "Nothing was charged" in (job.error_message or "")


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("vendor", one_in(len(VENDORS), VENDORS), ids=lambda vendor: vendor.name)
def test_blocked_lines_are_included_and_free(
    vendor: Vendor, kind: str, serve: Serve, settings: Settings
) -> None:
    with vendor_server(vendor, blocking_model) as (server, api):
        ready = vendor.settings(
            settings,
            server,
            openai_compatible_context_tokens=128_000,
            openai_compatible_output_tokens=16_384,
        )
        service = serve(ready)
        accepted = service.request(
            service.record(LONG), kind, provider=vendor.name, model=vendor.model
        )
        service.work()
        refused = next(ids for ids in map(ids_of, api.requests) if BLOCKED in ids)
    text = service.text(accepted)
    (gap,) = text["gaps"]
    assert (gap["segment_ids"], gap["reason"]) == (refused, "refused")
    assert re.search(
        r"is included unchanged: the safety rules of .+ blocked it", text["warnings"][0]
    )
    originals = [line["segment_id"] for line in text["data"]["lines"] if line["original"]]
    assert originals == refused
    delivered = sum(len(segment.text) for segment in LONG.segments if segment.id not in refused)
    assert text["charged"] == price(vendor, kind, delivered) / 1_000_000


@pytest.mark.parametrize("name", ["openai", "openai-compatible", "together"])
def test_a_content_policy_error_counts_as_a_block(
    name: str, serve: Serve, settings: Settings
) -> None:
    vendor = BY_NAME[name]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = serve(vendor.settings(settings, server))
        blocked = api.problem(400, "content_policy_violation")
        server.fail(blocked, blocked, blocked)  # the first part, its first half, and so on
        accepted = service.request(
            service.record(LONG), "summary", provider=vendor.name, model=vendor.model
        )
        service.work()
    text = service.text(accepted)
    assert (text["status"], text["gaps"][0]["reason"]) == ("succeeded", "refused")
    assert text["gaps"][0]["segment_ids"][0] == "s1"


def test_a_blocked_request_is_not_repeated_after_a_restart(
    serve: Serve, settings: Settings
) -> None:
    """Blocked parts are checkpoints, like those that were answered."""
    vendor = BY_NAME["openai"]
    busy = iter([True])

    def blocking_then_busy(request: ModelRequest) -> ModelAnswer:
        if BLOCKED in ids_of(request) and next(busy, False):
            server.fail(Reply(status=500, body={"error": {"message": "no"}}))
        return blocking_model(request)

    with vendor_server(vendor, blocking_then_busy) as (server, api):
        service = serve(vendor.settings(settings, server))
        accepted = service.request(
            service.record(LONG), "summary", provider=vendor.name, model=vendor.model
        )
        service.work()
        assert service.job(accepted).state == JobState.QUEUED
        service.work_again(accepted)
    assert service.text(accepted)["status"] == "succeeded"
    request = [tuple(ids_of(request)) for request in api.requests]
    assert len(set(request)) == len(request)
