"""Events to whoever listens: WebSocket and server-sent events, replayed from a number."""

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

from mp4totext.events import hub as hub_module
from mp4totext.events import log as event_log
from mp4totext.events.hub import Hub, Subscription
from mp4totext.jobs import endpoints
from mp4totext.jobs.models import Job
from mp4totext.kit.realtime import CHANNEL, PolledWakes, SqliteWakes
from mp4totext.runtime import Runtime
from mp4totext.settings import BrokerSettings
from tests.conftest import Account, app_for
from tests.support.account_steps import problem
from tests.support.in_process_service import until
from tests.support.owned_objects import Owner, RunningApp, run_app_in

WS = "/api/v1/ws"


@pytest.fixture(scope="module")
def running(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app_in(tmp_path_factory.mktemp("live"), empty_database) as running:
        yield running


@pytest.fixture
def owner(running: RunningApp) -> Owner:
    return running.owner()


@pytest.fixture(autouse=True)
def _short_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes 500 events in use takes 50 here."""
    monkeypatch.setattr(hub_module, "MAX_WAITING", 50)


def tell(runtime: Runtime, account: Account, how_many: int = 1, job_id: str | None = None) -> None:
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


def test_a_ticket_opens_one_socket_with_ones_own_events(running: RunningApp, owner: Owner) -> None:
    other = running.new_account("other")
    one = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={one}&since=0") as socket:
        gift = socket.receive_json()
        assert (gift["seq"], gift["type"], gift["reason"]) == (1, "credit_update", "grant")
        assert refused(running, f"{WS}?ticket={one}") == 4401
        tell(running.runtime, other)
        tell(running.runtime, owner.account, 2)
        assert seqs(socket, 2) == [2, 3]


def test_without_a_credential_it_stays_shut(running: RunningApp, owner: Owner) -> None:
    assert refused(running, WS) == 4401
    assert refused(running, f"{WS}?ticket=mp4t_made_up") == 4401
    assert refused(running, WS, ["bearer", "made-up"]) == 4401
    assert refused(running, WS, ["chat"]) == 4401


def test_a_bearer_subprotocol_is_as_good_as_a_ticket(running: RunningApp, owner: Owner) -> None:
    protocols = ["bearer", owner.account.access_token]
    with running.client.websocket_connect(f"{WS}?since=0", subprotocols=protocols) as socket:
        assert socket.accepted_subprotocol == "bearer"
        assert seqs(socket, 1) == [1]
        socket.send_text("a line that keeps the connection open")
        tell(running.runtime, owner.account)
        assert seqs(socket, 1) == [2]


def test_a_socket_without_since_hears_what_comes_from_now_on(
    running: RunningApp, owner: Owner
) -> None:
    tell(running.runtime, owner.account, 3)
    one = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={one}") as socket:
        # The subscription begins some moments after the handshake: an event is told until one is
        # heard, and none from before may be.
        hub: Hub = running.client.app.state.hub  # type: ignore[attr-defined]
        until(lambda: hub.listeners)
        tell(running.runtime, owner.account)
        assert socket.receive_json()["seq"] == 5


def test_a_long_replay_comes_whole_and_in_order(running: RunningApp, owner: Owner) -> None:
    """More than a page, or a listener's queue, holds: it waits for the listener."""
    many = event_log.PAGE + 2 * hub_module.MAX_WAITING
    tell(running.runtime, owner.account, many)
    one = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={one}&since=0") as socket:
        found = [socket.receive_json() for _ in range(many + 1)]
    assert [event.get("seq", event["type"]) for event in found] == list(range(1, many + 2))


def test_events_survive_a_restart_of_the_service(running: RunningApp, owner: Owner) -> None:
    tell(running.runtime, owner.account, 2)
    runtime = Runtime(running.runtime.settings)
    protocols = ["bearer", owner.account.access_token]
    with (
        TestClient(app_for(runtime)) as client,
        client.websocket_connect(f"{WS}?since=1", subprotocols=protocols) as socket,
    ):
        assert seqs(socket, 2) == [2, 3]


def parsed(text: str) -> list[tuple[int, str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        if block.startswith(":"):
            continue
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def sse(running: RunningApp, account: Account, job_id: str, **headers: str) -> Any:
    url = f"/api/v1/jobs/{job_id}/events"
    return running.client.get(url, headers={**account.headers, **headers})


def test_a_late_listener_gets_the_whole_job_and_the_end(running: RunningApp, owner: Owner) -> None:
    tell(running.runtime, owner.account, 2 * hub_module.MAX_WAITING)  # a long log before the job
    job = owner.ended_job()
    answer = sse(running, owner.account, job)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = parsed(answer.text)
    assert [name for _, name, _ in found] == ["credit_update", "credit_update", "job_complete"]
    assert {data["job_id"] for _, _, data in found} == {job}
    rest = sse(running, owner.account, job, **{"Last-Event-ID": str(found[0][0])})
    assert parsed(rest.text) == found[1:]
    # All was sent: 204 tells a browser not to connect again.
    last = str(found[-1][0])
    assert sse(running, owner.account, job, **{"Last-Event-ID": last}).status_code == 204


def test_a_running_job_is_followed_to_its_end(
    running: RunningApp, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "KEEPALIVE_S", 0.05)
    job = owner["job_id"]
    url = f"/api/v1/jobs/{job}/events"
    headers = owner.account.headers

    def cancel_soon() -> None:
        tell(running.runtime, owner.account)  # of no job: not part of this story
        running.client.post(f"/api/v1/jobs/{job}/cancel", headers=headers)

    timer = threading.Timer(0.3, cancel_soon)
    timer.start()
    answer = running.client.get(url, headers=headers)
    timer.join()
    assert ": still here" in answer.text
    assert [name for _, name, _ in parsed(answer.text)][-1] == "error"
    assert parsed(answer.text)[-1][2]["code"] == "cancelled"


def test_a_stream_that_lost_its_end_says_so_and_ends(
    running: RunningApp, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener that was too slow for the last event must not wait for it for ever."""
    monkeypatch.setattr(endpoints, "KEEPALIVE_S", 0.05)
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

    assert asyncio.run(follow()) == ["event: resync\ndata: {}\n\n", ": still here\n\n"]


def test_a_quiet_socket_is_kept_open_and_a_slow_one_told(
    running: RunningApp, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "KEEPALIVE_S", 0.05)
    hub: Hub = running.client.app.state.hub  # type: ignore[attr-defined]
    one = ticket(running, owner.account)
    with running.client.websocket_connect(f"{WS}?ticket={one}") as socket:
        assert socket.receive_json() == {"type": "ping"}
        (subscription,) = hub._by_user[owner.account.id]
        assert running.client.portal is not None
        running.client.portal.call(subscription.waiting.put_nowait, None)
        until(lambda: socket.receive_json() == {"type": "resync"})


def test_of_two_listeners_one_may_leave(running: RunningApp, owner: Owner) -> None:
    hub = Hub(running.runtime)

    async def come_and_go() -> list[int]:
        counts = []
        async with hub.subscribed(owner.account.id, 0):
            async with hub.subscribed(owner.account.id, 0):
                counts.append(hub.listeners)
            counts.append(hub.listeners)
        return [*counts, hub.listeners]

    assert asyncio.run(come_and_go()) == [2, 1, 0]


def test_a_wake_up_for_somebody_else_wakes_nobody(
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
            await asyncio.to_thread(tell, runtime, owner.account)
            async with asyncio.timeout(10):
                event = await subscription.waiting.get()
            assert event is not None
            return event.seq

    assert asyncio.run(listen()) == 2
    runtime.close()


@pytest.mark.parametrize("turns", range(6))
def test_the_hub_ends_also_when_it_is_woken_just_then(running: RunningApp, turns: int) -> None:
    """Else the service would never stop."""
    hub = Hub(running.runtime)

    async def come_and_go() -> None:
        async with hub.running():
            await asyncio.sleep(0.01)
            hub._wake("usr_somebody_else")
            for _ in range(turns):
                await asyncio.sleep(0)

    async def ends() -> bool:
        running = asyncio.create_task(come_and_go())
        done, _ = await asyncio.wait([running], timeout=10)
        return running in done

    assert asyncio.run(ends())


def test_events_come_though_no_wake_up_does(
    running: RunningApp, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LOOK_ANYWAY_S", 0.05)
    nobody = BrokerSettings(redis_host="127.0.0.1", redis_port=1)
    runtime = Runtime(running.runtime.settings.model_copy(update={"broker": nobody}))
    hub = Hub(runtime)

    async def listen() -> int:
        async with hub.running(), hub.subscribed(owner.account.id, 1) as subscription:
            await asyncio.to_thread(tell, runtime, owner.account)
            async with asyncio.timeout(10):
                event = await subscription.waiting.get()
            assert event is not None
            return event.seq

    assert asyncio.run(listen()) == 2
    runtime.close()


def test_a_stream_of_a_made_up_job_is_404(running: RunningApp, owner: Owner) -> None:
    problem(sse(running, owner.account, f"job_{'0' * 26}"), 404, "job_not_found")


def test_a_listener_that_is_too_slow_is_told_to_read_again(
    running: RunningApp, owner: Owner
) -> None:
    tell(running.runtime, owner.account, hub_module.MAX_WAITING + 10)
    with running.runtime.database.read() as session:
        found = event_log.since(session, user_id=owner.account.id, seq=0, limit=10_000)

    async def slow() -> list[int | None]:
        subscription = Subscription(owner.account.id, 0, replaying=False)
        subscription.push(found[:-5])
        subscription.push(found)  # repeats are left out
        waiting = []
        while not subscription.waiting.empty():
            event = subscription.waiting.get_nowait()
            waiting.append(None if event is None else event.seq)
        return waiting

    waiting = asyncio.run(slow())
    assert waiting[0] is None
    assert waiting[1:] == sorted(waiting[1:])  # type: ignore[type-var]
    assert waiting[-1] == found[-1].seq


def first_wake(wakes: Any) -> object:
    async def listen() -> object:
        async with asyncio.timeout(10):
            async for woken in wakes.listen():
                return woken
        return "nothing"

    return asyncio.run(listen())


def test_every_kind_of_wake_up_comes(running: RunningApp) -> None:
    assert first_wake(PolledWakes()) is None
    database = running.runtime.settings.data_dir / "mp4totext.db"
    assert first_wake(SqliteWakes(database)) is None
