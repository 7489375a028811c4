"""Estimates of the cost of texts requested with an upload."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.auth.models import User
from mp4totext.credits import ledger
from mp4totext.credits.money import to_credits, to_uc
from mp4totext.settings import Settings
from tests.conformance import tavily_api
from tests.support.text_vendors import BY_NAME, compliant_model, search_server, vendor_server
from tests.texts.conftest import CREDITS, Service
from tests.texts.test_chain import speech

Serve = Callable[[Settings], Service]

TEN_MINUTES_MS = 600_000
ORDERS: list[dict[str, Any]] = [
    {"kind": "summary", "model": "gpt-6.1-terra"},  # 12 x 0.063
    {"kind": "clean", "provider": "local"},  # 12 x 0.002
    {"kind": "custom", "model": "gpt-6.1-terra", "options": {"prompt": "A poem."}},  # 25 x 2.2
    {"kind": "web_context", "model": "gpt-6.1-terra", "options": {"searches": 2}},  # + 2 x 0.88
]
TOTALS = [0.76, 0.02, 55.00, 2.52]


@pytest.fixture
def ready(serve: Serve, settings: Settings) -> Iterator[Service]:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, _), search_server() as (tavily, _):
        keys = {
            "tavily_api_key": SecretStr(tavily_api.KEY),
            "tavily_base_url": tavily.url,
        }
        yield serve(vendor.settings(settings, server, **keys))


@pytest.mark.parametrize("route", ["transcriptions/estimate", "credits/quote"])
def test_an_estimate_has_the_highest_cost_of_each_text(ready: Service, route: str) -> None:
    with ready.moves():
        answer = ready.client.post(
            f"/api/v1/{route}",
            json={"duration_ms": TEN_MINUTES_MS, "options": {"language": "en", "texts": ORDERS}},
            headers=ready.user.headers,
        )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] == 10.0  # the transcription alone, which is held at once
    assert [text["kind"] for text in body["texts"]] == [text["kind"] for text in ORDERS]
    assert [text["total"] for text in body["texts"]] == TOTALS
    assert {text["characters"] for text in body["texts"]} == {12_000}
    assert body["texts_total"] == pytest.approx(sum(TOTALS))
    assert body["texts"][3]["lines"][1]["key"] == "web_search"
    assert body["enough_with_texts"] is True


def test_a_balance_may_cover_the_transcription_but_not_the_texts(ready: Service) -> None:
    with ready.runtime.database.write() as session:
        taken_uc = to_uc(68) - to_uc(CREDITS)
        ledger.grant(session, user_id=ready.user.id, amount_uc=taken_uc, key="t", reason="admin")
    body = ready.client.post(
        "/api/v1/transcriptions/estimate",
        json={"duration_ms": TEN_MINUTES_MS, "options": {"language": "en", "texts": ORDERS}},
        headers=ready.user.headers,
    ).json()
    assert (body["enough"], body["enough_with_texts"]) == (True, False)


def test_texts_cost_no_more_than_their_estimate(ready: Service) -> None:
    answer = ready.client.post(
        "/api/v1/transcriptions",
        files={"file": ("talk.wav", speech().read_bytes(), "audio/wav")},
        data={"options": json.dumps({"language": "en", "texts": ORDERS})},
        headers=ready.user.headers,
    )
    accepted = answer.json()
    assert answer.status_code == 202, accepted
    assert ready.held_and_spent()[0] == to_uc(str(accepted["held"]))  # no text is held yet
    assert len(accepted["texts"]) == len(ORDERS)
    ready.work()
    listed = ready.client.get(
        f"/api/v1/transcriptions/{accepted['id']}/texts", headers=ready.user.headers
    ).json()["items"]
    charged = {text["kind"]: text["charged"] for text in listed}
    assert len(charged) == len(ORDERS)
    for quoted in accepted["texts"]:
        assert charged[quoted["kind"]] <= quoted["total"], quoted
    assert to_credits(sum(to_uc(str(text)) for text in charged.values())) <= accepted["texts_total"]


def test_before_a_download_only_fixed_prices_are_known(ready: Service) -> None:
    answer = ready.client.post(
        "/api/v1/transcriptions/from-url",
        json={"url": "https://example.org/talk.mp3", "options": {"texts": ORDERS}},
        headers=ready.user.headers,
    )
    accepted = answer.json()
    assert answer.status_code == 202, accepted
    assert [text["total"] for text in accepted["texts"]] == [None, None, 55.00, None]
    assert accepted["texts_total"] is None
    assert {text["characters"] for text in accepted["texts"]} == {None}
    ready.cancel(accepted)


def test_an_unmetered_account_pays_nothing_for_texts(ready: Service) -> None:
    with ready.runtime.database.write() as session:
        session.get_one(User, ready.user.id).metered = False
    body = ready.client.post(
        "/api/v1/transcriptions/estimate",
        json={"duration_ms": TEN_MINUTES_MS, "options": {"language": "en", "texts": ORDERS}},
        headers=ready.user.headers,
    ).json()
    assert (body["total"], body["texts_total"]) == (0, 0)
