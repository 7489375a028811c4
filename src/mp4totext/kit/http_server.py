"""Serves HTTP: uvicorn with limits on headers, pipelined requests, idle time and connections.

Bodies are limited above it, in ``request_bodies`` and ``upload``. A "head" is what comes before the
body: the request line and the headers.
"""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.request_bodies import has_body
from mp4totext.kit.small_reads import SmallReads
from mp4totext.kit.socket_server import SmallSocketReads

if sys.platform != "win32":
    import resource

HEAD_BYTES_MAX = 64 << 10
HEAD_S = 20  # seconds for a whole head; the first one is counted from the start of the connection
PIPELINED_MAX = 16  # requests on one connection that wait for earlier responses
SOCKET_MESSAGE_BYTES_MAX = (1 << 20) + (64 << 10)  # a chunk of live audio has at most 1 MiB
OPEN_FILES = 65_536
# Share of the open files: the rest is for the database, media and child processes.
CONNECTIONS_SHARE = 0.8
LINGER_S = 2.0  # seconds that a refused connection stays open, so that its client can read why
# A client that reads nothing of its answer for STALLED_S is cut off. While more than
# UNREAD_BYTES_MAX are unread, a client of the address with the most of them is, if it has been slow
# for SLOW_S.
STALLED_S = 60
UNREAD_BYTES_MAX = 256 << 20
SLOW_S = 2.0
# uvloop reads 256 kB at a time, and as much again while the application works on the first: 200
# bodies at once were 100 MB. Only an upload gets so far that the size of its reads matters.
READ_BYTES = 16 << 10
LARGE_READ_BYTES = 256 << 10
LARGE_READS_AFTER_BYTES = 4 << 20  # of one body; others are refused before

log = get_logger()


def server_config(
    app: Any,  # an ASGI application
    *,
    trusted_proxies: str,
    access_log: bool = False,
    graceful_s: int = 3,
) -> uvicorn.Config:
    """``trusted_proxies``: comma-separated addresses or networks that may set X-Forwarded-For."""
    return uvicorn.Config(
        app,
        http=SmallHttpReads,  # type: ignore[arg-type]  # any factory of an asyncio protocol
        ws=SmallSocketReads,  # type: ignore[arg-type]  # the same
        # One message may expand a thousandfold, and events are short.
        ws_per_message_deflate=False,
        ws_max_size=SOCKET_MESSAGE_BYTES_MAX,
        forwarded_allow_ips=trusted_proxies,
        server_header=False,
        log_config=None,  # log lines have our own format
        access_log=access_log,
        timeout_graceful_shutdown=graceful_s,
    )


def raise_open_files_limit() -> int | None:
    """Raise the limit to OPEN_FILES, as far as the system allows.

    Returns the limit, or None where there is none.
    """
    if sys.platform == "win32":
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        return target
    return soft if soft != resource.RLIM_INFINITY else OPEN_FILES


def _connections_max() -> int:
    if sys.platform == "win32":
        return 500  # select() handles no more
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = OPEN_FILES if soft == resource.RLIM_INFINITY else soft
    return int(files * CONNECTIONS_SHARE)


class _Refused(Exception):
    """Makes httptools stop parsing, upon which uvicorn calls ``send_400_response``."""


