"""Kind by provider by what becomes of it: charged to the cent, or not at all."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import pytest
from pydantic import SecretStr

from mp4totext.credits.money import to_uc
from mp4totext.jobs.models import JobState
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS
from tests.conformance import tavily_api
from tests.conformance.text_apis import ModelReply, ModelRequest
from tests.conftest import account_for
from tests.support.text_vendors import (
    VENDORS,
    Vendor,
    follow_instructions,
    lines_of,
    search_server,
    vendor_server,
)
from tests.support.transcript_builders import TOPICS, transcript
from tests.texts.conftest import Service

FIXED = {"lecture_notes": 30, "custom": 25, "exam_questions": 35}
SEARCH = Decimal("0.88")
Serve = Callable[[Settings], Service]

TALK = transcript(
    *(f"{one.strip(' .')}." for _ in range(12) for one in TOPICS["bread"].split(". "))
)


def characters(spoken: Transcript) -> int:
    return sum(len(segment.text) for segment in spoken.segments)


def cents(exact: Decimal) -> int:
    return to_uc(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def price(vendor: Vendor, kind: str, count: int, *, searches: int = 0) -> int:
    if kind in FIXED:
        return cents(FIXED[kind] * Decimal(vendor.multiplier))
    return cents(Decimal(vendor.rate) * count / 1000 + SEARCH * searches)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_every_kind_costs_what_it_says_or_nothing(
    vendor: Vendor, serve: Serve, settings: Settings
) -> None:
    wanted = {"provider": vendor.name, "model": vendor.model}
    count = characters(TALK)
    with (
        vendor_server(vendor, follow_instructions) as (server, api),
        search_server() as (tavily, _),
    ):
        service = serve(
            vendor.settings(
                settings,
                server,
                tavily_api_key=SecretStr(tavily_api.KEY),
                tavily_base_url=tavily.url,
            )
        )
        recording = service.record(TALK)
        for kind in KINDS:
            web = kind == "web_context"
            due = price(vendor, kind, count, searches=1 if web else 0)
            most = price(vendor, kind, count, searches=3 if web else 0)
            with service.moves(spent_uc=due):
                accepted = service.ask(recording, kind, **wanted)
                assert service.held_and_spent()[0] == most, kind
                service.work()
            assert service.job(accepted).state == JobState.SUCCEEDED, kind
            with service.moves():
                service.cancel(service.ask(recording, kind, **wanted))
            api.responder = lambda _asked: ModelReply("", "safety")
            with service.moves():
                accepted = service.ask(recording, kind, **wanted)
                service.work()
            api.responder = follow_instructions
            assert service.job(accepted).state == JobState.FAILED, kind


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("kind", ["clean", "translate"])
def test_lines_that_do_not_come_back_are_kept_told_and_free(
    vendor: Vendor, kind: str, serve: Serve, settings: Settings
) -> None:
    lost = {f"s{n}" for n in range(31, 61)}

    def forgetful(asked: ModelRequest) -> ModelReply:
        kept = [one for one in lines_of(asked) if one[0] not in lost]
        return ModelReply("\n".join(f"[{key}] {words.upper()}" for key, words in kept) or "[s0] no")

    with vendor_server(vendor, forgetful) as (server, _):
        service = serve(vendor.settings(settings, server))
        given = sum(len(one.text) for one in TALK.segments if one.id not in lost)
        with service.moves(spent_uc=price(vendor, kind, given)):
            accepted = service.ask(
                service.record(TALK), kind, provider=vendor.name, model=vendor.model
            )
            service.work()
    text = service.text(accepted)
    assert "30 of 120 lines did not come back" in text["warnings"][0]
    assert service.job(accepted).warnings == text["warnings"]
    shown = {line["segment_id"]: line for line in text["data"]["lines"]}
    assert shown["s50"]["original"] is True
    assert shown["s50"]["text"] == TALK.segments[49].text
    assert shown["s1"]["text"] == TALK.segments[0].text.upper()


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.local])
def test_without_a_model_it_costs_next_to_nothing(service: Service, kind: str) -> None:
    due = cents(Decimal("0.002") * characters(TALK) / 1000)
    assert due > 0
    with service.moves(spent_uc=due):
        accepted = service.ask(service.record(TALK), kind, provider="local")
        service.work()
    job, text = service.job(accepted), service.text(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert (text["provider"], text["model"]) == ("local", None)
    with service.moves():
        service.cancel(service.ask(service.record(TALK), kind, provider="local"))


def test_a_price_that_changes_does_not_touch_an_accepted_text(
    serve: Serve, settings: Settings
) -> None:
    vendor = VENDORS[0]
    with vendor_server(vendor, follow_instructions) as (server, _):
        service = serve(vendor.settings(settings, server))
        due = price(vendor, "summary", characters(TALK))
        with service.moves(spent_uc=due):
            accepted = service.ask(
                service.record(TALK), "summary", provider=vendor.name, model=vendor.model
            )
            raise_price(service, vendor)
            service.work()
        with service.moves():  # the next one costs what it costs now
            dearer = service.ask(
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
