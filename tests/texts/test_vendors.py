"""Each vendor's SDK against a server with its API: outcomes of jobs."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from mp4totext.events.log import Event
from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.kit.clock import now
from tests.conformance.server import Reply
from tests.conformance.text_apis import KEY, ModelAnswer, ModelRequest
from tests.conftest import account_for
from tests.support.waiting import until
from tests.texts.conftest import Bench, Service


def test_an_answer_is_stored_cited_and_charged(bench: Bench) -> None:
    service = bench.service
    _, before = service.held_and_spent()
    accepted = service.request(service.record(), "summary", **bench.choice)
    service.work()
    job, text = service.job(accepted), service.text(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert text["body"] == "It begins here [s1]. The code is 7319 [s3]."
    assert [request["segment_ids"] for request in text["citations"]] == [["s1"], ["s3"]]
    assert text["citations"][1]["start_ms"] > 0
    assert (text["input_tokens"], text["output_tokens"]) == (100, 20)
    assert (text["status"], text["language"]) == ("succeeded", "en")
    assert [model_request.streamed for model_request in bench.api.requests] == [True]
    assert service.held_and_spent() == (0, before + (job.charged_uc or 0))


def test_a_structured_answer_is_stored_and_cited(bench: Bench) -> None:
    service = bench.service
    accepted = service.request(service.record(), "action_items", **bench.choice)
    service.work()
    assert service.job(accepted).state == JobState.SUCCEEDED, service.job(accepted).error_message
    text = service.text(accepted)
    (item,) = text["data"]["action_items"]
    assert item["segment_ids"] == ["s3"]
    assert text["citations"][0]["field"] == "action_items.0"
    assert text["citations"][0]["verbatim"] is True
    assert bench.api.requests[0].schema is not None


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit_exceeded"), (500, "server_error")])
def test_a_busy_or_broken_vendor_is_retried_later(bench: Bench, status: int, code: str) -> None:
    service = bench.service
    bench.server.fail(bench.api.problem(status, code))
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        began = now()
        with service.moves():  # the hold stays
            runner.work_once(service.worker())
        job = service.job(accepted)
        assert (job.state, job.retries) == (JobState.QUEUED, 1)
        busy = "is busy and asked to wait." if status == 429 else "failed (500)."
        assert (job.error_message or "").endswith(busy)
        assert job.not_before is not None
        if status == 429:  # Retry-After: 7
            assert began <= job.not_before - timedelta(seconds=7) <= now()
        service.cancel(accepted)


def test_a_silent_vendor_is_retried_later(bench: Bench) -> None:
    service = bench.service
    bench.server.fail(Reply(body={}, after_s=0.5))
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        with service.moves():
            service.work(vendor_timeout_s=0.2)
        job = service.job(accepted)
        assert (job.state, job.error_code) == (JobState.QUEUED, "timeout")
        assert (job.error_message or "").endswith("did not answer in time.")
        service.cancel(accepted)


def test_a_stream_without_its_end_is_retried_later(bench: Bench) -> None:
    service = bench.service
    model_request = ModelRequest(bench.vendor.model, "", "", 100, None, True)
    whole = bench.api.reply(model_request, ModelAnswer("A text " * 20))
    bench.server.fail(Reply(pieces=whole.pieces[:2], headers=whole.headers))
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        service.work()
        job = service.job(accepted)
        assert (job.state, job.error_code) == (JobState.QUEUED, "bad_answer")
        assert (job.error_message or "").endswith("sent an answer that cannot be read.")
        service.cancel(accepted)


def test_a_safety_block_fails_and_costs_nothing(bench: Bench) -> None:
    service = bench.service
    bench.api.model = lambda _request: ModelAnswer("I", "safety")
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "safety")
    assert "safety rules" in (job.error_message or "")
    assert service.text(accepted)["body"] is None


def test_an_answer_cut_for_its_length_is_continued(bench: Bench) -> None:
    answers = iter(
        [
            ModelAnswer("One [s1]. Tw", "length"),
            ModelAnswer("o [s2]. Th", "length"),
            ModelAnswer("ree [s3]."),
        ]
    )
    service = bench.service
    bench.api.model = lambda _request: next(answers)
    accepted = service.request(service.record(), "summary", **bench.choice)
    service.work()
    assert service.text(accepted)["body"] == "One [s1]. Two [s2]. Three [s3]."
    assert "One [s1]. Two [s2]. Th" in bench.api.requests[2].user
    assert service.text(accepted)["input_tokens"] == 300


def test_json_cut_for_its_length_is_continued(bench: Bench) -> None:
    answers = iter([ModelAnswer('{"action_', "length"), ModelAnswer('items": []}')])
    service = bench.service
    bench.api.model = lambda _request: next(answers)
    accepted = service.request(service.record(), "action_items", **bench.choice)
    service.work()
    assert service.text(accepted)["data"] == {"action_items": []}
    assert [model_request.schema is None for model_request in bench.api.requests] == [False, True]


def test_an_invalid_answer_gets_one_second_try(bench: Bench) -> None:
    answers = iter([ModelAnswer('{"action_items": [{'), ModelAnswer('{"action_items": []}')])
    service = bench.service
    bench.api.model = lambda _request: next(answers)
    accepted = service.request(service.record(), "action_items", **bench.choice)
    service.work()
    assert service.job(accepted).state == JobState.SUCCEEDED
    assert len(bench.api.requests) == 2
    assert "could not be read" in bench.api.requests[1].user


def test_two_invalid_answers_fail_at_no_cost(bench: Bench) -> None:
    service = bench.service
    bench.api.model = lambda _request: ModelAnswer('{"chapters": 1}')
    with service.moves():
        accepted = service.request(service.record(), "chapters", **bench.choice)
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "invalid_answer")
    assert "two answers that do not fit the required schema" in (job.error_message or "")
    assert len(bench.api.requests) == 2


def test_a_job_that_is_run_again_asks_again_for_what_could_not_be_read(bench: Bench) -> None:
    service = bench.service
    bench.api.model = lambda _request: ModelAnswer("Sorry.")
    accepted = service.request(service.record(), "chapters", **bench.choice)
    service.work()
    bench.api.model = lambda _request: ModelAnswer('{"chapters": []}')
    retry(service, accepted)
    assert service.job(accepted).state == JobState.SUCCEEDED
    assert len(bench.api.requests) == 3


def test_a_wrong_key_is_named_but_not_shown(bench: Bench) -> None:
    service = bench.service
    (name,) = bench.vendor.keys
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        service.work(**{name: SecretStr(f"{KEY}wrong")})
    job = service.job(accepted)
    assert job.state == JobState.FAILED
    assert bench.vendor.variable in (job.error_message or "")
    assert KEY not in (job.error_message or "")


def test_text_arrives_while_it_is_written_and_cancel_stops_the_vendor(bench: Bench) -> None:
    service = bench.service
    bench.api.model = lambda _request: ModelAnswer("word " * 4000)
    bench.api.between_s = 0.2  # eight seconds in all
    with service.moves():
        accepted = service.request(service.record(), "summary", **bench.choice)
        working = threading.Thread(target=runner.work_once, args=(service.worker(),))
        working.start()
        until(lambda: len(deltas(service, accepted["task_id"])) >= 2)
        first, second = deltas(service, accepted["task_id"])[:2]
        began = time.monotonic()
        service.cancel(accepted)
        working.join(timeout=5)
        assert not working.is_alive()
        assert time.monotonic() - began < 5
    until(lambda: has_stopped(bench))
    assert (first["at"], first["text_id"]) == (0, accepted["id"])
    assert second["at"] == len(str(first["text"]))
    assert deltas(service, accepted["task_id"]) == []  # pieces of an unfinished text are deleted
    assert service.job(accepted).state == JobState.CANCELLED


def retry(service: Service, accepted: dict[str, Any]) -> None:
    path = f"/api/v1/jobs/{accepted['task_id']}/retry"
    answer = service.client.post(path, headers=service.user.headers)
    assert answer.status_code == 202, answer.text
    service.work()


def test_a_retried_text_is_charged_once(bench: Bench) -> None:
    service = bench.service
    bench.server.fail(bench.api.problem(429, "rate_limit_exceeded"))
    _, before = service.held_and_spent()
    accepted = service.request(service.record(), "action_items", **bench.choice)
    service.work()
    service.work_again(accepted)
    job = service.job(accepted)
    assert (job.state, job.error_message) == (JobState.SUCCEEDED, None)
    assert service.held_and_spent() == (0, before + (job.charged_uc or 0))


def test_an_administrator_gets_the_vendors_list_of_models(bench: Bench) -> None:
    service = bench.service
    admin = account_for(service.runtime, "admin@example.com", admin=True)
    url = f"/api/v1/admin/ai-models/{bench.vendor.name}"
    before = len(bench.server.received)
    answer = service.client.get(url, headers=admin.headers)
    assert answer.json() == [{"model": "one", "priced": False, "retires_at": None}]
    model_request = bench.server.received[before:]
    assert [request.method for request in model_request] == ["GET"]
    price = {"multiplier": 2, "per_1000_characters": 0.5}
    priced = f"/api/v1/admin/model-prices/{bench.vendor.name}/one"
    assert service.client.put(priced, json=price, headers=admin.headers).status_code == 200
    assert service.client.get(url, headers=admin.headers).json()[0]["priced"] is True
    with service.moves():  # usable at once, at its new price
        accepted = service.request(
            service.record(), "custom", provider=bench.vendor.name, model="one"
        )
        assert accepted["held"] == 50
        service.cancel(accepted)


def deltas(service: Service, job_id: str) -> list[dict[str, object]]:
    with service.runtime.database.read() as session:
        events = session.query(Event).filter_by(job_id=job_id, type="text_delta")
        return [event.body for event in events.order_by(Event.seq)]


def has_stopped(bench: Bench) -> bool:
    """Whether the vendor could send no more, as the call was closed."""
    return bench.server.was_left and bench.server.pieces_sent < 38
