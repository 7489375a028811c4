"""Keeps connections to vendors open for the next call, and closes them when the process ends."""

import atexit
import ssl
from functools import cache
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


@cache
def trusted_certificates() -> ssl.SSLContext:
    """httpx's, read once for all its clients: each takes 15 ms of the processor to read them."""
    import httpx  # noqa: PLC0415  # only where a vendor is used

    return httpx.create_ssl_context()


_OPEN: WeakSet[Connection] = WeakSet()
atexit.register(close_all)  # otherwise Python warns about unclosed sockets
