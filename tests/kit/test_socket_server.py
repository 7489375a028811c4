"""Clients of WebSockets that send masses of small frames, and read nothing of what they get."""

import asyncio
import os
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.sync.client import connect

from mp4totext.kit import socket_server
from mp4totext.kit.http_server import server_config
from mp4totext.kit.socket_server import CONTROL_FRAMES_MAX, FRAGMENTS_MAX
from tests.support.raw_http import RawConnection, connection, head
from tests.support.waiting import until

CONTINUATION, TEXT, CLOSE, PING = 0, 1, 8, 9
MANY = 5_000
LARGE = 8 << 20  # more than the system's own buffers take


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    app = FastAPI()

    @app.websocket("/socket")
    async def socket_of(opened: WebSocket) -> None:
        """Answers each message with its length, with much more, or the turns of the event loop."""
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        await opened.accept()
        async for text in opened.iter_text():
            match text:
                case "large":
                    await opened.send_text("a" * LARGE)
                case "count":
                    counting = asyncio.create_task(count_turns())
                case "turns":
                    counting.cancel()
                    await opened.send_text(str(turns))
                case _:
                    await opened.send_text(str(len(text)))

    server = uvicorn.Server(server_config(app, trusted_proxies=""))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: server.started)
        yield server
        server.should_exit = True
        thread.join()


@pytest.fixture
def port(server: uvicorn.Server) -> int:
    number: int = server.servers[0].sockets[0].getsockname()[1]
    return number


@contextmanager
def after_handshake(port: int) -> Iterator[RawConnection]:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    key = b64encode(os.urandom(16)).decode()
    with connection(port) as opened:
        opened.send(head("GET", "/socket", Sec_WebSocket_Key=key, **upgrade))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += opened.socket.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101 ")
        yield opened


def frame(kind: int, data: bytes = b"", *, last: bool = True) -> bytes:
    """RFC 6455, 5.2: masked with zeros, as a client's must be masked."""
    return bytes([kind | (0x80 if last else 0), 0x80 | len(data)]) + bytes(4) + data


def refusal(opened: RawConnection) -> tuple[int, str]:
    """The server's last frame, which must close the connection: its code and reason."""
    data = bytearray()
    try:
        while piece := opened.socket.recv(1 << 16):
            data += piece
    except ConnectionResetError:
        pass
    kind, content = 0, b""
    while data:
        size = data[1]
        kind, content = data[0] & 0x0F, bytes(data[2 : 2 + size])
        del data[: 2 + size]
    assert kind == CLOSE
    return struct.unpack(">H", content[:2])[0], content[2:].decode()


def test_a_flood_of_pings_is_refused(port: int) -> None:
    with after_handshake(port) as raw:
        raw.send_while_taken([frame(PING) * 2 * CONTROL_FRAMES_MAX])
        assert refusal(raw) == (1008, "too many pings")


def test_a_message_whose_fragments_never_end_is_refused(port: int) -> None:
    more = frame(CONTINUATION, last=False)
    with after_handshake(port) as raw:
        raw.send_while_taken([frame(TEXT, last=False), more * 2 * FRAGMENTS_MAX])
        assert refusal(raw) == (1008, "too many fragments in a message")


def test_fragments_of_a_message_are_joined(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/socket") as opened:
        opened.send(repeat("abc", 1_000))
        assert opened.recv() == "3000"
        for _ in range(CONTROL_FRAMES_MAX // 2):
            assert opened.ping().wait(5)
        opened.send("and goes on")
        assert opened.recv() == "11"


def test_other_connections_have_a_turn_after_each_message(port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/socket") as opened:
        opened.socket.sendall(frame(TEXT, b"count") + frame(TEXT, b"hi") * MANY)
        opened.send("turns")
        for _ in range(MANY):
            assert opened.recv(timeout=20) == "2"
        assert int(opened.recv(timeout=20)) > MANY


def test_a_client_that_reads_nothing_is_cut_off(
    server: uvicorn.Server, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers no ping, and would keep what it was sent in the server's memory."""
    monkeypatch.setattr(socket_server, "LINGER_S", 0.1)
    monkeypatch.setattr(server.config, "ws_ping_interval", 0.1)
    monkeypatch.setattr(server.config, "ws_ping_timeout", 0.1)
    with after_handshake(port) as raw:
        raw.send(frame(TEXT, b"large"))
        until(lambda: not server.server_state.connections, within_s=10)
