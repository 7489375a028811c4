import asyncio
import errno
import hashlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from mp4totext.kit.received_files import NAME_BYTES_MAX, StorageFull, disk_errors, display_name
from mp4totext.kit.upload import (
    BATCH_BYTES,
    FIELD_BYTES_MAX,
    FIELDS_MAX,
    FORM_OVERHEAD_BYTES,
    BodyFile,
    UploadCut,
    received_upload,
)
from tests.support.upload_app import upload_app
from tests.support.uvicorn_processes import Server, serving
from tests.support.waiting import until

MB = 1 << 20
LIMIT = 3 * MB


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work" / "uploads"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(upload_app(folder, max_bytes=LIMIT)) as client:
        yield client


def test_a_raw_body_arrives_whole(client: TestClient, folder: Path) -> None:
    body = random.Random(1).randbytes(2 * MB + 17)
    answer = client.put("/upload?language=en", content=body, headers={"x-filename": "t%C3%A9.mp4"})
    assert answer.status_code == 200
    got = answer.json()
    assert got["sha256"] == hashlib.sha256(body).hexdigest()
    assert got["size_bytes"] == got["on_disk"] == len(body)
    assert got["filename"] == "té.mp4"
    assert got["fields"] == {"language": "en"}
    assert "mp4" not in got["name_on_disk"]
    assert list(folder.iterdir()) == []


def test_a_form_gives_its_file_and_its_fields(client: TestClient, folder: Path) -> None:
    body = random.Random(2).randbytes(2 * MB + 3)
    answer = client.post(
        "/upload", data={"language": "tr", "title": "günlük"}, files={"file": ("a.wav", body)}
    )
    assert answer.status_code == 200
    got = answer.json()
    assert got["sha256"] == hashlib.sha256(body).hexdigest()
    assert got["fields"] == {"language": "tr", "title": "günlük"}
    assert got["filename"] == "a.wav"
    assert list(folder.iterdir()) == []


def test_a_file_that_contains_almost_the_boundary_is_kept_exactly(client: TestClient) -> None:
    body = b"\r\n--edge\r\r\n--edg" * 5_000 + b"\r\n--"
    form = (
        b'--edgy\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        + body
        + b"\r\n--edgy--\r\n"
    )
    answer = client.post(
        "/upload", content=form, headers={"content-type": "multipart/form-data; boundary=edgy"}
    )
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()


def test_the_query_may_carry_the_name_and_wins(client: TestClient) -> None:
    answer = client.post(
        "/upload?filename=one.mp3", content=b"x", headers={"x-filename": "two.mp3"}
    )
    assert answer.json()["filename"] == "one.mp3"


def test_progress_ends_at_the_whole(client: TestClient) -> None:
    client.put("/upload", content=b"x" * 2_000_000)
    assert client.app.state.progress == [(2_000_000, 2_000_000)]  # type: ignore[attr-defined]


