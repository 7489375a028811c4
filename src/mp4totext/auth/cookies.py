"""The session cookie of browsers: its name, and when a request with it is from our own page.

A browser sends a cookie with every request to this service, whichever page made it. So it is
accepted only for host names of this service (a page may point its own name to our address), and for
changes only from our own origin.
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
COOKIE_DAYS = 90  # as long as the longest session


def session_secret(connection: HTTPConnection, settings: Settings) -> str | None:
    """The cookie's value; None without one. Raises UnknownHost or ForeignPage."""
    secret = connection.cookies.get(cookie_name(connection))
    if not secret:
        return None
    refuse_unknown_host(connection, settings)
    # A WebSocket opens with a GET, but the same-origin policy does not apply to it.
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
    """The cookie's name. Without https it has the port, as browsers share cookies between ports."""
    if _is_encrypted(connection):
        return "__Host-mp4totext"
    return f"mp4totext-{_port(_own_address(connection)) or 80}"


def refuse_unknown_host(connection: HTTPConnection, settings: Settings) -> None:
    """Raises UnknownHost unless the request is for a host name of this service."""
    name = (_own_address(connection).hostname or "").rstrip(".")
    if not _is_known(name, settings):
        raise UnknownHost(name)


def refuse_foreign_page(connection: HTTPConnection) -> None:
    """Raises ForeignPage unless the browser reports our own page as the origin."""
    fetch_site = connection.headers.get("sec-fetch-site")
    if fetch_site is not None:
        if fetch_site != "same-origin":
            raise ForeignPage
        return
    # Browsers send Sec-Fetch-Site over https and to this machine only. Without it Origin decides,
    # which every browser sends with a request that changes something.
    origin = _address(connection.headers.get("origin", ""))
    address = _own_address(connection)
    same_scheme = origin.scheme == "https" or not _is_encrypted(connection)
    if not same_scheme or not origin.netloc or origin.netloc.lower() != address.netloc.lower():
        raise ForeignPage


def refuse_other_machines(connection: HTTPConnection) -> None:
    """Raises NotThisMachine unless the request comes directly from this machine."""
    host = connection.client.host if connection.client else ""
    # A proxy on this machine also connects from it, for clients anywhere.
    forwarded = any(name in connection.headers for name in _FORWARDED)
    if forwarded or not _is_address(host) or not ipaddress.ip_address(host).is_loopback:
        raise NotThisMachine


def _is_encrypted(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def _own_address(connection: HTTPConnection) -> SplitResult:
    """The Host header as an address; empty if it is invalid."""
    return _address(f"//{connection.headers.get('host', '')}")


def _address(text: str) -> SplitResult:
    try:
        return urlsplit(text)
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
        _is_address(name)  # a page cannot have an IP address as its own name
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
