"""Posts a message to an address that a user named.

Redirects are not followed. Only public addresses are reached, and the connection goes to the very
address that was checked, so a name that later resolves to another one (DNS rebinding) is harmless.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from mp4totext.jobs.errors import WebhookRefused, WebhookUnanswered
from mp4totext.kit.network_guard import is_public

TIMEOUT_S = 15.0  # seconds for the whole delivery: a receiver may also send single bytes
_RETRY_STATUSES = frozenset({408, 409, 425, 429})  # and 5xx; all other responses are final


def post(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    allow_private: bool,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Raises WebhookUnanswered, which is retried, or WebhookRefused, which is not."""
    fixed = {"content-type": "application/json", "user-agent": "MP4toText"}
    backend = _PublicOnly(allow_private=allow_private, timeout_s=timeout_s)
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream(
                "POST", url, headers=list((fixed | headers).items()), content=body
            ) as answer,
        ):
            status = answer.status  # the body is not read: it is irrelevant, and may be endless
    except httpcore.TimeoutException as error:
        reason = f"{url!r} did not answer within {timeout_s:g} seconds."
        raise WebhookUnanswered(reason, retry_after_s=0) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        reason = f"{url!r} could not be reached, or does not answer in HTTP."
        raise WebhookUnanswered(reason, retry_after_s=0) from error
    if status in _RETRY_STATUSES or status >= 500:
        raise WebhookUnanswered(f"{url!r} answered {status}.", retry_after_s=0)
    if not 200 <= status < 300:
        raise WebhookRefused(
            f"{url!r} answered {status}. Only 2xx means that the message was received."
        )


class _PublicOnly(httpcore.NetworkBackend):
    """Resolves a host itself, and connects to the address it has checked, within a time limit."""

    def __init__(self, *, allow_private: bool, timeout_s: float) -> None:
        self._sockets = httpcore.SyncBackend()
        self._allow_private = allow_private
        self._until = time.monotonic() + timeout_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # a union of httpcore's own
    ) -> httpcore.NetworkStream:
        address = self._address(host, port)
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ConnectTimeout
        stream = self._sockets.connect_tcp(address, port, left_s, local_address, socket_options)
        return _TimedStream(stream, until=self._until)

    def _address(self, host: str, port: int) -> str:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host!r} was not found") from error
        addresses = [str(entry[4][0]) for entry in entries]
        if not self._allow_private:
            for address in addresses:
                if not is_public(ipaddress.ip_address(address.partition("%")[0])):  # %: IPv6 zone
                    raise WebhookRefused(f"{host!r} is not on the public internet.")
        return addresses[0]


class _TimedStream(httpcore.NetworkStream):
    """A connection with one time limit for everything; httpcore's limits are for each read."""

    def __init__(self, stream: httpcore.NetworkStream, *, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, left_s)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.WriteTimeout
        self._stream.write(buffer, left_s)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ConnectTimeout
        stream = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return _TimedStream(stream, until=self._until)

    def get_extra_info(self, info: str) -> Any:  # httpcore's own
        return self._stream.get_extra_info(info)
