"""Signals between processes that something changed for a user. A signal may be lost.

Redis pub/sub where Redis is configured (``redis_signals.py``), SQLite's data_version otherwise,
and polling on other databases. ``None`` instead of a user's id: every user may have changed.
"""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

SQLITE_POLL_S = 0.05  # reading data_version takes microseconds
DATABASE_POLL_S = 0.25  # each time every listener's events are read


class ChangeSignals(Protocol):
    def publish(self, user_id: str) -> None: ...

    def listen(self) -> AsyncIterator[str | None]: ...


class PollingSignals:
    """For a database that does not signal changes: all users, a few times a second."""

    def publish(self, user_id: str) -> None:
        """Nothing to send: listeners poll."""

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
        seen_version = None
        try:
            while not stop.wait(SQLITE_POLL_S):
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != seen_version:
                    seen_version = version
                    on_change()
        finally:
            connection.close()
