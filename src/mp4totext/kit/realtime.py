"""Notifies processes that something changed for a user. A notification may be lost.

By Redis pub/sub if Redis is configured (``redis_signals.py``), else by SQLite's data_version, or by
polling other databases. ``None`` instead of a user's id: any user may have changed.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

SQLITE_POLL_S = 0.05  # seconds; reading data_version takes microseconds
DATABASE_POLL_S = 0.25  # seconds; each time the events of all listeners are read


class ChangeSignals(Protocol):
    def publish(self, user_id: str) -> None: ...

    def listen(self) -> AsyncIterator[str | None]: ...


class PollingSignals:
    """For databases without notifications: all users, a few times a second."""

    def publish(self, user_id: str) -> None:
        """Does nothing, as listeners poll."""

    async def listen(self) -> AsyncIterator[str | None]:
        while True:
            await asyncio.sleep(DATABASE_POLL_S)
            yield None


class SqliteSignals:
    """``PRAGMA data_version`` changes on an open connection when another one commits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(self, user_id: str) -> None:
        """Does nothing, as the commit itself is noticed."""

    async def listen(self) -> AsyncIterator[str | None]:
        changed = asyncio.Event()
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def poll() -> None:
            with suppress(RuntimeError):  # the loop was closed during the sleep
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
        seen_version = None
        try:
            while not stop.wait(SQLITE_POLL_S):
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != seen_version:
                    seen_version = version
                    on_change()
        finally:
            connection.close()
