"""Wake-ups by a real Redis, which may go away: hints only, but they come again by themselves."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mp4totext.kit import realtime
from mp4totext.kit.realtime import RedisWakes
from tests.support.servers import RedisServer


async def next_of(heard: AsyncIterator[str | None]) -> str | None:
    async with asyncio.timeout(10):
        return await anext(heard)


def test_a_name_crosses_and_a_lost_connection_is_made_again(
    started_redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "LISTEN_S", 0.05)  # nothing comes for a while
    wakes = RedisWakes(f"redis://127.0.0.1:{started_redis_server.port}/0")

    async def listen() -> list[str | None]:
        heard = wakes.listen()
        found = [await next_of(heard)]  # connected: whatever was said before is in the rows
        waiting = asyncio.ensure_future(next_of(heard))
        await asyncio.wait([waiting], timeout=0.2)
        await asyncio.to_thread(wakes.publish, "usr_1")
        found.append(await waiting)
        with started_redis_server.client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        found.append(await next_of(heard))  # lost: look at everyone
        found.append(await next_of(heard))  # connected again
        await asyncio.to_thread(wakes.publish, "usr_2")
        found.append(await next_of(heard))
        return found

    assert asyncio.run(listen()) == [None, "usr_1", None, None, "usr_2"]


def test_an_absent_redis_costs_a_publisher_nothing() -> None:
    wakes = RedisWakes("redis://127.0.0.1:1/0")
    wakes.publish("usr_1")
    assert wakes._breaker.is_open()
    wakes.publish("usr_1")
