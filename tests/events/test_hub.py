"""Event streams over WebSocket and SSE, replayed from a sequence number."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from mp4totext.events import log as event_log
from mp4totext.events.hub import Hub, Subscription
from mp4totext.jobs import endpoints
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import Job
from mp4totext.kit.realtime import PollingSignals, SqliteSignals
from mp4totext.kit.redis_signals import CHANNEL
from mp4totext.runtime import Runtime
from mp4totext.settings import BrokerSettings
from tests.conftest import Account, app_for
from tests.support.account_steps import problem
from tests.support.owned_objects import Owner, RunningApp, run_app_in
from tests.support.waiting import until

WS = "/api/v1/ws"
WAITING_MAX = 50  # what takes 500 events in use takes 50 here


def short_queues(runtime: Runtime) -> Hub:
    return Hub(runtime, waiting_max=WAITING_MAX)


@pytest.fixture(scope="module")
def running(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("events")
    with run_app_in(folder, empty_database, make_hub=short_queues) as running:
        yield running


@pytest.fixture(scope="module")
def impatient(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """A service that says of every silent stream that it is still open, 20 times a second."""
    folder = tmp_path_factory.mktemp("impatient")
    with run_app_in(folder, empty_database, keepalive_s=0.05) as running:
        yield running


@pytest.fixture
def owner(running: RunningApp) -> Owner:
    return running.owner()


def append_events(
    runtime: Runtime, account: Account, how_many: int = 1, job_id: str | None = None
) -> None:
    with runtime.database.write() as session:
        for number in range(how_many):
            event_log.append(
                session, user_id=account.id, type="progress", job_id=job_id, number=number
            )


def ticket(running: RunningApp, account: Account) -> str:
    made = running.client.post("/api/v1/ws/ticket", headers=account.headers)
    return str(made.json()["ticket"])


def refused(running: RunningApp, url: str, protocols: list[str] | None = None) -> int:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        running.client.websocket_connect(url, subprotocols=protocols),
    ):
        raise AssertionError("it opened")
    return int(closed.value.code)


def seqs(socket: Any, how_many: int) -> list[int]:
    return [socket.receive_json()["seq"] for _ in range(how_many)]


def test_a_ticket_opens_one_socket_with_the_users_own_events(
    running: RunningApp, owner: Owner
) -> None:
    other = running.new_account("other")
    opening_ticket = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={opening_ticket}&since=0") as socket:
        gift = socket.receive_json()
        assert (gift["seq"], gift["type"], gift["reason"]) == (1, "credit_update", "grant")
        assert refused(running, f"{WS}?ticket={opening_ticket}") == 4401
        append_events(running.runtime, other)
        append_events(running.runtime, owner.account, 2)
        assert seqs(socket, 2) == [2, 3]


def test_a_socket_without_a_credential_is_refused(running: RunningApp, owner: Owner) -> None:
    assert refused(running, WS) == 4401
    assert refused(running, f"{WS}?ticket=mp4t_made_up") == 4401
    assert refused(running, WS, ["bearer", "made-up"]) == 4401
    assert refused(running, WS, ["chat"]) == 4401


def test_a_bearer_subprotocol_opens_a_socket_too(running: RunningApp, owner: Owner) -> None:
    protocols = ["bearer", owner.account.access_token]
    with running.client.websocket_connect(f"{WS}?since=0", subprotocols=protocols) as socket:
        assert socket.accepted_subprotocol == "bearer"
        assert seqs(socket, 1) == [1]
        socket.send_text("a line that keeps the connection open")
        append_events(running.runtime, owner.account)
        assert seqs(socket, 1) == [2]


def test_failures_on_a_socket_are_in_the_language_of_its_request(
    running: RunningApp, owner: Owner
) -> None:
    failure = Failure.of("time_limit", minutes=9)
    with running.runtime.database.write() as session:
        event_log.append(
            session,
            user_id=owner.account.id,
            type="error",
            code=failure.code,
            message=failure.message,
            sentence=failure.stored(),
        )
    url = f"{WS}?ticket={ticket(running, owner.account)}&since=1"
    with running.client.websocket_connect(url, headers={"Accept-Language": "tr"}) as socket:
        assert socket.receive_json()["message"] == "İş, 9 dakikalık sınırından uzun sürdü."


def test_a_socket_without_since_gets_only_new_events(running: RunningApp, owner: Owner) -> None:
    append_events(running.runtime, owner.account, 3)
    opening_ticket = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={opening_ticket}") as socket:
        # The subscription begins a moment after the handshake; only later events may arrive.
        hub: Hub = running.client.app.state.hub  # type: ignore[attr-defined]
        until(lambda: hub.listeners)
        append_events(running.runtime, owner.account)
        assert socket.receive_json()["seq"] == 5


def test_a_long_replay_is_complete_and_in_order(running: RunningApp, owner: Owner) -> None:
    """More than a page or a subscriber's queue holds: the replay waits for the subscriber."""
    many = event_log.PAGE + 2 * WAITING_MAX
    append_events(running.runtime, owner.account, many)
    opening_ticket = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={opening_ticket}&since=0") as socket:
        events = [socket.receive_json() for _ in range(many + 1)]
    assert [event.get("seq", event["type"]) for event in events] == list(range(1, many + 2))


