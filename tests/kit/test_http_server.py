"""Deliberately slow connections, and system limits at the start of a server."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from websockets.sync.client import connect

from mp4totext.kit.http_server import (
    LARGE_READS_AFTER_BYTES,
    READ_BYTES,
    LimitedHttp,
    SmallHttpReads,
    raise_open_files_limit,
    server_config,
)
from tests.support.raw_http import RawConnection, connection, head
from tests.support.waiting import until

HEAD_S = 0.3
STALLED_S = 2.0
LARGE_BYTES = 32 << 20  # more than the system's own buffers take


class _Hasty(LimitedHttp):
    head_s = HEAD_S
    stalled_s = STALLED_S
    unread_bytes_max = 3 * LARGE_BYTES // 2
    slow_s = 0.05


class _Server(SmallHttpReads):
    http = _Hasty


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.get("/")
    async def home() -> str:
        return "here"

    @app.post("/sizes")
    async def sizes(request: Request) -> list[int]:
        return [len(piece) async for piece in request.stream()]

    @app.get("/large")
    async def large() -> Response:
        return Response(bytes(LARGE_BYTES))

    @app.websocket("/socket")
    async def socket_of(opened: WebSocket) -> None:
        await opened.accept()
        await opened.send_text(await opened.receive_text())

    config = server_config(app, trusted_proxies="")
    config.http = _Server  # type: ignore[assignment]  # any factory of a protocol
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: server.started)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def closed_after_s(port: int, first: bytes, *, drip: bytes = b"") -> float:
    began = time.monotonic()
    with connection(port) as raw:
        raw.send(first)
        raw.socket.settimeout(0.05)
        while True:
            try:
                if drip:
                    raw.send(drip)
                if raw.socket.recv(1 << 16) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert HEAD_S <= closed_after_s(port, b"") < LimitedHttp.head_s


def test_a_head_that_drips_is_closed_whatever_comes(port: int) -> None:
    first = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
    assert HEAD_S <= closed_after_s(port, first, drip=b"a") < LimitedHttp.head_s


def test_a_second_head_that_drips_is_closed_too(port: int) -> None:
    first = head("GET", "/") + b"GET / HTTP/1.1\r\nX-Slow: "
    assert HEAD_S <= closed_after_s(port, first, drip=b"a") < LimitedHttp.head_s


def test_a_kept_connection_may_ask_again(port: int) -> None:
    with connection(port) as raw:
        for _ in range(3):
            raw.send(head("GET", "/"))
            answer = b""
            while not answer.endswith(b'"here"'):  # it may arrive in pieces
                answer += raw.socket.recv(1 << 16)
            assert b"200 OK" in answer
            time.sleep(0.1)


def test_a_body_is_read_in_small_pieces_and_a_long_one_in_large_ones(port: int) -> None:
    """What is read and not yet taken is what a connection may hold."""
    body = bytes(LARGE_READS_AFTER_BYTES + (32 << 20))
    sizes = httpx.post(f"http://127.0.0.1:{port}/sizes", content=body).json()
    assert sum(sizes) == len(body)
    before = [n for n, end in zip(sizes, accumulate(sizes), strict=True) if end < 4_000_000]
    assert max(before) <= 2 * READ_BYTES
    assert max(sizes) > 4 * READ_BYTES


def test_a_socket_with_a_long_message_works_beside_it(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/socket") as opened:
        time.sleep(2 * HEAD_S)  # no deadline of a head ends it
        opened.send("a" * 500_000)
        assert opened.recv() == "a" * 500_000


@pytest.mark.parametrize("body", [{"Content_Length": "5"}, {"Transfer_Encoding": "chunked"}])
def test_a_handshake_with_a_body_is_refused(port: int, body: dict[str, str]) -> None:
    """It waited for ever, outside of the limits on connections."""
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    with connection(port, timeout_s=5) as raw:
        raw.send(head("GET", "/socket", **asked, **key, **body) + b"hello")
        assert raw.answer().status == 400


def received_bytes(raw: RawConnection, *, pause_s: float = 0) -> int:
    """Until the server closes or resets the connection."""
    received = 0
    with suppress(ConnectionResetError):
        while piece := raw.socket.recv(2 << 20):
            received += len(piece)
            time.sleep(pause_s)
    return received


@pytest.mark.slow
def test_a_client_that_reads_nothing_is_cut_off(port: int) -> None:
    with connection(port) as raw:
        raw.send(head("GET", "/large"))
        time.sleep(2.5 * STALLED_S)
        assert received_bytes(raw) < LARGE_BYTES


def test_a_client_that_reads_slowly_gets_all(port: int) -> None:
    with connection(port) as raw:
        raw.send(head("GET", "/large", Connection="close"))
        assert received_bytes(raw, pause_s=0.1) > LARGE_BYTES


def test_of_too_much_that_is_not_read_the_oldest_is_cut_off(port: int) -> None:
    with connection(port) as first, connection(port) as second:
        for raw in (first, second):
            raw.send(head("GET", "/large", Connection="close"))
            time.sleep(0.2)
        assert received_bytes(second) > LARGE_BYTES
        assert received_bytes(first) < LARGE_BYTES


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        raised = raise_open_files_limit()
        assert raised is not None
        assert raised > 256
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == raised
        assert raise_open_files_limit() == raised
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
