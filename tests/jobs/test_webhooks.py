"""Webhooks: their content, allowed targets, and failures of receivers."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from mp4totext.jobs import runner, webhook_post
from mp4totext.jobs.errors import WebhookRefused, WebhookUnanswered
from mp4totext.jobs.heartbeat import Worker
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import AnyOperation
from mp4totext.jobs.webhook_post import post
from mp4totext.jobs.webhooks import WEBHOOK, signature_headers, signing_secret
from mp4totext.kit.queue_names import QUEUES
from tests.conftest import Account, settings_for
from tests.support.in_process_service import FOUR_SECONDS, recording
from tests.support.toy_operation import Spine
from tests.support.webhook_receivers import receiving


@contextmanager
def dripping(*parts: bytes) -> Iterator[str]:
    """The address of a server that sends ``parts`` and then one byte after the other."""
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.recv(1 << 16)
            for part in parts:
                connection.sendall(part)
            try:
                while not over.wait(0.02):
                    connection.sendall(b"a")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: answer(listener.accept()[0]))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        over.set()
        thread.join()


def ended(spine: Spine, url: str, *, state: str = "succeeded") -> Job:
    """A job with a webhook that has ended."""
    job = spine.submit(spine.user())
    spine.change(job.id, webhook_url=url)
    if state == "cancelled":
        spine.cancel(job.id)
    else:
        assert spine.work()
    assert spine.job(job.id).state == state
    return job


def deliver(spine: Spine) -> Job:
    operations: dict[str, AnyOperation] = {"toy": spine.toy, WEBHOOK.name: WEBHOOK}
    worker = Worker(runtime=spine.runtime, operations=operations, name="w1", queues=QUEUES)
    assert runner.work_once(worker)
    with spine.runtime.database.read() as session:
        return session.scalars(select(Job).where(Job.operation == WEBHOOK.name)).one()


def test_the_signature_matches_the_example_of_the_specification() -> None:
    headers = signature_headers(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp_s=1614265330,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("state", ["succeeded", "cancelled"])
def test_the_receiver_gets_how_a_job_ended(spine: Spine, state: str) -> None:
    with receiving() as receiver:
        job = ended(spine, receiver.url, state=state)
        delivery = deliver(spine)
    ((headers, body),) = receiver.got
    message = json.loads(body)
    assert message["type"] == f"job.{state}"
    assert message["timestamp"] == message["data"]["finished_at"].replace("Z", "+00:00")
    assert (message["data"]["id"], message["data"]["state"]) == (job.id, state)
    secret = signing_secret(spine.runtime.settings.secret_key, job.user_id)
    at = int(headers["webhook-timestamp"])
    assert headers["webhook-id"] == delivery.id
    expected = signature_headers(body, message_id=delivery.id, timestamp_s=at, secret=secret)
    assert headers["webhook-signature"] == expected["webhook-signature"]
    assert (delivery.state, delivery.charged_uc, delivery.subject_id) == (
        "succeeded",
        0,
        job.subject_id,
    )


@pytest.mark.parametrize("status", [429, 500])
def test_a_delivery_to_a_busy_or_failing_receiver_is_retried(spine: Spine, status: int) -> None:
    with receiving(status=status) as receiver:
        ended(spine, receiver.url)
        delivery = deliver(spine)
        assert (delivery.state, delivery.error_code) == ("queued", "webhook_unanswered")
        assert str(status) in (delivery.error_message or "")
        receiver.status = 200
        spine.change(delivery.id, not_before=None)
        assert deliver(spine).state == "succeeded"
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids == [delivery.id, delivery.id]  # a repeated delivery is recognisable


@pytest.mark.parametrize("status", [302, 404])
def test_a_refusal_or_redirect_is_final_and_visible(spine: Spine, status: int) -> None:
    with receiving(status=status) as receiver:
        ended(spine, receiver.url)
        delivery = deliver(spine)
    assert (delivery.state, delivery.error_code, len(receiver.got)) == (
        "failed",
        "webhook_refused",
        1,
    )
    assert f"answered {status}" in (delivery.error_message or "")


def test_a_delivery_to_an_unreachable_receiver_is_retried(spine: Spine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended(spine, f"http://127.0.0.1:{port}/")
    delivery = deliver(spine)
    assert (delivery.state, delivery.error_code) == ("queued", "webhook_unanswered")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "10.0.0.1"])
def test_nothing_is_sent_into_private_networks(host: str) -> None:
    with pytest.raises(WebhookRefused, match="not on the public internet"):
        post(f"http://{host}:9/x", b"{}", {}, allow_private=False)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "a.localhost", "169.254.169.254", "10.0.0.1", "127.0.0.1."),
        *("2130706433", "0x7f.1", "0177.1", "[::1]", "[::ffff:10.0.0.1]", "[fd00::1]"),
    ],
)
def test_an_address_in_a_private_network_is_refused_when_it_is_given(
    client: TestClient, user: Account, host: str
) -> None:
    url = f"http://{host}/hook"
    hooks = "/api/v1/webhooks"
    public = {"url": "https://example.com/hook"}
    hook = client.post(hooks, json=public, headers=user.headers).json()["id"]
    file = recording(FOUR_SECONDS).read_bytes()
    answers = (
        client.post(hooks, json={"url": url}, headers=user.headers),
        client.patch(f"{hooks}/{hook}", json={"url": url}, headers=user.headers),
        client.post(
            "/api/v1/transcriptions",
            files={"file": ("talk.wav", file)},
            data={"webhook_url": url},
            headers=user.headers,
        ),
        client.post(
            "/api/v1/transcriptions/from-url",
            json={"url": "https://example.com/a.wav", "options": {"webhook_url": url}},
            headers=user.headers,
        ),
    )
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "webhook_not_public")
    (kept,) = client.get(hooks, headers=user.headers).json()["items"]
    assert kept["url"] == public["url"]


def test_a_public_address_may_be_reached() -> None:
    backend = webhook_post._PublicOnly(allow_private=False, timeout_s=5)
    assert backend._address("1.1.1.1", 443) == "1.1.1.1"


def test_a_delivery_to_a_name_that_does_not_resolve_is_retried() -> None:
    with pytest.raises(WebhookUnanswered, match="could not be reached"):
        post("http://does-not-exist.invalid/", b"{}", {}, allow_private=False)


def test_secrets_differ_by_user_and_installation(tmp_path: Path) -> None:
    key = settings_for(tmp_path).secret_key
    assert (
        len(
            {
                signing_secret(key, "usr_a"),
                signing_secret(key, "usr_b"),
                signing_secret("k" * 32, "usr_a"),
            }
        )
        == 3
    )


@pytest.mark.parametrize("parts", [(), (b"HTTP/1.1 200 OK\r\nX-Slow: ",)])
def test_a_receiver_that_drips_has_no_more_time_than_a_silent_one(parts: tuple[bytes, ...]) -> None:
    began = time.monotonic()
    with dripping(*parts) as url, pytest.raises(WebhookUnanswered):
        post(url, b"{}", {}, allow_private=True, timeout_s=0.5)
    assert time.monotonic() - began < 20  # it would drip for ever


def test_what_a_receiver_says_beside_its_status_does_not_matter() -> None:
    with dripping(b"HTTP/1.1 204 No Content\r\n\r\n") as url:
        post(url, b"{}", {}, allow_private=True, timeout_s=5)
