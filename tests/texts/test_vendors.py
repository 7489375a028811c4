"""Every vendor's real SDK, a server that speaks as the vendor does, and what a job becomes."""

import threading
import time
from datetime import timedelta

import pytest
from pydantic import SecretStr

from mp4totext.events.log import Event
from mp4totext.jobs import runner
from mp4totext.jobs.models import JobState
from mp4totext.kit.clock import now
from tests.conformance.server import Reply
from tests.conformance.text_apis import KEY, ModelReply, ModelRequest
from tests.conftest import account_for
from tests.support.uvicorn_processes import eventually
from tests.texts.conftest import Bench, Service


def test_an_answer_is_kept_cited_and_paid(bench: Bench) -> None:
    service = bench.service
    _, before = service.held_and_spent()
    accepted = service.ask(service.record(), "summary", **bench.wanted)
    service.work()
    job, text = service.job(accepted), service.text(accepted)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert text["body"] == "It begins here [s1]. The code is 7319 [s3]."
    assert [one["segment_ids"] for one in text["citations"]] == [["s1"], ["s3"]]
    assert text["citations"][1]["start_ms"] > 0
    assert (text["input_tokens"], text["output_tokens"]) == (100, 20)
    assert (text["status"], text["language"]) == ("succeeded", "en")
    assert [asked.streamed for asked in bench.api.asked] == [True]
    assert service.held_and_spent() == (0, before + (job.charged_uc or 0))


def test_a_structured_answer_is_checked(bench: Bench) -> None:
    service = bench.service
    accepted = service.ask(service.record(), "action_items", **bench.wanted)
    service.work()
    assert service.job(accepted).state == JobState.SUCCEEDED, service.job(accepted).error_message
    text = service.text(accepted)
    (item,) = text["data"]["action_items"]
    assert item["segment_ids"] == ["s3"]
    assert text["citations"][0]["field"] == "action_items.0"
    assert text["citations"][0]["verbatim"] is True
    assert bench.api.asked[0].schema is not None


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit_exceeded"), (500, "server_error")])
def test_a_vendor_that_is_busy_or_broken_is_asked_later(
    bench: Bench, status: int, code: str
) -> None:
    service = bench.service
    bench.server.fail(bench.api.problem(status, code))
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        with service.moves():  # the hold stays
            runner.work_once(service.worker())
        job = service.job(accepted)
        assert (job.state, job.retries) == (JobState.QUEUED, 1)
        busy = "is busy and asks to wait." if status == 429 else "failed (500)."
        assert (job.error_message or "").endswith(busy)
        assert job.not_before is not None
        if status == 429:  # Retry-After: 7
            assert timedelta(seconds=4) < job.not_before - now() <= timedelta(seconds=7)
        service.cancel(accepted)


def test_a_silent_vendor_is_asked_later(bench: Bench) -> None:
    service = bench.service
    bench.server.fail(Reply(body={}, after_s=0.5))
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        with service.moves():
            service.work(vendor_timeout_s=0.2)
        job = service.job(accepted)
        assert (job.state, job.error_code) == (JobState.QUEUED, "timeout")
        assert (job.error_message or "").endswith("did not answer in time.")
        service.cancel(accepted)


def test_a_stream_without_its_end_is_asked_later(bench: Bench) -> None:
    service = bench.service
    asked = ModelRequest(bench.vendor.model, "", "", 100, None, True)
    whole = bench.api.said(asked, ModelReply("A text " * 20))
    bench.server.fail(Reply(pieces=whole.pieces[:2], headers=whole.headers))
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        service.work()
        job = service.job(accepted)
        assert (job.state, job.error_code) == (JobState.QUEUED, "bad_answer")
        assert (job.error_message or "").endswith("sent an answer that cannot be read.")
        service.cancel(accepted)


def test_a_safety_block_fails_and_costs_nothing(bench: Bench) -> None:
    service = bench.service
    bench.api.responder = lambda _asked: ModelReply("I", "safety")
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "safety")
    assert "safety rules" in (job.error_message or "")
    assert service.text(accepted)["body"] is None


def test_an_answer_cut_for_its_length_is_continued(bench: Bench) -> None:
    said = iter(
        [
            ModelReply("One [s1]. Tw", "length"),
            ModelReply("o [s2]. Th", "length"),
            ModelReply("ree [s3]."),
        ]
    )
    service = bench.service
    bench.api.responder = lambda _asked: next(said)
    accepted = service.ask(service.record(), "summary", **bench.wanted)
    service.work()
    assert service.text(accepted)["body"] == "One [s1]. Two [s2]. Three [s3]."
    assert "One [s1]. Two [s2]. Th" in bench.api.asked[2].user
    assert service.text(accepted)["input_tokens"] == 300


