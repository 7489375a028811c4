"""Signals between processes that something changed for a user. A signal may be lost.

Redis pub/sub where Redis is configured, SQLite's data_version otherwise, and polling on other
databases. ``None`` instead of a user's id means that every user may have changed.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
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
SQLITE_POLL_S = 0.05  # reading data_version takes microseconds
DATABASE_POLL_S = 0.25  # each time every listener's events are read
LISTEN_S = 10.0  # then redis-py checks its connection
REDIS_TIMEOUT_S = 0.5  # a signal may be lost, so a request does not wait longer for it

log = get_logger()


class ChangeSignals(Protocol):
    def publish(self, user_id: str) -> None: ...

    def listen(self) -> AsyncIterator[str | None]: ...


class PollingSignals:
    """For a database that does not signal changes: all users, a few times a second."""

    def publish(self, user_id: str) -> None:
        """Nothing to send: listeners look by themselves."""

    async def listen(self) -> AsyncIterator[str | None]:
        while True:
            await asyncio.sleep(DATABASE_POLL_S)
            yield None


class SqliteSignals:
    """``PRAGMA data_version`` changes on an open connection whenever another one commits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, user_id: str) -> None:
        """The commit itself is the signal."""

    async def listen(self) -> AsyncIterator[str | None]:
        changed = asyncio.Event()
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def poll() -> None:
            with suppress(RuntimeError):  # the loop closed while we slept
                self._poll(stop, lambda: loop.call_soon_threadsafe(changed.set))

        thread = threading.Thread(target=poll, name="sqlite-signals", daemon=True)
        thread.start()
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield None
        finally:
            stop.set()

    def _poll(self, stop: threading.Event, on_change: Callable[[], object]) -> None:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        last = None
        try:
            while not stop.wait(SQLITE_POLL_S):
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != last:
                    last = version
                    on_change()
        finally:
            connection.close()


class RedisSignals:
    def __init__(self, url: str, *, listen_s: float = LISTEN_S) -> None:
        """``listen_s``: how long to wait for a message before the connection is checked."""
        self._url = url
        self._listen_s = listen_s
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
        except redis.RedisError as error:  # clients read the events from the database anyway
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
                            ignore_subscribe_messages=True, timeout=self._listen_s
                        )
                        if message is not None:
                            yield message["data"].decode()
            except (redis.RedisError, OSError) as error:
                log.warning("realtime.reconnecting", reason=type(error).__name__)
                await asyncio.sleep(1)
                yield None  # signals may have been missed meanwhile

    def _connected(self) -> "redis.asyncio.Redis[bytes]":
        return redis.asyncio.Redis.from_url(
            self._url, socket_connect_timeout=3, socket_keepalive=True, health_check_interval=30
        )
