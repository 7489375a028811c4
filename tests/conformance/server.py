"""A local HTTP server with the published API of a vendor, which can fail on demand."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from multipart import MultipartParser, parse_options_header


@dataclass(frozen=True)
class Received:
    """One request as it arrived; header names in lower case, form fields without brackets."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def field(self, name: str) -> str | None:
        return self.fields[name][0] if name in self.fields else None


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = None  # JSON, or bytes as they are
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0
    cut_at: int | None = None  # the connection closes after so many bytes of the body
    pieces: tuple[bytes, ...] = ()  # sent one by one instead of the body
    between_s: float = 0  # before each piece but the first


class Vendor(Protocol):
    def answer(self, request: Received) -> Reply: ...


class Server:
    """``received`` is what reached the vendor; ``next`` replies come before its own."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.received: list[Received] = []
        self.next: deque[Reply] = deque()
        self.pieces_sent = 0  # of the last reply in pieces; fewer when the client went away
        self.was_left = False  # the client closed the connection before the end of that reply
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def last(self) -> Received:
        return self.received[-1]

    def fail(self, *replies: Reply) -> None:
        self.next.extend(replies)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Twice is fine: a test may stop a vendor early."""
        if not self._thread.is_alive():
            return
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _reply(self, request: Received) -> Reply:
        self.received.append(request)
        return self.next.popleft() if self.next else self.vendor.answer(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                reply = server._reply(_read(self))
                if reply.pieces:
                    _send_pieces(server, self, reply)
                else:
                    _send(self, reply)

            do_GET = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815  # the library's names

            def log_message(self, *_args: Any) -> None:
                """Tests are quiet."""

        return Handler


@contextmanager
def running(vendor: Vendor) -> Iterator[Server]:
    server = Server(vendor)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _read(handler: BaseHTTPRequestHandler) -> Received:
    address = urlsplit(handler.path)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = _body(handler, headers)
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    kind, options = parse_options_header(headers.get("content-type", ""))
    if kind == "multipart/form-data":
        for part in MultipartParser(BytesIO(body), options["boundary"], spool_limit=1 << 30):
            if part.filename:
                files[part.name] = part.raw
            else:
                fields.setdefault(part.name.removesuffix("[]"), []).append(part.value)
            part.close()
    return Received(
        method=handler.command,
        path=address.path,
        query=parse_qs(address.query),
        headers=headers,
        body=body,
        fields=fields,
        files=files,
    )


def _body(handler: BaseHTTPRequestHandler, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return handler.rfile.read(int(headers.get("content-length", 0)))
    body = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    time.sleep(reply.after_s)
    raw = isinstance(reply.body, bytes)
    body = reply.body if raw else json.dumps(reply.body).encode()
    try:
        handler.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            handler.send_header(name, value)
        if "content-length" not in reply.headers:
            handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body[: reply.cut_at])
            handler.wfile.flush()
    except (BrokenPipeError, ConnectionResetError):
        pass  # a client that did not want to wait
    if reply.cut_at is not None:
        handler.close_connection = True


def _send_pieces(server: Server, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.close_connection = True
    server.pieces_sent, server.was_left = 0, False
    try:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("connection", "close")
        handler.end_headers()
        for number, piece in enumerate(reply.pieces):
            time.sleep(reply.between_s if number else 0)
            handler.wfile.write(piece)
            handler.wfile.flush()
            server.pieces_sent += 1
    except (BrokenPipeError, ConnectionResetError):  # a client that went away
        server.was_left = True