def chunked(*chunks: bytes) -> Iterator[bytes]:
    """httpx sends an iterator without a Content-Length."""
    yield from chunks


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + FORM_OVERHEAD_BYTES + 1])
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("form", [True, False])
def test_too_large_is_413_however_it_is_sent(
    client: TestClient, folder: Path, size: int, declared: bool, form: bool
) -> None:
    body = b"x" * size
    if form:
        request = httpx.Request("POST", "http://t/upload", files={"file": ("a", body)})
        content, headers = request.read(), {"content-type": request.headers["content-type"]}
    else:
        content, headers = body, {}
    answer = client.post(
        "/upload", content=content if declared else chunked(content), headers=headers
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert "MAX_UPLOAD_BYTES" in answer.json()["detail"]
    assert str(LIMIT) in answer.json()["detail"]
    assert not folder.exists() or list(folder.iterdir()) == []


def test_exactly_the_limit_is_taken(client: TestClient) -> None:
    assert client.post("/upload", files={"file": ("a", b"x" * LIMIT)}).status_code == 200


def test_a_lying_content_length_is_refused_before_a_byte_is_kept(
    client: TestClient, folder: Path
) -> None:
    answer = client.put("/upload", content=b"x", headers={"content-length": str(10**12)})
    assert answer.status_code == 413
    assert not folder.exists()


def test_text_after_the_form_counts_too(client: TestClient) -> None:
    form = (
        b'--e\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabc\r\n--e--\r\n'
    )
    tail = b"y" * MB
    answer = client.post(
        "/upload",
        content=chunked(form, *[tail] * 6),
        headers={"content-type": "multipart/form-data; boundary=e"},
    )
    assert answer.status_code == 413


FORM = "multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabc\r\n'


def field(name: str, value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (
        name.encode(),
        value,
    )


TOO_MANY_FIELDS = b"".join(field(f"f{n}", b"") for n in range(FIELDS_MAX + 1))


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("audio/mpeg", b"", 422, "empty_file"),
        (FORM, FILE.replace(b"abc", b"") + b"--b--", 422, "empty_file"),
        (FORM, b"", 422, "malformed_form"),
        (FORM, b"no form at all", 422, "malformed_form"),
        (FORM, FILE, 422, "malformed_form"),
        (FORM, b"--b--\r\n", 422, "file_missing"),
        (FORM, field("language", b"en") + b"--b--", 422, "file_missing"),
        (FORM, FILE + FILE + b"--b--", 422, "malformed_form"),
        (FORM, FILE + field("a", b"1") + field("a", b"2") + b"--b--", 422, "malformed_form"),
        (FORM, FILE + field("a", b"\xff") + b"--b--", 422, "malformed_form"),
        (FORM, FILE + field("a", b"x" * (FIELD_BYTES_MAX + 1)) + b"--b--", 422, "malformed_form"),
        (FORM, TOO_MANY_FIELDS + FILE, 422, "malformed_form"),
        (FORM, b"--b\r\nX: " + b"y" * 10_000 + b"\r\n\r\n", 422, "malformed_form"),
        (FORM, b"--b\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--", 422, "malformed_form"),
        ("multipart/form-data", FILE + b"--b--", 422, "malformed_form"),
        ("multipart/mixed; boundary=b", FILE + b"--b--", 415, "not_a_file"),
        ("application/json", b"{}", 415, "not_a_file"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_refused_with_its_reason(
    client: TestClient, folder: Path, content_type: str, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/upload", content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../x\r\n.srt", "x.srt"),
        ("C:\\Users\\me\\talk.mp4", "talk.mp4"),
        ("/etc/passwd", "passwd"),
        ("..", "recording"),
        ("", "recording"),
        (" . ", "recording"),
        ("a\x00b\x1b[31m.mp3", "ab[31m.mp3"),
        ("evil\u202e3pm.exe", "evil3pm.exe"),
        ("\u2066x\u2069.wav\ufeff", "x.wav"),
        ("two\u2028lines.mp4", "twolines.mp4"),
        ("می\u200cخواهم.mp3", "می\u200cخواهم.mp3"),
        ("e\u0301.mp4", "é.mp4"),
        ("many   spaces.mp4", "many spaces.mp4"),
        ("ü" * 300 + ".mp4", "ü" * 125 + ".mp4"),
        ("a" * 300, "a" * 255),
        ("a." + "b" * 300, "a." + "b" * 253),
    ],
)
def test_names_are_made_safe_to_show(given_name: str, shown: str) -> None:
    assert display_name(given_name) == shown


@given(st.text(max_size=400))
def test_any_name_becomes_one_harmless_short_name(name: str) -> None:
    shown = display_name(name)
    assert 0 < len(shown.encode()) <= NAME_BYTES_MAX
    assert not {"/", "\\", "\r", "\n", "\0", "\u202e"} & set(shown)
    assert shown not in (".", "..")
    assert display_name(shown) == shown


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("served")
    with serving("tests.support.upload_app", str(folder), str(400 * MB)) as server:
        yield server, folder


def megabytes(count: int) -> Iterator[bytes]:
    block = random.Random(3).randbytes(MB)
    for _ in range(count):
        yield block


@pytest.mark.parametrize("form", [True, False])
def test_a_large_upload_takes_no_memory(served: tuple[Server, Path], form: bool) -> None:
    server, folder = served
    httpx.put(f"{server.url}/upload", content=megabytes(2))
    before, peak = server.rss(), 0
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'

    def body() -> Iterator[bytes]:
        nonlocal peak
        yield head if form else b""
        for block in megabytes(128):
            yield block
            peak = max(peak, server.rss())
        yield b"\r\n--b--\r\n" if form else b""

    answer = httpx.post(
        f"{server.url}/upload",
        content=body(),
        headers={"content-type": FORM if form else "video/mp4"},
        timeout=60,
    )
    assert answer.json()["size_bytes"] == 128 * MB
    assert peak - before < 32 * MB
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("form", [True, False])
@pytest.mark.parametrize("sent", [0, 10, 3 * MB])
def test_a_cut_connection_leaves_no_file(
    served: tuple[Server, Path], form: bool, sent: int
) -> None:
    server, folder = served
    kind = FORM if form else "video/mp4"
    head = f"POST /upload HTTP/1.1\r\nHost: t\r\nContent-Type: {kind}\r\nContent-Length: {50 * MB}"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + (FILE[:-5] if form else b"") + b"x" * sent)
        until(lambda: len(list(folder.iterdir())) == 1)
    until(lambda: list(folder.iterdir()) == [])


