"""The cookie of a browser's session: its name, and when a request that has it is our own page's.

A browser sends a cookie with every request to this service, whichever page asked for it. So one
counts only for names that are this service's (a page may give its own name our address), and
requests that change something count only from our own origin.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from fastapi import Response
from starlette.requests import HTTPConnection

from mp4totext.auth.errors import ForeignPage, NotThisMachine, UnknownHost
from mp4totext.settings import Settings

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
COOKIE_DAYS = 90  # as the longest session


def session_secret(connection: HTTPConnection, settings: Settings) -> str | None:
    """What the cookie has; None without one. Raises UnknownHost or ForeignPage."""
    secret = connection.cookies.get(cookie_name(connection))
    if not secret:
        return None
    refuse_unknown_host(connection, settings)
    # A WebSocket opens with a GET, but the same-origin policy does not keep other pages from it.
    is_socket = connection.scope["type"] == "websocket"
    if is_socket or connection.scope["method"] not in _SAFE_METHODS:
        refuse_foreign_page(connection)
    return secret


def set_cookie(response: Response, connection: HTTPConnection, secret: str) -> None:
    response.set_cookie(
        cookie_name(connection),
        secret,
        max_age=COOKIE_DAYS * 24 * 3600,
        path="/",
        secure=_is_encrypted(connection),
        httponly=True,
        samesite="strict",
    )


def remove_cookie(response: Response, connection: HTTPConnection) -> None:
    response.delete_cookie(
        cookie_name(connection),
        path="/",
        secure=_is_encrypted(connection),
        httponly=True,
        samesite="strict",
    )


def cookie_name(connection: HTTPConnection) -> str:
    """Browsers keep one jar for all ports of a host, so without https the name has the port."""
    if _is_encrypted(connection):
        return "__Host-mp4totext"
    return f"mp4totext-{_port(_own_address(connection)) or 80}"


def refuse_unknown_host(connection: HTTPConnection, settings: Settings) -> None:
    """Raises UnknownHost, unless the request is for a name that only this service can have."""
    name = (_own_address(connection).hostname or "").rstrip(".")
    if not _is_known(name, settings):
        raise UnknownHost(name)


def refuse_foreign_page(connection: HTTPConnection) -> None:
    """Raises ForeignPage, unless the browser says that our own page made the request."""
    fetch_site = connection.headers.get("sec-fetch-site")
    if fetch_site is not None:
        if fetch_site != "same-origin":
            raise ForeignPage
        return
    # Browsers send Sec-Fetch-Site over https and to this machine only. Without it Origin decides,
    # which every browser sends with a request that changes something.
    origin = urlsplit(connection.headers.get("origin", ""))
    address = _own_address(connection)
    same_scheme = origin.scheme == "https" or not _is_encrypted(connection)
    if not same_scheme or not origin.netloc or origin.netloc.lower() != address.netloc.lower():
        raise ForeignPage


def refuse_other_machines(connection: HTTPConnection) -> None:
    """Raises NotThisMachine, unless the request comes from this machine and through no proxy."""
    host = connection.client.host if connection.client else ""
    # A proxy on this machine connects from it too, for clients that are anywhere.
    forwarded = any(name in connection.headers for name in _FORWARDED)
    if forwarded or not _is_address(host) or not ipaddress.ip_address(host).is_loopback:
        raise NotThisMachine


def _is_encrypted(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def _own_address(connection: HTTPConnection) -> SplitResult:
    """The Host header as an address, empty where it is none."""
    try:
        return urlsplit(f"//{connection.headers.get('host', '')}")
    except ValueError:
        return urlsplit("")


def _port(address: SplitResult) -> int | None:
    try:
        return address.port
    except ValueError:
        return None


def _is_known(name: str, settings: Settings) -> bool:
    machine = socket.gethostname().lower()
    return (
        _is_address(name)  # no page can have an address for its name
        or name == "localhost"
        or name.endswith(".localhost")
        or name in (settings.app.host.lower(), machine, f"{machine}.local", *settings.public_hosts)
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
