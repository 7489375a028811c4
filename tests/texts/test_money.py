"""Charges for each kind of text with each provider."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.credits.money import to_uc
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from tests.conformance import tavily_api
from tests.conformance.text_apis import ModelAnswer, ModelRequest
from tests.conftest import account_for
from tests.support.slow_tests import one_in
from tests.support.text_vendors import (
    VENDORS,
    Vendor,
    compliant_model,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service

FIXED = {"lecture_notes": 30, "custom": 25, "exam_questions": 35}
SEARCH = Decimal("0.88")
EACH_PRICE = ["summary", "lecture_notes", "web_context"]  # by characters, fixed, with searches
Serve = Callable[[Settings], Service]

TALK = transcript(
    *(f"{sentence.strip(' .')}." for _ in range(12) for sentence in TOPICS["bread"].split(". "))
)


def characters(recording: Transcript) -> int:
    return sum(len(segment.text) for segment in recording.segments)


def cents(exact: Decimal) -> int:
    return to_uc(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def price(vendor: Vendor, kind: str, count: int, *, searches: int = 0) -> int:
    if kind in FIXED:
        return cents(FIXED[kind] * Decimal(vendor.multiplier))
    return cents(Decimal(vendor.rate) * count / 1000 + SEARCH * searches)


@pytest.mark.parametrize("vendor", one_in(len(VENDORS), VENDORS), ids=lambda vendor: vendor.name)
def test_every_kind_costs_its_price_or_nothing(
    vendor: Vendor, serve: Serve, settings: Settings
) -> None:
    """Every kind with one vendor; with the others, a kind of each way to be priced."""
    kinds = list(KINDS) if vendor is VENDORS[0] else EACH_PRICE
    choice: dict[str, Any] = {"provider": vendor.name, "model": vendor.model}
    count = characters(TALK)
    with vendor_server(vendor, compliant_model) as (server, api), search_server() as (tavily, _):
        service = serve(
            vendor.settings(
                settings,
                server,
                tavily_api_key=SecretStr(tavily_api.KEY),
                tavily_base_url=tavily.url,
            )
        )
        recording = service.record(TALK)
        for kind in kinds:
            web = kind == "web_context"
            due = price(vendor, kind, count, searches=1 if web else 0)
            most = price(vendor, kind, count, searches=3 if web else 0)
            with service.moves(spent_uc=due):
                accepted = service.request(recording, kind, **choice)
                assert service.held_and_spent()[0] == most, kind
                service.work()
            assert service.job(accepted).state == JobState.SUCCEEDED, kind
            with service.moves():
                service.cancel(service.request(recording, kind, **choice))
            api.model = lambda _request: ModelAnswer("", "safety")
            with service.moves():
                accepted = service.request(recording, kind, **choice)
                service.work()
            api.model = compliant_model
            assert service.job(accepted).state == JobState.FAILED, kind


@pytest.mark.parametrize("vendor", one_in(len(VENDORS), VENDORS), ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("kind", ["clean", "translate"])
def test_lines_that_are_not_returned_are_included_and_free(
    vendor: Vendor, kind: str, serve: Serve, settings: Settings
) -> None:
    missing = {f"s{n}" for n in range(31, 61)}

    def forgetful(request: ModelRequest) -> ModelAnswer:
        returned_lines = [line for line in lines_of(request) if line[0] not in missing]
        return ModelAnswer(
            "\n".join(f"[{key}] {words.upper()}" for key, words in returned_lines) or "[s0] no"
        )

    with vendor_server(vendor, forgetful) as (server, _):
        service = serve(vendor.settings(settings, server))
        returned = sum(len(segment.text) for segment in TALK.segments if segment.id not in missing)
        with service.moves(spent_uc=price(vendor, kind, returned)):
            accepted = service.request(
                service.record(TALK), kind, provider=vendor.name, model=vendor.model
            )
            service.work()
    text = service.text(accepted)
    assert "did not return 30 of 120 lines" in text["warnings"][0]
    assert service.job(accepted).warnings == text["warnings"]
    lines = {line["segment_id"]: line for line in text["data"]["lines"]}
    assert lines["s50"]["original"] is True
    assert lines["s50"]["text"] == TALK.segments[49].text
    assert lines["s1"]["text"] == TALK.segments[0].text.upper()


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.local])
def test_a_text_without_a_model_costs_its_small_price(service: Service, kind: str) -> None:
    due = cents(Decimal("0.002") * characters(TALK) / 1000)
    assert due > 0
    with service.moves(spent_uc=due):
        accepted = service.request(service.record(TALK), kind, provider="local")
        service.work()
    job, text = service.job(accepted), service.text(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert (text["provider"], text["model"]) == ("local", None)
    with service.moves():
        service.cancel(service.request(service.record(TALK), kind, provider="local"))


def test_a_price_change_does_not_affect_an_accepted_text(serve: Serve, settings: Settings) -> None:
    vendor = VENDORS[0]
    with vendor_server(vendor, compliant_model) as (server, _):
        service = serve(vendor.settings(settings, server))
        due = price(vendor, "summary", characters(TALK))
        with service.moves(spent_uc=due):
            accepted = service.request(
                service.record(TALK), "summary", provider=vendor.name, model=vendor.model
            )
            raise_price(service, vendor)
            service.work()
        with service.moves():  # the next text has the new price
            dearer = service.request(
                accepted["transcription_id"], "summary", provider=vendor.name, model=vendor.model
            )
            service.cancel(dearer)
    assert service.text(accepted)["charged"] == due / 1_000_000
    assert dearer["held"] == pytest.approx(9 * characters(TALK) / 1000, abs=0.005)


def raise_price(service: Service, vendor: Vendor) -> None:
    admin = account_for(service.runtime, "admin@example.com", admin=True)
    answer = service.client.put(
        f"/api/v1/admin/model-prices/{vendor.name}/{vendor.model}",
        json={"multiplier": 9, "per_1000_characters": 9},
        headers=admin.headers,
    )
    assert answer.status_code == 200, answer.text
