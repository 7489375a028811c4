"""Web context: queries of the model, searches with Tavily's SDK, numbered sources."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.credits.money import round_to_cents, to_uc
from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.kit.clock import now
from mp4totext.settings import Settings
from tests.conformance import tavily_api
from tests.conformance.server import Reply, Server
from tests.conformance.text_apis import ModelAnswer, ModelRequest
from tests.support.text_vendors import BY_NAME, lines_of, search_server, vendor_server
from tests.texts.conftest import SPOKEN, Service

Serve = Callable[[Settings], Service]
QUERIES = ("bread history", "nothing at all", "rye starter")
VENDOR = BY_NAME["openai"]


def searching_model(request: ModelRequest) -> ModelAnswer:
    if request.schema:
        key = lines_of(request)[0][0]
        entries = ",".join(
            f'{{"query": "{query}", "reason": "to know", "segment_ids": ["{key}"]}}'
            for query in QUERIES
        )
        return ModelAnswer(f'{{"queries": [{entries}]}}')
    return ModelAnswer("Bread is old [1], and so it was said [s1]. Rye is younger [2][9].")


@pytest.fixture
def web(
    serve: Serve, settings: Settings
) -> Iterator[tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]]]:
    with (
        vendor_server(VENDOR, searching_model) as (server, api),
        search_server() as (tavily, searches),
    ):
        ready = VENDOR.settings(
            settings,
            server,
            tavily_api_key=SecretStr(tavily_api.KEY),
            tavily_base_url=tavily.url,
        )
        yield serve(ready), tavily, searches, api.requests


def due(searches: int) -> int:
    characters = sum(len(segment.text) for segment in SPOKEN.segments)
    exact = Decimal(VENDOR.rate) * characters / 1000 + Decimal("0.88") * searches
    return round_to_cents(to_uc(exact))


def request_text(service: Service, **options: Any) -> dict[str, Any]:
    return service.request(
        service.record(),
        "web_context",
        provider=VENDOR.name,
        model=VENDOR.model,
        options=options,
    )


def test_sources_are_numbered_and_only_successful_searches_billed(
    web: tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]],
) -> None:
    service, _, searches, requests = web
    with service.moves(spent_uc=due(2)):
        accepted = request_text(service)
        assert service.job(accepted).held_uc == due(3)
        service.work()
    text = service.text(accepted)
    assert text["status"] == "succeeded", text["error"]
    assert searches.queries == list(QUERIES)
    assert text["body"] == "Bread is old [1], and so it was said [s1]. Rye is younger [2]."
    assert "sources that do not exist" in text["warnings"][0]
    assert [entry["number"] for entry in text["data"]["sources"]] == [1, 2, 3, 4]
    assert text["data"]["sources"][0]["url"] == "https://example.org/1/1"
    assert [query["found"] for query in text["data"]["queries"]] == [2, 0, 2]
    assert [citation["segment_ids"] for citation in text["citations"]] == [["s1"]]
    assert '<source number="1">' in requests[-1].user


def test_a_search_that_fails_is_left_out_and_free(
    web: tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]],
) -> None:
    service, tavily, _, _ = web
    tavily.fail(tavily_api.problem(400, "no"))
    with service.moves(spent_uc=due(1)):
        accepted = request_text(service)
        service.work()
    assert service.job(accepted).state == JobState.SUCCEEDED
    assert any(
        "No web search for 'bread history'" in warning for warning in service.job(accepted).warnings
    )


def test_a_text_without_any_search_result_fails_at_no_cost(
    web: tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]],
) -> None:
    service, _, searches, _ = web
    searches.found = 0
    with service.moves():
        accepted = request_text(service)
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "nothing_found")


def test_no_queries_is_an_answer_and_costs_nothing(serve: Serve, settings: Settings) -> None:
    with vendor_server(VENDOR, lambda _request: ModelAnswer('{"queries": []}')) as (server, _):
        ready = VENDOR.settings(settings, server, tavily_api_key=SecretStr(tavily_api.KEY))
        service = serve(ready)
        with service.moves():
            accepted = request_text(service)
            service.work()
        text = service.text(accepted)
    assert (text["status"], text["body"]) == ("succeeded", "")
    assert "No web search would add" in text["warnings"][0]


def test_web_context_without_a_search_key_is_refused(serve: Serve, settings: Settings) -> None:
    with vendor_server(VENDOR, searching_model) as (server, _):
        service = serve(VENDOR.settings(settings, server))
        answer = service.request(
            service.record(),
            "web_context",
            status=422,
            provider=VENDOR.name,
            model=VENDOR.model,
        )
    assert answer["code"] == "provider_not_ready"
    assert "TAVILY_API_KEY" in answer["detail"]


@pytest.mark.parametrize(
    ("reply", "code", "pause_s"),
    [
        (tavily_api.problem(429, "slow down"), "429", 7),
        (tavily_api.problem(500, "broken"), "500", 2),
        (Reply(body=b"<html>"), "bad_answer", 2),
        (Reply(body={}, after_s=0.6), "timeout", 2),
    ],
    ids=["429", "500", "garbage", "silent"],
)
def test_a_failed_search_is_retried_without_new_queries(
    web: tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]],
    reply: Reply,
    code: str,
    pause_s: int,
) -> None:
    service, tavily, _, requests = web
    tavily.fail(reply)
    accepted = request_text(service)
    worker = service.worker(vendor_timeout_s=0.4) if reply.after_s else service.worker()
    runner.work_once(worker)
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.QUEUED, code)
    assert job.not_before is not None
    assert job.not_before - now() <= timedelta(seconds=pause_s)
    assert service.held_and_spent() == (job.held_uc, 0)
    assert len(requests) == 1


def test_a_wrong_key_is_named_but_not_shown(
    web: tuple[Service, Server, tavily_api.TavilyApi, list[ModelRequest]],
) -> None:
    service, _, _, _ = web
    with service.moves():
        accepted = request_text(service)
        service.work(tavily_api_key=SecretStr(f"{tavily_api.KEY}wrong"))
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "401")
    assert "TAVILY_API_KEY" in (job.error_message or "")
    assert tavily_api.KEY not in " ".join([job.error_message or "", *job.warnings])