class LimitedHttp(HttpToolsProtocol):
    """One connection. While it waits for a head it may be closed in favour of another."""

    head_s: float = HEAD_S
    stalled_s: float = STALLED_S
    unread_bytes_max: int = UNREAD_BYTES_MAX
    slow_s: float = SLOW_S
    # Of the process; the oldest is the first.
    _idle: dict["LimitedHttp", None] = {}  # noqa: RUF012
    _unread: dict["LimitedHttp", int] = {}  # noqa: RUF012  bytes of answers not read by clients

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own
        super().__init__(*args, **kwargs)
        self._awaits_head = True
        self._head_bytes = 0  # of complete parts of the head
        self._pending_bytes = 0  # received since the last complete head or piece of a body
        self._body_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self.slow_since = 0.0  # when the client began to read its answer too slowly
        self._refusal: _Refusal | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self._wait_for_head()
        if len(self.connections) > _connections_max():
            _close_oldest_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching_client()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return  # already refused: the rest of the request is ignored
        # Another request on a kept-alive connection.
        if self._awaits_head and self._head_timer is None:
            self._wait_for_head()
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > HEAD_BYTES_MAX and self._refusal is None:
            self._refusal = _HEAD_TOO_LARGE
            self.send_400_response("")

    def pause_writing(self) -> None:
        super().pause_writing()
        self.slow_since = self.loop.time()
        self._watch_slow_client()
        if sum(LimitedHttp._unread.values()) > self.unread_bytes_max:
            self._cut_off_slow_client()

    def resume_writing(self) -> None:
        self._stop_watching_client()
        super().resume_writing()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._awaits_head = False
        self._pending_bytes = 0
        self._stop_waiting()
        if self.parser.should_upgrade() and self._should_upgrade() and has_body(self.headers):
            self._refusal = _HANDSHAKE_WITH_BODY  # it would wait for a socket without an end
            raise _Refused
        if len(self.pipeline) >= PIPELINED_MAX:
            self._refusal = _TOO_MANY_PIPELINED
            raise _Refused
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)
        unread = not self.cycle.response_complete and len(self.cycle.body)
        if unread >= READ_BYTES and not self.is_long_body:
            self.flow.pause_reading()  # until the application has taken it

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._awaits_head = True
        self._pending_bytes = 0

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._awaits_head and not self.pipeline:
            LimitedHttp._idle[self] = None  # uvicorn's own timer closes it after some seconds

    # Limits

    @property
    def is_long_body(self) -> bool:
        return self._body_bytes > LARGE_READS_AFTER_BYTES

    def _watch_slow_client(self) -> None:
        """Cut the client off unless it reads on within ``stalled_s``."""
        LimitedHttp._unread[self] = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(self.stalled_s, self._check_progress)

    def _stop_watching_client(self) -> None:
        LimitedHttp._unread.pop(self, None)
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _check_progress(self) -> None:
        if self.transport.get_write_buffer_size() < LimitedHttp._unread[self]:
            self._watch_slow_client()
        else:
            self.cut_off()

    def cut_off(self) -> None:
        log.info("request.cut_off", unread_bytes=self.transport.get_write_buffer_size())
        self._stop_watching_client()
        self.transport.abort()

    def _cut_off_slow_client(self) -> None:
        unread: Counter[str] = Counter()
        for connection, size in LimitedHttp._unread.items():
            unread[connection.address] += size
        (busiest, _), *_ = unread.most_common(1)
        latest = self.loop.time() - self.slow_s
        for connection in LimitedHttp._unread:
            if connection.address == busiest and connection.slow_since <= latest:
                connection.cut_off()
                return

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES_MAX:
            self._refusal = _HEAD_TOO_LARGE
            raise _Refused

    def _wait_for_head(self) -> None:
        LimitedHttp._idle[self] = None
        self._head_timer = self.loop.call_later(self.head_s, self.close_idle)

    def _stop_waiting(self) -> None:
        LimitedHttp._idle.pop(self, None)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def close_idle(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer a request without the application; uvicorn calls it for malformed ones."""
        self._refusal = self._refusal or _Refusal(400, "malformed_request", msg)
        request_id = new_id("req")
        log.info(
            "request.refused",
            status=self._refusal.status,
            code=self._refusal.code,
            request_id=request_id,
        )
        self._stop_waiting()
        if self.cycle is not None and not self.cycle.response_complete:
            begun = self.cycle.response_started or self.pipeline
            self.cycle.disconnected = True  # the application's further output is not sent
            self.cycle.message_event.set()
            # In the middle of a response, or before the responses to earlier requests, a refusal
            # would be read as a part of those.
            if begun:
                self.transport.close()
                return
        self.transport.write(_response(self._refusal, request_id))
        # The client may still be sending. Closed at once, the connection would be reset and the
        # answer lost on its way; so it is half-closed, and nothing more is read.
        self.flow.pause_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.close_idle)


class SmallHttpReads(SmallReads):
    """Gives a ``LimitedHttp`` what arrives, in small pieces unless it is a long upload.

    A WebSocket takes the transport over, with its own reads.
    """

    http: type[LimitedHttp] = LimitedHttp
    protocol: LimitedHttp
    _small = bytearray(READ_BYTES)
    _large = bytearray(LARGE_READ_BYTES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # uvicorn's own
        super().__init__(self.http(*args, **kwargs))

    def get_buffer(self, _sizehint: int) -> bytearray:
        return self._large if self.protocol.is_long_body else self._small


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    code: str
    detail: str


_HEAD_TOO_LARGE = _Refusal(
    431,
    "headers_too_large",
    f"Address and headers of a request may have {HEAD_BYTES_MAX} bytes together.",
)
_TOO_MANY_PIPELINED = _Refusal(
    400, "too_many_pipelined", "Too many requests are pipelined on this connection."
)
_HANDSHAKE_WITH_BODY = _Refusal(
    400, "malformed_request", "The handshake of a WebSocket has no body."
)
_TITLES = {400: "Bad request", 431: "Headers too large"}


def _response(refusal: _Refusal, request_id: str) -> bytes:
    problem = {
        "type": "about:blank",
        "title": _TITLES[refusal.status],
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "request_id": request_id,
    }
    body = json.dumps(problem)
    return (
        f"HTTP/1.1 {refusal.status} {_TITLES[refusal.status]}\r\n"
        "content-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\n"
        f"x-request-id: {request_id}\r\n"
        "x-content-type-options: nosniff\r\n"
        "connection: close\r\n"
        f"\r\n{body}"
    ).encode()


def _close_oldest_idle() -> None:
    oldest = next(iter(LimitedHttp._idle), None)
    if oldest is not None:
        oldest.close_idle()