def test_json_cut_for_its_length_is_continued(bench: Bench) -> None:
    said = iter([ModelReply('{"action_', "length"), ModelReply('items": []}')])
    service = bench.service
    bench.api.responder = lambda _asked: next(said)
    accepted = service.ask(service.record(), "action_items", **bench.wanted)
    service.work()
    assert service.text(accepted)["data"] == {"action_items": []}
    assert [asked.schema is None for asked in bench.api.asked] == [False, True]


def test_what_is_not_json_gets_one_second_try(bench: Bench) -> None:
    said = iter([ModelReply('{"action_items": [{'), ModelReply('{"action_items": []}')])
    service = bench.service
    bench.api.responder = lambda _asked: next(said)
    accepted = service.ask(service.record(), "action_items", **bench.wanted)
    service.work()
    assert service.job(accepted).state == JobState.SUCCEEDED
    assert len(bench.api.asked) == 2
    assert "could not be read" in bench.api.asked[1].user


def test_twice_not_json_fails_and_costs_nothing(bench: Bench) -> None:
    service = bench.service
    bench.api.responder = lambda _asked: ModelReply('{"chapters": 1}')
    with service.moves():
        accepted = service.ask(service.record(), "chapters", **bench.wanted)
        service.work()
    job = service.job(accepted)
    assert (job.state, job.error_code) == (JobState.FAILED, "invalid_answer")
    assert "twice gave an answer that does not have the form" in (job.error_message or "")
    assert len(bench.api.asked) == 2


def test_a_wrong_key_is_named_and_not_shown(bench: Bench) -> None:
    service = bench.service
    (name,) = bench.vendor.keys
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        service.work(**{name: SecretStr(f"{KEY}wrong")})
    job = service.job(accepted)
    assert job.state == JobState.FAILED
    assert bench.vendor.variable in (job.error_message or "")
    assert KEY not in (job.error_message or "")


def test_text_arrives_while_it_is_written_and_cancel_stops_the_vendor(bench: Bench) -> None:
    service = bench.service
    bench.api.responder = lambda _asked: ModelReply("word " * 4000)
    bench.api.between_s = 0.2  # eight seconds in all
    with service.moves():
        accepted = service.ask(service.record(), "summary", **bench.wanted)
        working = threading.Thread(target=runner.work_once, args=(service.worker(),))
        working.start()
        assert eventually(lambda: len(deltas(service, accepted["task_id"])) >= 2)
        first, second = deltas(service, accepted["task_id"])[:2]
        began = time.monotonic()
        service.cancel(accepted)
        working.join(timeout=5)
        assert not working.is_alive()
        assert time.monotonic() - began < 5
    assert eventually(lambda: gone(bench))
    assert (first["at"], first["text_id"]) == (0, accepted["id"])
    assert second["at"] == len(str(first["text"]))
    assert deltas(service, accepted["task_id"]) == []  # nothing half-written stays
    assert service.job(accepted).state == JobState.CANCELLED


def test_a_busy_vendor_that_answers_the_second_time_is_paid_once(bench: Bench) -> None:
    service = bench.service
    bench.server.fail(bench.api.problem(429, "rate_limit_exceeded"))
    _, before = service.held_and_spent()
    accepted = service.ask(service.record(), "action_items", **bench.wanted)
    service.work()
    service.work_again(accepted)
    job = service.job(accepted)
    assert (job.state, job.error_message) == (JobState.SUCCEEDED, None)
    assert service.held_and_spent() == (0, before + (job.charged_uc or 0))


def test_the_vendor_is_asked_for_its_models_when_an_administrator_wants_them(bench: Bench) -> None:
    service = bench.service
    admin = account_for(service.runtime, "admin@example.com", admin=True)
    url = f"/api/v1/admin/ai-models/{bench.vendor.name}"
    before = len(bench.server.received)
    answer = service.client.get(url, headers=admin.headers)
    assert answer.json() == [{"model": "one", "priced": False}]
    asked = bench.server.received[before:]
    assert [one.method for one in asked] == ["GET"]
    price = {"multiplier": 2, "per_1000_characters": 0.5}
    priced = f"/api/v1/admin/model-prices/{bench.vendor.name}/one"
    assert service.client.put(priced, json=price, headers=admin.headers).status_code == 200
    assert service.client.get(url, headers=admin.headers).json()[0]["priced"] is True
    with service.moves():  # usable at once, at its new price
        accepted = service.ask(service.record(), "custom", provider=bench.vendor.name, model="one")
        assert accepted["held"] == 50
        service.cancel(accepted)


def deltas(service: Service, job_id: str) -> list[dict[str, object]]:
    with service.runtime.database.read() as session:
        found = session.query(Event).filter_by(job_id=job_id, type="text_delta")
        return [event.body for event in found.order_by(Event.seq)]


def gone(bench: Bench) -> bool:
    """The vendor could not send on: the call was closed."""
    sent = bench.server.pieces_sent
    time.sleep(0.3)
    return bench.server.pieces_sent == sent < 38
