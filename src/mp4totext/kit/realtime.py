"""Wake-ups that cross processes: "something changed for these users". They may be lost.

Redis pub/sub where there is Redis, SQLite's data_version otherwise, and a plain poll on other
databases. ``None`` instead of users means: look at everyone.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from mp4totext.kit.breaker import Breaker
from mp4totext.kit.log import get_logger

CHANNEL = "mp4totext:events"
POLL_S = 0.05
PLAIN_POLL_S = 0.25
LISTEN_S = 10.0
REDIS_TIMEOUT_S = 0.5  # a hint is not worth a longer wait

log = get_logger()


class Wakes(Protocol):
    def publish(self, user_id: str) -> None: ...

    def listen(self) -> AsyncIterator[str | None]: ...


class PolledWakes:
    """For a database that cannot tell: looks a few times a second."""

    def publish(self, user_id: str) -> None:
        """Listeners find out by themselves."""

    async def listen(self) -> AsyncIterator[str | None]:
        while True:
            await asyncio.sleep(PLAIN_POLL_S)
            yield None


class SqliteWakes:
    """``PRAGMA data_version`` changes on a kept connection whenever another one commits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, user_id: str) -> None:
        """The commit itself is the wake-up."""

    async def listen(self) -> AsyncIterator[str | None]:
        changed = asyncio.Event()
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def poll() -> None:
            with suppress(RuntimeError):  # the loop closed while we slept
                self._poll(stop, lambda: loop.call_soon_threadsafe(changed.set))

        thread = threading.Thread(target=poll, name="sqlite-wakes", daemon=True)
        thread.start()
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield None
        finally:
            stop.set()

    def _poll(self, stop: threading.Event, tell: "_Tell") -> None:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        last = None
        try:
            while not stop.wait(POLL_S):
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != last:
                    last = version
                    tell()
        finally:
            connection.close()


class _Tell(Protocol):
    def __call__(self) -> object: ...


class RedisWakes:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._breaker = Breaker()

    def publish(self, user_id: str) -> None:
        if self._breaker.is_open():
            return
        try:
            self._client.publish(CHANNEL, user_id)
        except redis.RedisError as error:  # a hint only: clients replay from the rows
            self._breaker.failed()
            log.warning("realtime.unreachable", reason=type(error).__name__)

    async def listen(self) -> AsyncIterator[str | None]:
        while True:
            try:
                async with self._connected() as client, client.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    yield None
                    while True:
                        message = await pubsub.get_message(
                            ignore_subscribe_messages=True, timeout=LISTEN_S
                        )
                        if message is not None:
                            yield message["data"].decode()
            except (redis.RedisError, OSError) as error:
                log.warning("realtime.reconnecting", reason=type(error).__name__)
                await asyncio.sleep(1)
                yield None  # whatever was said meanwhile is in the rows

    def _connected(self) -> "redis.asyncio.Redis[bytes]":
        return redis.asyncio.Redis.from_url(
            self._url, socket_connect_timeout=3, socket_keepalive=True, health_check_interval=30
        )
