"""Running jobs and event subscribers while the database does not respond."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import event

from mp4totext.events import log as event_log
from mp4totext.events.hub import Hub
from mp4totext.jobs import heartbeat
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import JobState
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, JobSettings
from tests.conftest import settings_for
from tests.jobs.test_servers_away import AWAY
from tests.support.servers import PostgresServer
from tests.support.tcp_gate import Gate
from tests.support.toy_operation import Spine, ToyParams
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def gated(
    database_url: str, started_postgres_server: PostgresServer, tmp_path: Path
) -> Iterator[tuple[Spine, Gate]]:
    gate = Gate(started_postgres_server.port)
    url = database_url.replace(f":{started_postgres_server.port}/", f":{gate.port}/")
    settings = settings_for(tmp_path).model_copy(
        update={
            "database": DatabaseSettings(database_url=url),
            "jobs": JobSettings(job_lease_s=3, job_drain_s=0),
        }
    )
    runtime = Runtime(settings)
    yield Spine(runtime), gate
    runtime.close()
    gate.refuse()


def test_progress_that_cannot_be_stored_does_not_end_a_job(gated: tuple[Spine, Gate]) -> None:
    spine, gate = gated

    def act(_params: ToyParams, ctx: Context) -> Any:
        gate.refuse()
        ctx.progress("transcribe", 1, 10)
        gate.open()
        return ctx.parts("transcribe", [{"n": 0}], returns=object, total=1_000) and ("toy",)

    def act_part(part: dict[str, Any], ctx: Context) -> int:
        gate.refuse()
        ctx.progress("transcribe", 500, 1_000)
        gate.open()
        return int(part["n"])

    spine.toy.act, spine.toy.act_part = act, act_part
    job = spine.submit(spine.user())
    spine.work()
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_subscribers_get_the_events_of_a_database_outage(gated: tuple[Spine, Gate]) -> None:
    spine, gate = gated
    user = spine.user()
    query_failed = threading.Event()
    event.listen(spine.runtime.database.engine, "handle_error", lambda _context: query_failed.set())

    async def subscribe() -> list[str]:
        hub = Hub(spine.runtime)
        async with hub.running(), hub.subscribed(user, 0) as subscription:
            async with asyncio.timeout(60):
                gift = await subscription.waiting.get()
            gate.refuse()
            hub._wake(user)
            assert await asyncio.to_thread(query_failed.wait, 60)
            gate.open()
            await asyncio.to_thread(append_event)
            async with asyncio.timeout(60):
                late = await subscription.waiting.get()
        return [event.type for event in (gift, late) if event is not None]

    def append_event() -> None:
        with spine.runtime.database.write() as session:
            event_log.append(session, user_id=user, type="progress")

    assert asyncio.run(subscribe()) == ["credit_update", "progress"]


@pytest.mark.slow
def test_a_worker_continues_until_its_lease_expires(
    gated: tuple[Spine, Gate],
) -> None:
    spine, _ = gated
    stopped, beats = threading.Event(), []

    def beat(_extend: bool) -> bool:
        beats.append(stopped.is_set())
        raise AWAY

    context = cast("Context", SimpleNamespace(stop=stopped.set))  # all that it needs
    with heartbeat.heartbeat(spine.worker(beat_s=0.05), context, beat):
        until(lambda: len(beats) >= 3)
        assert not stopped.is_set()
        assert stopped.wait(60)
    assert not any(beats)