def test_events_survive_a_restart_of_the_service(running: RunningApp, owner: Owner) -> None:
    append_events(running.runtime, owner.account, 2)
    runtime = Runtime(running.runtime.settings)
    protocols = ["bearer", owner.account.access_token]
    with (
        TestClient(app_for(runtime)) as client,
        client.websocket_connect(f"{WS}?since=1", subprotocols=protocols) as socket,
    ):
        assert seqs(socket, 2) == [2, 3]


def parsed(text: str) -> list[tuple[int, str, Any]]:
    events = []
    for block in text.strip().split("\n\n"):
        if block.startswith(":"):
            continue
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        events.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return events


def sse(running: RunningApp, account: Account, job_id: str, **headers: str) -> Any:
    url = f"/api/v1/jobs/{job_id}/events"
    return running.client.get(url, headers={**account.headers, **headers})


def test_a_late_stream_replays_the_whole_job(running: RunningApp, owner: Owner) -> None:
    append_events(running.runtime, owner.account, 2 * WAITING_MAX)  # long before it
    job = owner.ended_job()
    answer = sse(running, owner.account, job)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = parsed(answer.text)
    assert [name for _, name, _ in events] == ["credit_update", "credit_update", "job_complete"]
    assert {data["job_id"] for _, _, data in events} == {job}
    rest = sse(running, owner.account, job, **{"Last-Event-ID": str(events[0][0])})
    assert parsed(rest.text) == events[1:]
    # Every event was sent: 204 tells a browser not to reconnect.
    last = str(events[-1][0])
    assert sse(running, owner.account, job, **{"Last-Event-ID": last}).status_code == 204


def test_a_stream_follows_a_running_job_to_its_end(impatient: RunningApp) -> None:
    running, owner = impatient, impatient.owner()
    job = owner["job_id"]
    url = f"/api/v1/jobs/{job}/events"
    headers = owner.account.headers

    hub: Hub = running.client.app.state.hub  # type: ignore[attr-defined]

    def cancel_soon() -> None:
        until(lambda: hub.listeners)
        threading.Event().wait(0.3)  # six times as long as the stream may be silent
        append_events(running.runtime, owner.account)  # of no job: it must not be in the stream
        running.client.post(f"/api/v1/jobs/{job}/cancel", headers=headers)

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    answer = running.client.get(url, headers=headers)
    thread.join()
    assert ": keepalive" in answer.text
    assert [name for _, name, _ in parsed(answer.text)][-1] == "error"
    assert parsed(answer.text)[-1][2]["code"] == "cancelled"


def test_a_stream_that_missed_the_last_event_ends(impatient: RunningApp) -> None:
    """A client that was too slow for the last event must not wait for it for ever."""
    running, owner = impatient, impatient.owner()
    with running.runtime.database.read() as session:
        job = session.get_one(Job, owner.ended_job())
        last = event_log.seqs_of_job(session, job.id)[1]
    hub = Hub(running.runtime)

    async def follow() -> list[str]:
        pieces = endpoints._job_stream(hub, running.runtime, job, last)
        first = asyncio.ensure_future(anext(pieces))
        await asyncio.to_thread(until, lambda: hub.listeners)
        (subscription,) = hub._by_user[job.user_id]
        subscription.waiting.put_nowait(None)
        return [await first, *[piece async for piece in pieces]]

    assert asyncio.run(follow()) == ["event: resync\ndata: {}\n\n", ": keepalive\n\n"]


def test_a_quiet_socket_gets_pings_and_a_slow_one_a_resync(impatient: RunningApp) -> None:
    running, owner = impatient, impatient.owner()
    hub: Hub = running.client.app.state.hub  # type: ignore[attr-defined]
    opening_ticket = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={opening_ticket}") as socket:
        assert socket.receive_json() == {"type": "ping"}
        (subscription,) = hub._by_user[owner.account.id]
        assert running.client.portal is not None
        running.client.portal.call(subscription.waiting.put_nowait, None)
        until(lambda: socket.receive_json() == {"type": "resync"})


