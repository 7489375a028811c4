"""Sockets and streams have the rights of their login or key, and end with it."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from mp4totext.auth.sockets import CHECK_EVERY_S, Watch
from mp4totext.events import log as event_log
from mp4totext.jobs import service as jobs
from mp4totext.jobs.webhooks import WEBHOOK, WebhookParams
from mp4totext.runtime import Runtime
from tests.conftest import Account, app_for
from tests.support.account_steps import AUTH, make_key

WS = "/api/v1/ws"
API = "/api/v1"
STREAMS_MAX = 3


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    app = app_for(runtime)
    app.state.watch = Watch(runtime.database, per_user=STREAMS_MAX, every_s=0.05)
    with TestClient(app) as client:
        yield client


def ticket(client: TestClient, headers: dict[str, str]) -> str:
    return str(client.post(f"{API}/ws/ticket", headers=headers).json()["ticket"])


def opened(client: TestClient, credential: str, query: str = "") -> Any:
    return client.websocket_connect(f"{WS}{query}", subprotocols=["bearer", credential])


def submitted_webhook(runtime: Runtime, user: Account) -> str:
    with runtime.database.write() as session:
        job = jobs.submit(
            session,
            operation=WEBHOOK,
            params=WebhookParams(job_id="job_0", url="https://example.com/"),
            user_id=user.id,
            metered=False,
        )
        return job.id


def ending(socket: Any) -> WebSocketDisconnect:
    """How the socket is closed, without another word."""
    with pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    return closed.value


def end_by_logout(client: TestClient, user: Account, admin: Account) -> None:
    client.post(f"{AUTH}/logout", json={"refresh_token": user.refresh_token})


def end_by_password(client: TestClient, user: Account, admin: Account) -> None:
    body = {"current_password": user.password, "new_password": "another horse battery"}
    assert client.post(f"{AUTH}/password", json=body, headers=user.headers).status_code == 200


def end_by_deactivation(client: TestClient, user: Account, admin: Account) -> None:
    path = f"{API}/admin/users/{user.id}"
    assert client.patch(path, json={"active": False}, headers=admin.headers).status_code == 200


@pytest.mark.parametrize("end", [end_by_logout, end_by_password, end_by_deactivation])
@pytest.mark.parametrize("by_ticket", [True, False])
def test_the_end_of_a_login_closes_its_socket(
    client: TestClient, user: Account, admin: Account, end: Any, by_ticket: bool
) -> None:
    if by_ticket:
        socket = client.websocket_connect(f"{WS}?ticket={ticket(client, user.headers)}")
    else:
        socket = opened(client, user.access_token)
    with socket:
        end(client, user, admin)
        assert ending(socket).code == 4401


def test_a_revoked_key_closes_its_socket_and_no_other(client: TestClient, user: Account) -> None:
    key = make_key(client, user, "jobs:read")
    with opened(client, key["key"]) as of_key, opened(client, user.access_token) as of_login:
        client.delete(f"{AUTH}/keys/{key['id']}", headers=user.headers)
        assert ending(of_key).code == 4401
        time.sleep(0.2)  # several looks later
        of_login.send_text("still here")
        with client.app.state.runtime.database.write() as session:  # type: ignore[attr-defined]
            event_log.append(session, user_id=user.id, type="progress")
        assert of_login.receive_json()["type"] == "progress"


def test_a_ticket_of_a_revoked_key_opens_nothing(client: TestClient, user: Account) -> None:
    key = make_key(client, user, "jobs:read")
    made = ticket(client, {"X-API-Key": key["key"]})
    client.delete(f"{AUTH}/keys/{key['id']}", headers=user.headers)
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect(f"{WS}?ticket={made}"),
    ):
        raise AssertionError("it opened")
    assert closed.value.code == 4401


@pytest.mark.parametrize("query", ["", "?since=0"])
def test_a_key_without_the_scope_hears_nothing(
    client: TestClient, user: Account, query: str
) -> None:
    key = make_key(client, user, "account", "transcriptions:read")["key"]
    with opened(client, key, query) as socket:
        said = socket.receive_json()
        assert (said["type"], said["code"], said["scope"]) == (
            "error",
            "scope_missing",
            "jobs:read",
        )
        assert ending(socket).code == 4403


def test_an_account_has_so_many_streams_and_no_more(
    client: TestClient, user: Account, admin: Account
) -> None:
    with ExitStack() as stack:
        streams = [
            stack.enter_context(opened(client, user.access_token)) for _ in range(STREAMS_MAX)
        ]
        with opened(client, user.access_token) as refused:
            said = refused.receive_json()
            assert (said["code"], said["limit"]) == ("too_many_streams", STREAMS_MAX)
            assert ending(refused).code == 4429
        job_id = submitted_webhook(client.app.state.runtime, user)  # type: ignore[attr-defined]
        answer = client.get(f"{API}/jobs/{job_id}/events", headers=user.headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
        with opened(client, admin.access_token) as of_another:
            of_another.send_text("not counted with those")
        streams[0].close()
        with opened(client, user.access_token) as after:
            after.send_text("one was closed")


def test_a_live_socket_counts_before_its_first_message(client: TestClient, user: Account) -> None:
    with ExitStack() as stack:
        for _ in range(STREAMS_MAX):
            stack.enter_context(opened(client, user.access_token))
        for path in (f"{API}/live", "/v1/realtime"):
            with client.websocket_connect(
                path, subprotocols=["bearer", user.access_token]
            ) as refused:
                assert "too_many_streams" in refused.receive_text()
                ending(refused)


def test_a_binary_message_closes_with_a_code(client: TestClient, user: Account) -> None:
    with opened(client, user.access_token) as socket:
        socket.send_bytes(b"\0" * 10)
        assert ending(socket).code == 1003


def test_an_event_stream_ends_with_its_login(
    client: TestClient, runtime: Runtime, user: Account
) -> None:
    job_id = submitted_webhook(runtime, user)
    logout = {"refresh_token": user.refresh_token}
    timer = threading.Timer(0.2, lambda: client.post(f"{AUTH}/logout", json=logout))
    timer.start()
    began = time.monotonic()
    answer = client.get(f"{API}/jobs/{job_id}/events", headers=user.headers)
    timer.join()
    assert answer.status_code == 200
    assert time.monotonic() - began < 30


def test_a_login_ends_its_sockets_within_five_seconds() -> None:
    assert CHECK_EVERY_S < 4


@pytest.mark.parametrize("end", [end_by_logout, end_by_password, end_by_deactivation])
def test_nothing_that_happens_after_the_end_is_told(
    runtime: Runtime, user: Account, admin: Account, end: Any
) -> None:
    """Also while nobody has looked whether the login still stands."""
    app = app_for(runtime)
    app.state.watch._every_s = 1_000
    with TestClient(app) as client, opened(client, user.access_token, "?since=0") as socket:
        assert socket.receive_json()["seq"] == 1
        end(client, user, admin)
        with runtime.database.write() as session:
            event_log.append(session, user_id=user.id, type="credit_update")
        assert ending(socket).code == 4401
