import re
from collections.abc import Iterator
from email.message import Message
from urllib.parse import unquote

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from mp4totext.kit.errors import Unavailable
from mp4totext.kit.http import install_problem_handlers, problems
from mp4totext.kit.ranges import (
    RangeNotSatisfiable,
    content_disposition,
    parse_range,
    ranged_response,
)
from mp4totext.kit.storage import CHUNK_BYTES, local_storage
from tests.support.uvicorn_processes import unreachable_storage

BODY = bytes(range(256)) * 10_000  # more than two chunks
SIZE = len(BODY)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    storage = local_storage(tmp_path_factory.mktemp("media"))
    storage.put("media/one", BODY)
    storage.put("media/empty", b"")
    app = FastAPI()
    install_problem_handlers(app)

    @app.api_route("/{key}", methods=["GET", "HEAD"], responses=problems(404, 416))
    def media(key: str, request: Request) -> Response:
        return ranged_response(
            storage,
            f"media/{key}",
            size=0 if key == "empty" else SIZE,
            media_type="audio/mpeg",
            filename="günlük.mp3",
            request=request,
        )

    with TestClient(app) as client:
        yield client


def expected(header: str, size: int) -> slice | int | None:
    """RFC 9110 section 14 written as a position test: a slice, 416, or None for the whole."""
    spec = header.replace(" ", "").lower()
    found = re.match(r"^bytes=(\d*)-(\d*)$", spec)
    if not found or spec == "bytes=-":
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    if first:
        inside = [at for at in range(size) if at >= int(first) and (last == "" or at <= int(last))]
    else:
        inside = list(range(size))[max(0, size - int(last)) :] if int(last) else []
    return slice(inside[0], inside[-1] + 1) if inside else 416


numbers = st.one_of(st.just(""), st.integers(0, 40).map(str), st.just("9" * 30))


@given(numbers, numbers, st.integers(0, 30), st.sampled_from(["bytes=", "Bytes = ", "items=", ""]))
@example("", "0", 5, "bytes=")
@example("5", "", 5, "bytes=")
@example("0", "0", 0, "bytes=")
def test_ranges_are_read_as_the_standard_says(first: str, last: str, size: int, unit: str) -> None:
    header = f"{unit}{first}-{last}"
    want = expected(header, size)
    if want == 416:
        with pytest.raises(RangeNotSatisfiable):
            parse_range(header, size=size)
        return
    got = parse_range(header, size=size)
    assert (None if got is None else slice(got.start, got.end)) == want


@given(st.text(max_size=20), st.integers(0, 100))
def test_no_header_breaks_the_parser(header: str, size: int) -> None:
    try:
        part = parse_range(header, size=size)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-", 10, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        (f"bytes={CHUNK_BYTES - 1}-{CHUNK_BYTES}", CHUNK_BYTES - 1, CHUNK_BYTES + 1),
        (f"bytes=5-{SIZE * 9}", 5, SIZE),
    ],
)
def test_a_range_is_sent_exactly(client: TestClient, header: str, start: int, end: int) -> None:
    answer = client.get("/one", headers={"range": header})
    assert answer.status_code == 206
    assert answer.content == BODY[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("header", [None, "bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=x"])
def test_otherwise_the_whole_is_sent(client: TestClient, header: str | None) -> None:
    answer = client.get("/one", headers={"range": header} if header else {})
    assert answer.status_code == 200
    assert answer.content == BODY
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=-0"])
def test_a_range_outside_is_416_with_the_size(client: TestClient, header: str) -> None:
    answer = client.get("/one", headers={"range": header})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.json()["code"] == "range_not_satisfiable"


def test_head_says_the_same_without_a_body(client: TestClient) -> None:
    whole, head = client.get("/one"), client.head("/one", headers={"range": "bytes=0-1"})
    assert head.status_code == 200
    assert head.content == b""
    same = ("content-length", "etag", "content-type", "accept-ranges", "content-disposition")
    assert all(head.headers[name] == whole.headers[name] for name in same)


def test_a_download_resumes_only_on_the_same_content(client: TestClient) -> None:
    etag = client.head("/one").headers["etag"]
    asked = {"range": "bytes=3-5"}
    assert client.get("/one", headers={**asked, "if-range": etag}).content == BODY[3:6]
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        answer = client.get("/one", headers={**asked, "if-range": other})
        assert (answer.status_code, len(answer.content)) == (200, SIZE)


@pytest.mark.parametrize("condition", ["{}", "W/{}", '"a", {}', "*"])
def test_an_unchanged_object_is_304(client: TestClient, condition: str) -> None:
    etag = client.head("/one").headers["etag"]
    answer = client.get("/one", headers={"if-none-match": condition.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_key_does_not_show(client: TestClient) -> None:
    assert not any("media/" in value for value in client.get("/one").headers.values())


def test_an_empty_object_is_empty(client: TestClient) -> None:
    answer = client.get("/empty")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_vanished_object_is_404_before_anything_is_sent(client: TestClient) -> None:
    assert client.get("/gone").status_code == 404
    assert client.get("/gone").json()["code"] == "not_found"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
@example('a"b\\c%41.mp3')
@example("günlük; x=1.mp3")
@example(" ")
@example("<>")
@example(" talk.mp3 ")
def test_any_name_survives_a_standard_parser(name: str) -> None:
    value = content_disposition(name)
    assert value.isascii()
    assert value.isprintable()
    message = Message()
    message["Content-Disposition"] = value
    assert message.get_content_disposition() == "attachment"
    if "filename*" in value:
        assert value.count('"') == 2
        assert unquote(value.partition("filename*=UTF-8''")[2]) == name
    else:
        # get_filename() takes away one pair of <> more
        assert message.get_param("filename", header="content-disposition") == name


def test_playing_in_the_page_is_asked_for() -> None:
    assert content_disposition("a.mp3", inline=True) == 'inline; filename="a.mp3"'


def test_a_silent_storage_is_503_before_anything_is_sent() -> None:
    with pytest.raises(Unavailable):
        ranged_response(
            unreachable_storage(),
            "media/one",
            size=5,
            media_type="audio/mpeg",
            filename="a.mp3",
            request=Request({"type": "http", "method": "GET", "headers": []}),
        )