def test_a_full_disk_is_507_and_leaves_nothing(tmp_path: Path) -> None:
    """The operating system refuses writes past 4 MB: a limit needs no special rights to set."""
    with serving("tests.support.upload_app", str(tmp_path), str(400 * MB), str(4 * MB)) as server:
        answer = httpx.put(f"{server.url}/upload", content=megabytes(8))
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
        assert list(tmp_path.iterdir()) == []
        assert httpx.put(f"{server.url}/upload", content=megabytes(1)).status_code == 200


def test_a_file_that_cannot_fit_is_refused_at_once(tmp_path: Path) -> None:
    with TestClient(upload_app(tmp_path, max_bytes=10**19)) as client:
        answer = client.put("/upload", content=b"x", headers={"content-length": str(10**18)})
        assert answer.status_code == 507


@pytest.mark.parametrize(("silent", "code"), [(True, "upload_stalled"), (False, "upload_cut")])
def test_a_client_that_stops_is_given_up(tmp_path: Path, silent: bool, code: str) -> None:
    async def receive() -> Message:
        if not sent:
            sent.append(1)
            return {"type": "http.request", "body": b"abc", "more_body": True}
        if silent:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def upload() -> None:
        request = Request({"type": "http", "headers": [], "query_string": b""}, receive)
        async with received_upload(request, folder=tmp_path, max_bytes=MB, stall_s=0.05):
            raise AssertionError

    sent: list[int] = []
    with pytest.raises(UploadCut) as raised:
        asyncio.run(upload())
    assert raised.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_drips_is_given_up(tmp_path: Path) -> None:
    """Each byte comes in time, all of them together do not."""

    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def upload() -> None:
        request = Request({"type": "http", "headers": [], "query_string": b""}, receive)
        async with received_upload(request, folder=tmp_path, max_bytes=MB, stall_s=0.1):
            raise AssertionError

    with pytest.raises(UploadCut) as raised:
        asyncio.run(upload())
    assert raised.value.code == "upload_stalled"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("progress_every_s", "reports"),
    [(3600, [(3 * MB, None)]), (0, [(1 * MB, None), (2 * MB, None), (3 * MB, None)])],
)
def test_progress_is_reported_at_intervals_and_at_the_end(
    tmp_path: Path, progress_every_s: float, reports: list[tuple[int, None]]
) -> None:
    reported: list[tuple[int, int | None]] = []
    file = BodyFile(tmp_path, max_bytes=100 * MB, progress_every_s=progress_every_s)
    file.on_progress = lambda *now: reported.append(now)
    file.open()

    async def write() -> None:
        for _ in range(3):
            await file.write(bytes(BATCH_BYTES))

    asyncio.run(write())
    file.finish()
    assert list(dict.fromkeys(reported)) == reports
    file.discard()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_to_be_full_is_507(number: int) -> None:
    with pytest.raises(StorageFull), disk_errors():
        raise OSError(number, "full")


def test_other_disk_errors_pass() -> None:
    with pytest.raises(PermissionError), disk_errors():
        raise PermissionError(errno.EACCES, "no")
