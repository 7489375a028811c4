"""Keeps connections to vendors open for the next call, and closes them when the process ends."""

import atexit
from typing import Protocol, TypeVar
from weakref import WeakSet


class Connection(Protocol):
    def close(self) -> None:
        """May be called twice."""


C = TypeVar("C", bound=Connection)


def close_at_exit(connection: C) -> C:
    """Return the connection, which is closed when the process ends, if not before."""
    _OPEN.add(connection)
    return connection


def close_all() -> None:
    while _OPEN:
        _OPEN.pop().close()


_OPEN: WeakSet[Connection] = WeakSet()
atexit.register(close_all)  # otherwise Python warns about unclosed sockets
