"""Webhooks of an account: selected events, deliveries, replays, test messages."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mp4totext.jobs.webhook_service import TARGETS_MAX
from mp4totext.kit.ratelimit import RateLimiter
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.webhook_receivers import Receiver, receiving

HOOKS = "/webhooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def user(harness: Harness) -> ApiUser:
    return harness.new_user()


def types(receiver: Receiver) -> list[tuple[str, str]]:
    bodies = [json.loads(body) for _, body in receiver.got]
    return [(body["type"], body["data"].get("operation", "")) for body in bodies]


def is_signed(user: ApiUser, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it."""
    secret = user.get("/webhook-secret")["secret"].removeprefix("whsec_")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest()
    return headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


def deliveries(user: ApiUser, hook: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get(f"{HOOKS}/{hook['id']}/deliveries")["items"]
    return items


def test_several_servers_are_told_what_each_wants_to_know(
    harness: Harness, user: ApiUser, receiver: Receiver
) -> None:
    with receiving() as texts_only, receiving() as failures_only, receiving() as off:
        every = user.send("POST", HOOKS, {"url": receiver.url}, status=201)
        user.send("POST", HOOKS, {"url": texts_only.url, "operations": ["write_text"]}, status=201)
        failing = {"url": failures_only.url, "events": ["job.failed", "job.cancelled"]}
        user.send("POST", HOOKS, failing, status=201)
        user.send("POST", HOOKS, {"url": off.url, "active": False}, status=201)
        talk = user.transcribed(texts='[{"kind": "clean", "provider": "local"}]')
        cancelled = user.upload(recording(FOUR_SECONDS)).json()
        user.send("POST", f"/jobs/{cancelled['task_id']}/cancel", None)
        harness.work()
        assert types(failures_only) == [("job.cancelled", "transcribe")]
        assert types(texts_only) == [("job.succeeded", "write_text")]
        assert off.got == []
    assert sorted(types(receiver)) == [
        ("job.cancelled", "transcribe"),
        ("job.succeeded", "transcribe"),
        ("job.succeeded", "write_text"),
    ]
    assert all(is_signed(user, headers, body) for headers, body in receiver.got)
    subjects = {json.loads(body)["data"]["subject_id"] for _, body in receiver.got}
    assert subjects == {talk["id"], cancelled["id"]}
    listed = deliveries(user, every)
    assert {item["state"] for item in listed} == {"succeeded"}
    assert {item["message_id"] for item in listed} == {
        headers["webhook-id"] for headers, _ in receiver.got
    }
    assert cancelled["task_id"] in {item["about"] for item in listed}


def test_a_message_is_tried_out_failed_repaired_and_replayed(
    harness: Harness, user: ApiUser, receiver: Receiver
) -> None:
    hook = user.send("POST", HOOKS, {"url": receiver.url}, status=201)
    receiver.status = 404
    sent = user.send("POST", f"{HOOKS}/{hook['id']}/test", None, status=202)
    assert (sent["event"], sent["about"], sent["state"]) == ("webhook.test", None, "queued")
    replays = f"{HOOKS}/{hook['id']}/deliveries/{sent['id']}/replay"
    assert user.send("POST", replays, None, status=409)["code"] == "wrong_state"
    harness.work()
    (failed,) = deliveries(user, hook)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "webhook_refused")
    receiver.status = 204
    again = user.send("POST", replays, None, status=202)
    harness.work()
    assert [item["state"] for item in deliveries(user, hook)] == ["succeeded", "failed"]
    once_more = user.send(
        "POST", f"{HOOKS}/{hook['id']}/deliveries/{again['id']}/replay", None, status=202
    )
    harness.work()
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert set(ids) == {sent["id"]}  # a receiver recognises them as one message
    assert once_more["message_id"] == sent["id"]
    assert all(is_signed(user, headers, body) for headers, body in receiver.got)
    assert {kind for kind, _ in types(receiver)} == {"webhook.test"}
    assert harness.audit() == []


def test_webhooks_are_changed_and_deleted(
    harness: Harness, user: ApiUser, receiver: Receiver
) -> None:
    body = {"url": "https://example.com/hook"}
    key = {"Idempotency-Key": "once"}
    hook = user.send("POST", HOOKS, body, status=201, **key)
    assert user.send("POST", HOOKS, body, status=201, **key) == hook
    path = f"{HOOKS}/{hook['id']}"
    changed = user.send("PATCH", path, {"url": receiver.url, "operations": ["transcribe"]})
    assert changed == {**hook, "url": receiver.url, "operations": ["transcribe"]}
    assert user.get(path) == changed
    assert user.get(HOOKS)["items"] == [changed]
    sent = user.send("POST", f"{path}/test", None, status=202)
    user.send("DELETE", path, None, status=204)
    harness.work()
    assert receiver.got == []  # what waited is not sent any more
    assert user.get(f"/jobs/{sent['id']}")["state"] == "cancelled"
    assert user.send("GET", path, None, status=404)["code"] == "webhook_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://example.com/"},
        {"url": "https://example.com/", "events": ["job.started"]},
        {"url": "https://example.com/", "filter": "all"},
    ],
)
def test_what_is_no_webhook_is_refused(user: ApiUser, body: dict[str, Any]) -> None:
    assert user.send("POST", HOOKS, body, status=422)["code"] == "invalid"


def test_null_is_no_change_and_no_replay_of_another_webhook(user: ApiUser) -> None:
    first = user.send("POST", HOOKS, {"url": "https://example.com/1"}, status=201)
    other = user.send("POST", HOOKS, {"url": "https://example.com/2"}, status=201)
    user.send("PATCH", f"{HOOKS}/{first['id']}", {"url": None}, status=422)
    sent = user.send("POST", f"{HOOKS}/{first['id']}/test", None, status=202)
    path = f"{HOOKS}/{other['id']}/deliveries/{sent['id']}/replay"
    assert user.send("POST", path, None, status=404)["code"] == "job_not_found"


def test_an_account_has_only_so_many(user: ApiUser) -> None:
    for number in range(TARGETS_MAX):
        user.send("POST", HOOKS, {"url": f"https://example.com/{number}"}, status=201)
    refused = user.send("POST", HOOKS, {"url": "https://example.com/x"}, status=409)
    assert refused["code"] == "too_many_webhooks"


def test_test_messages_and_replays_are_limited(
    user: ApiUser, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = user.send("POST", HOOKS, {"url": receiver.url}, status=201)
    two_a_minute = RateLimiter({"expensive": "2/minute"}, redis_url=None)
    monkeypatch.setitem(vars(user.harness.runtime), "limiter", two_a_minute)
    path = f"{HOOKS}/{hook['id']}"
    sent = user.send("POST", f"{path}/test", None, status=202)
    user.harness.work()
    again = f"{path}/deliveries/{sent['id']}/replay"
    user.send("POST", again, None, status=202)
    for further in (f"{path}/test", again):
        assert user.call("POST", further).status_code == 429
