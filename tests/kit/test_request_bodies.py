"""The middleware for request bodies: chunks, pauses and early responses."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request

from mp4totext.kit.http import install_problem_handlers
from mp4totext.kit.request_bodies import IN_MEMORY_BYTES, BodyLimits

MAX = 200_000
JSON = (b"content-type", b"application/json")
CHUNKED = (b"transfer-encoding", b"chunked")


class Exchange:
    """One request given in pieces, and the messages it was answered with."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._messages: Iterator[dict[str, Any]] = iter(
            {"type": "http.request", "body": piece, "more_body": not ends or n < len(pieces) - 1}
            for n, piece in enumerate(pieces)
        )
        self.taken = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        message = next(self._messages, None)
        if message is None:
            await asyncio.Event().wait()  # a client that says nothing more
        assert message is not None
        self.taken += len(message["body"])
        return message

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()

    @property
    def closes(self) -> bool:
        return (b"connection", b"close") in self.sent[0]["headers"]


def ask(
    exchange: Exchange, *headers: tuple[bytes, bytes], path: str = "/length", body_s: float = 5
) -> Exchange:
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.post("/upload")
    async def upload(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.post("/refusing-upload")
    async def refusing(request: Request) -> int:
        await anext(request.stream())
        return 0

    limits = BodyLimits(
        app,
        is_upload=lambda _method, where: where.endswith("upload"),
        max_bytes=MAX,
        body_s=body_s,
        linger_s=0.1,
    )
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
        "app": app,
        "state": {},
        "server": ("test", 80),
        "scheme": "http",
    }
    asyncio.run(limits(scope, exchange.receive, exchange.send))
    return exchange


@pytest.mark.parametrize("size", [1, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, MAX])
def test_a_body_within_the_limit_arrives_whole(size: int) -> None:
    pieces = [b"a" * min(1000, size - at) for at in range(0, size, 1000)]
    answered = ask(Exchange(*pieces), CHUNKED)
    assert (answered.status, answered.body) == (200, str(size))
    assert not answered.closes


def test_a_body_above_the_limit_is_refused_while_it_arrives() -> None:
    pieces = [b"a" * 1000] * 100_000
    answered = ask(Exchange(*pieces), CHUNKED)
    assert answered.status == 413
    assert f'"limit_bytes":{MAX}' in answered.body
    assert answered.closes
    assert answered.taken < 4_000_000


def test_an_announced_length_is_refused_before_a_byte_is_read() -> None:
    exchange = ask(Exchange(ends=False), (b"content-length", b"9" * 30))
    assert (exchange.status, exchange.taken) == (413, 0)


def test_a_slow_body_is_given_up_and_the_client_told() -> None:
    answered = ask(Exchange(b"{", ends=False), CHUNKED, JSON, body_s=0.05)
    assert (answered.status, answered.closes) == (408, True)
    assert "body_too_slow" in answered.body


def test_json_that_cannot_be_stored_is_422_and_names_the_value() -> None:
    answered = ask(Exchange(b'{"a": {"b": NaN}}'), CHUNKED, JSON)
    assert answered.status == 422
    assert '"where":"body.a.b"' in answered.body
    large = b'{"a": "' + b"x" * IN_MEMORY_BYTES + b'", "b": 1e999}'
    assert ask(Exchange(large), CHUNKED, JSON).status == 422


def test_what_is_not_called_json_is_not_read_as_json() -> None:
    answered = ask(Exchange(b"[" * 100_000), CHUNKED, (b"content-type", b"text/plain"))
    assert (answered.status, answered.body) == (200, "100000")


def test_an_upload_has_no_such_limit() -> None:
    size = 2 * MAX
    answered = ask(Exchange(*[b"a" * 1000] * (size // 1000)), CHUNKED, path="/upload")
    assert (answered.status, answered.body, answered.closes) == (200, str(size), False)


def test_an_answer_before_the_end_of_an_upload_closes_the_connection() -> None:
    answered = ask(Exchange(*[b"a" * 1000] * 100_000), CHUNKED, path="/refusing-upload")
    assert (answered.status, answered.body, answered.closes) == (200, "0", True)
    assert answered.taken < 4_000_000
