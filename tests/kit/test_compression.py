"""Only JSON is compressed, and only for clients that accept it."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from mp4totext.kit.compression import SHORTEST, CompressionMiddleware, accepts_gzip
from mp4totext.kit.conditional import json_unless_known

LONG = {"words": ["boat"] * 1_000}
VERY_LONG = {"words": ["boat"] * 20_000}
PLAIN = b"x" * 5_000
JSON = "application/json"


def tagged(request: Request) -> Response:
    return json_unless_known(request, '"t"', lambda: json.dumps(LONG).encode())


def chunks() -> Iterator[str]:
    yield "["
    yield " " * 5_000 + "]"


ANSWERS: dict[str, Callable[[], Response]] = {
    "/long": lambda: JSONResponse(LONG),
    "/very-long": lambda: JSONResponse(VERY_LONG, 409, media_type="application/problem+json"),
    "/short": lambda: JSONResponse({"words": []}),
    "/media": lambda: Response(PLAIN, media_type="audio/mpeg"),
    "/part": lambda: Response(PLAIN, 206, media_type=JSON),
    "/packed": lambda: Response(PLAIN, headers={"Content-Encoding": "br"}, media_type=JSON),
    "/events": lambda: StreamingResponse(
        iter(["data: 1\n\n"] * 500), media_type="text/event-stream"
    ),
    "/streamed": lambda: StreamingResponse(chunks(), media_type=JSON),
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(CompressionMiddleware)
    app.get("/tagged")(tagged)
    for path, answer in ANSWERS.items():
        app.get(path, response_class=Response)(answer)
    app.head("/long")(lambda: Response(headers={"Content-Length": "9000"}, media_type=JSON))
    return TestClient(app)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes  # as it was sent


def get(client: TestClient, path: str, accepted: str | None = "gzip", **headers: str) -> Answer:
    asked = {"Accept-Encoding": accepted or "identity", **headers}
    with client.stream("GET", path, headers=asked) as answer:
        return Answer(answer.status_code, answer.headers, b"".join(answer.iter_raw()))


@pytest.mark.parametrize(("path", "value"), [("/long", LONG), ("/very-long", VERY_LONG)])
def test_long_json_is_compressed(client: TestClient, path: str, value: object) -> None:
    answer = get(client, path)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.raw) < SHORTEST
    assert json.loads(gzip.decompress(answer.raw)) == value
    plain = get(client, path, None)
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    assert json.loads(plain.raw) == value


@pytest.mark.parametrize("path", ["/short", "/media", "/part", "/events", "/streamed"])
def test_all_else_passes_as_it_is(client: TestClient, path: str) -> None:
    answer = get(client, path)
    assert "content-encoding" not in answer.headers
    assert answer.raw == get(client, path, None).raw


def test_what_is_compressed_already_is_left_alone(client: TestClient) -> None:
    answer = get(client, "/packed")
    assert (answer.headers["content-encoding"], len(answer.raw)) == ("br", 5_000)


def test_head_says_the_length_of_the_plain_answer(client: TestClient) -> None:
    answer = client.head("/long", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-length"] == "9000"
    assert "content-encoding" not in answer.headers


def test_the_compressed_answer_has_a_tag_of_its_own(client: TestClient) -> None:
    """A strong validator names bytes, and these are other bytes."""
    packed, plain = get(client, "/tagged"), get(client, "/tagged", None)
    assert (packed.headers["etag"], plain.headers["etag"]) == ('"t-gzip"', '"t"')
    for accepted, known, told in (
        ("gzip", '"t-gzip"', '"t-gzip"'),
        ("gzip", '"x", "t-gzip"', '"t-gzip"'),
        (None, '"t"', '"t"'),
        (None, '"t-gzip"', '"t"'),
    ):
        answer = get(client, "/tagged", accepted, **{"If-None-Match": known})
        assert (answer.status, answer.raw) == (304, b"")
        assert (answer.headers["etag"], answer.headers["vary"]) == (told, "Accept-Encoding")
    assert get(client, "/tagged", "gzip", **{"If-None-Match": '"u-gzip"'}).status == 200


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*", True),
        ("x-gzip", False),
        ("deflate, br", False),
        ("gzip;q=.", False),
        ("gzip;q=1.1.1", False),
        ("gzip;q=.5", True),
    ],
)
def test_who_accepts_it(header: str | None, *, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_a_file_that_the_server_sends_by_itself_passes() -> None:
    """A start without a body: the server reads the file (ASGI's extension pathsend)."""
    start = {"type": "http.response.start", "status": 200, "headers": []}
    path = {"type": "http.response.pathsend", "path": "/recording.mp4"}
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start)
        await send(path)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(CompressionMiddleware(app)(scope, receive, keep))
    assert sent == [start, path]
