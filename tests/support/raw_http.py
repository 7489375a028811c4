"""A raw HTTP client for invalid and slow requests: bytes on a socket."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    status: int
    text: str  # the whole answer


class RawConnection:
    def __init__(self, port: int, *, timeout_s: float = 20) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_while_taken(self, pieces: Iterable[bytes]) -> int:
        """Send until the server closes the connection or responds; return the number of bytes."""
        sent = 0
        try:
            for piece in pieces:
                self.socket.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        return sent

    def answer(self) -> Answer:
        """All received bytes until the server closes the connection."""
        data = b""
        try:
            while piece := self.socket.recv(1 << 16):
                data += piece
        except ConnectionResetError:
            pass
        status = int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.1 ") else 0
        return Answer(status, data.decode(errors="replace"))


@contextmanager
def connection(port: int, *, timeout_s: float = 20) -> Iterator[RawConnection]:
    opened = RawConnection(port, timeout_s=timeout_s)
    try:
        yield opened
    finally:
        opened.socket.close()


def head(method: str, path: str, **headers: str) -> bytes:
    """The head of a request. Underscores in header names become dashes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def endless(piece: bytes = b"[]," * 21_845) -> Iterator[bytes]:
    """An endless chunked body in chunks of 64 kB."""
    while True:
        yield chunk(piece)
