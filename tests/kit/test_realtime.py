"""Change signals through a real Redis, also after a lost connection."""

import asyncio
from collections.abc import AsyncIterator

from mp4totext.kit.redis_signals import RedisSignals
from tests.support.servers import RedisServer


async def next_of(received: AsyncIterator[str | None]) -> str | None:
    async with asyncio.timeout(60):
        return await anext(received)


def test_a_signal_arrives_and_a_lost_connection_is_made_again(
    started_redis_server: RedisServer,
) -> None:
    url = f"redis://127.0.0.1:{started_redis_server.port}/0"
    signals = RedisSignals(url, listen_s=0.05)  # shorter than the pause below

    async def listen() -> list[str | None]:
        received = signals.listen()
        users = [await next_of(received)]  # connected: signals before that are lost
        waiting = asyncio.ensure_future(next_of(received))
        await asyncio.wait([waiting], timeout=0.2)
        await asyncio.to_thread(signals.publish, "usr_1")
        users.append(await waiting)
        with started_redis_server.client() as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        users.append(await next_of(received))  # lost: every user may have changed
        users.append(await next_of(received))  # connected again
        await asyncio.to_thread(signals.publish, "usr_2")
        users.append(await next_of(received))
        return users

    assert asyncio.run(listen()) == [None, "usr_1", None, None, "usr_2"]


def test_an_absent_redis_costs_a_publisher_nothing() -> None:
    signals = RedisSignals("redis://127.0.0.1:1/0")
    signals.publish("usr_1")
    assert signals._breaker.is_open()
    signals.publish("usr_1")