def test_one_of_two_subscriptions_can_end(running: RunningApp, owner: Owner) -> None:
    hub = Hub(running.runtime)

    async def come_and_go() -> list[int]:
        counts = []
        async with hub.subscribed(owner.account.id, 0):
            async with hub.subscribed(owner.account.id, 0):
                counts.append(hub.listeners)
            counts.append(hub.listeners)
        return [*counts, hub.listeners]

    assert asyncio.run(come_and_go()) == [2, 1, 0]


def test_a_signal_for_another_user_is_ignored(
    running: RunningApp, owner: Owner, redis_port: int
) -> None:
    broker = BrokerSettings(redis_host="127.0.0.1", redis_port=redis_port)
    runtime = Runtime(running.runtime.settings.model_copy(update={"broker": broker}))
    hub = Hub(runtime)

    async def listen() -> int:
        async with hub.running(), hub.subscribed(owner.account.id, 1) as subscription:
            with redis.Redis(port=redis_port) as server:
                await asyncio.to_thread(until, lambda: server.pubsub_numsub(CHANNEL)[0][1])
            await asyncio.to_thread(runtime.publish, "usr_somebody_else")
            await asyncio.to_thread(append_events, runtime, owner.account)
            async with asyncio.timeout(60):
                event = await subscription.waiting.get()
            assert event is not None
            return event.seq

    assert asyncio.run(listen()) == 2
    runtime.close()


@pytest.mark.parametrize("turns", range(6))
def test_the_hub_stops_although_a_signal_comes_just_then(running: RunningApp, turns: int) -> None:
    """Otherwise the service would never stop."""
    hub = Hub(running.runtime)

    async def come_and_go() -> None:
        async with hub.running():
            for _ in range(3):  # both tasks of the hub have begun
                await asyncio.sleep(0)
            hub._wake("usr_somebody_else")
            for _ in range(turns):
                await asyncio.sleep(0)

    async def ends() -> bool:
        hub_task = asyncio.create_task(come_and_go())
        done, _ = await asyncio.wait([hub_task], timeout=60)
        return hub_task in done

    assert asyncio.run(ends())


def test_events_arrive_without_signals(running: RunningApp, owner: Owner) -> None:
    nobody = BrokerSettings(redis_host="127.0.0.1", redis_port=1)
    runtime = Runtime(running.runtime.settings.model_copy(update={"broker": nobody}))
    hub = Hub(runtime, poll_s=0.05)

    async def listen() -> int:
        async with hub.running(), hub.subscribed(owner.account.id, 1) as subscription:
            await asyncio.to_thread(append_events, runtime, owner.account)
            async with asyncio.timeout(60):
                event = await subscription.waiting.get()
            assert event is not None
            return event.seq

    assert asyncio.run(listen()) == 2
    runtime.close()


def test_a_stream_of_an_unknown_job_is_404(running: RunningApp, owner: Owner) -> None:
    problem(sse(running, owner.account, f"job_{'0' * 26}"), 404, "job_not_found")


def test_a_subscription_that_is_too_slow_gets_a_resync(running: RunningApp, owner: Owner) -> None:
    append_events(running.runtime, owner.account, WAITING_MAX + 10)
    with running.runtime.database.read() as session:
        events = event_log.since(session, user_id=owner.account.id, seq=0, limit=10_000)

    async def slow() -> list[int | None]:
        subscription = Subscription(owner.account.id, 0, waiting_max=WAITING_MAX, replaying=False)
        subscription.push(events[:-5])
        subscription.push(events)  # repeats are left out
        waiting = []
        while not subscription.waiting.empty():
            event = subscription.waiting.get_nowait()
            waiting.append(None if event is None else event.seq)
        return waiting

    waiting = asyncio.run(slow())
    assert waiting[0] is None
    assert waiting[1:] == sorted(waiting[1:])  # type: ignore[type-var]
    assert waiting[-1] == events[-1].seq


def first_signal(signals: Any) -> object:
    async def listen() -> object:
        async with asyncio.timeout(60):
            async for user_id in signals.listen():
                return user_id
        return "nothing"

    return asyncio.run(listen())


def test_every_kind_of_signal_arrives(running: RunningApp) -> None:
    assert first_signal(PollingSignals()) is None
    database = running.runtime.settings.data_dir / "mp4totext.db"
    assert first_signal(SqliteSignals(database)) is None
