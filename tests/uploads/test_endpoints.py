import base64
import hashlib
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError, NotFound, WrongState
from mp4totext.runtime import Runtime
from mp4totext.uploads import service
from mp4totext.uploads.models import Upload, UploadPart
from tests.support.uploads_app import MAX_BYTES, add_user, uploads_app, uploads_runtime
from tests.support.uvicorn_processes import Server, serving, unreachable_storage
from tests.support.waiting import until

MB = 1 << 20
URL = "/api/v1/uploads"
BODY_TYPE = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    runtime = uploads_runtime(tmp_path)
    yield runtime
    runtime.close()


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(uploads_app(runtime), headers=add_user(runtime, "ada")) as client:
        yield client


def metadata(**fields: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in fields.items())


def begin(client: TestClient | httpx.Client, length: int, **fields: str) -> str:
    answer = client.post(
        URL, headers={"Upload-Length": str(length), "Upload-Metadata": metadata(**fields)}
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(client: TestClient, url: str, offset: int, body: bytes, **headers: str) -> Any:
    """The test client's own kind of response."""
    return client.patch(
        url, content=body, headers={**BODY_TYPE, "Upload-Offset": str(offset), **headers}
    )


def id_of(url: str) -> str:
    return url.rpartition("/")[2]


def bytes_of(runtime: Runtime, url: str, tmp_path: Path) -> bytes:
    with runtime.database.read() as session:
        upload = service.complete(session, user_id="usr_ada", upload_id=id_of(url))
    with service.assembled(runtime.storage, upload, folder=tmp_path / "assembled") as received:
        data = received.path.read_bytes()
        assert received.sha256 == hashlib.sha256(data).hexdigest()
        assert received.size_bytes == len(data)
    assert list((tmp_path / "assembled").iterdir()) == []
    return data


def test_a_file_in_three_parts_is_assembled(
    client: TestClient, runtime: Runtime, tmp_path: Path
) -> None:
    body = random.Random(1).randbytes(300_000)
    url = begin(client, len(body), filename="../günlük.mp4", language="tr")
    at = 0
    for size in (100_000, 1, 199_999):
        answer = patch(client, url, at, body[at : at + size])
        assert answer.status_code == 204
        at += size
        assert answer.headers["upload-offset"] == str(at)
        assert "GMT" in answer.headers["upload-expires"]
    assert bytes_of(runtime, url, tmp_path) == body
    with runtime.database.read() as session:
        upload = service.complete(session, user_id="usr_ada", upload_id=id_of(url))
    assert (upload.filename, upload.fields) == ("günlük.mp4", {"language": "tr"})


def test_the_first_bytes_may_arrive_with_the_creation(client: TestClient) -> None:
    answer = client.post(URL, content=b"abc", headers={**BODY_TYPE, "Upload-Length": "5"})
    assert answer.status_code == 201
    assert answer.headers["upload-offset"] == "3"
    head = client.head(answer.headers["location"])
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("3", "5")


def test_metadata_is_returned_as_it_was_sent(client: TestClient) -> None:
    url = begin(client, 5, filename="a.mp3", note="")
    assert client.head(url).headers["upload-metadata"] == metadata(filename="a.mp3", note="")


def test_options_need_no_account(runtime: Runtime) -> None:
    with TestClient(uploads_app(runtime)) as anyone:
        answer = anyone.options(URL)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(MAX_BYTES)
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"


@pytest.mark.parametrize("offset", [0, 2, 4, 99])
def test_a_stale_offset_is_409_with_the_current_one(client: TestClient, offset: int) -> None:
    url = begin(client, 5)
    patch(client, url, 0, b"abc")
    answer = patch(client, url, offset, b"x")
    assert (answer.status_code, answer.json()["code"]) == (409, "offset_mismatch")
    assert answer.json()["offset"] == 3
    assert answer.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_with_a_wrong_checksum_are_not_appended(client: TestClient, algorithm: str) -> None:
    url = begin(client, 6)
    digest = base64.b64encode(hashlib.new(algorithm, b"abc").digest()).decode()
    wrong = patch(client, url, 0, b"abX", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert client.head(url).headers["upload-offset"] == "0"
    right = patch(client, url, 0, b"abc", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert right.status_code == 204


@pytest.mark.parametrize("value", ["md5 AAAA", "sha256", "sha256 !!", ""])
def test_an_unknown_checksum_is_400(client: TestClient, value: str) -> None:
    url = begin(client, 6)
    assert patch(client, url, 0, b"abc", **{"Upload-Checksum": value}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "bad_header"),
        ({"Upload-Length": "-1"}, 400, "bad_header"),
        ({"Upload-Length": "9" * 30}, 400, "bad_header"),
        ({"Upload-Defer-Length": "1"}, 400, "bad_header"),
        ({"Upload-Length": "0"}, 422, "empty_file"),
        ({"Upload-Length": str(MAX_BYTES + 1)}, 413, "too_large"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename !!"}, 400, "bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": "a YQ==,a YQ=="}, 400, "bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": b"a \xff"}, 400, "bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Checksum": b"sha1 \xff"}, 400, "bad_checksum"),
        ({"Upload-Length": "5", "Upload-Metadata": "a /w=="}, 400, "bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": "a" * 5_000}, 400, "bad_upload_metadata"),
    ],
)
def test_a_bad_creation_is_refused(
    client: TestClient, headers: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post(URL, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_another_version_is_412_with_the_supported_one(client: TestClient) -> None:
    answer = client.post(URL, headers={"Upload-Length": "5", "Tus-Resumable": "0.2.2"})
    assert answer.status_code == 412
    assert answer.headers["tus-version"] == "1.0.0"


def test_bytes_past_the_end_are_refused(client: TestClient) -> None:
    url = begin(client, 5)
    assert patch(client, url, 0, b"abcdef").status_code == 413
    assert (
        client.patch(
            url, content=iter([b"abc", b"def"]), headers={**BODY_TYPE, "Upload-Offset": "0"}
        ).json()["code"]
        == "past_the_end"
    )
    assert client.head(url).headers["upload-offset"] == "0"


def test_the_bytes_need_their_content_type(client: TestClient) -> None:
    url = begin(client, 5)
    answer = patch(client, url, 0, b"abc", **{"Content-Type": "video/mp4"})
    assert answer.status_code == 415


def test_an_upload_is_visible_to_its_owner_only(client: TestClient, runtime: Runtime) -> None:
    url = begin(client, 5)
    with TestClient(uploads_app(runtime), headers=add_user(runtime, "eve")) as other:
        assert other.head(url).status_code == 404
        assert patch(other, url, 0, b"abc").status_code == 404
        assert other.delete(url).status_code == 404
    with TestClient(uploads_app(runtime), headers={"Tus-Resumable": "1.0.0"}) as nobody:
        assert nobody.head(url).status_code == 401
        assert nobody.post(URL, headers={"Upload-Length": "5"}).status_code == 401
    assert client.head(url).headers["upload-offset"] == "0"


def test_a_deleted_upload_leaves_nothing(client: TestClient, runtime: Runtime) -> None:
    url = begin(client, 5)
    patch(client, url, 0, b"abc")
    assert len(runtime.storage.keys("uploads")) == 1
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.head(url).status_code == 404
    assert patch(client, url, 3, b"de").status_code == 404
    assert runtime.storage.keys("uploads") == []
    assert service.sweep(runtime.database, runtime.storage) == 1
    assert_no_rows(runtime)


def assert_no_rows(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0
        assert session.scalar(select(func.count()).select_from(UploadPart)) == 0


def test_an_expired_upload_is_swept_with_its_parts(client: TestClient, runtime: Runtime) -> None:
    fresh, expired = begin(client, 5), begin(client, 5)
    for url in (fresh, expired):
        patch(client, url, 0, b"abc")
    with runtime.database.write() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Upload).where(Upload.id == id_of(expired)).values(expires_at=past))
    assert client.head(expired).status_code == 404
    assert service.sweep(runtime.database, runtime.storage) == 1
    assert all(id_of(fresh) in key for key in runtime.storage.keys("uploads"))
    assert client.head(fresh).headers["upload-offset"] == "3"


def test_an_account_has_a_limit_of_open_uploads(client: TestClient, runtime: Runtime) -> None:
    for _ in range(service.OPEN_PER_USER_MAX):
        begin(client, 5)
    answer = client.post(URL, headers={"Upload-Length": "5"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_uploads")


def test_an_upload_is_used_once(client: TestClient, runtime: Runtime) -> None:
    url = begin(client, 3)
    with runtime.database.read() as session, pytest.raises(WrongState):
        service.complete(session, user_id="usr_ada", upload_id=id_of(url))
    patch(client, url, 0, b"abc")

    def use(_: int) -> bool:
        try:
            with runtime.database.write() as session:
                service.end(session, runtime.storage, user_id="usr_ada", upload_id=id_of(url))
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1
    assert runtime.storage.keys("uploads") == []


def test_a_rolled_back_use_keeps_the_upload(client: TestClient, runtime: Runtime) -> None:
    url = begin(client, 3)
    patch(client, url, 0, b"abc")

    def use_and_fail() -> None:
        with runtime.database.write() as session:
            service.end(session, runtime.storage, user_id="usr_ada", upload_id=id_of(url))
            raise AppError("no credits", status=402)

    with pytest.raises(AppError):
        use_and_fail()
    assert client.head(url).headers["upload-offset"] == "3"
    assert len(runtime.storage.keys("uploads")) == 1


def test_a_fenced_out_request_appends_nothing(client: TestClient, runtime: Runtime) -> None:
    """The old connection may still be open when the client reconnects."""
    upload_id = id_of(begin(client, 10))
    with runtime.database.write() as session:
        slow = service.begin_write(session, user_id="usr_ada", upload_id=upload_id, offset=0)
    with runtime.database.write() as session:
        fast = service.begin_write(session, user_id="usr_ada", upload_id=upload_id, offset=0)
    with runtime.database.read() as session:
        assert not service.is_current_writer(session, slow)
    with runtime.database.write() as session:
        service.add_part(session, fast, key="k1", size=4)
    with pytest.raises(WrongState), runtime.database.write() as session:
        service.add_part(session, slow, key="k2", size=4)
    with runtime.database.read() as session:
        assert service.owned(session, user_id="usr_ada", upload_id=upload_id).offset_bytes == 4


def test_a_row_stays_until_the_storage_has_deleted_its_parts(
    client: TestClient, runtime: Runtime
) -> None:
    url = begin(client, 5)
    patch(client, url, 0, b"abc")
    with runtime.database.write() as session:
        service.end(session, unreachable_storage(), user_id="usr_ada", upload_id=id_of(url))
    assert service.sweep(runtime.database, unreachable_storage()) == 0
    assert len(runtime.storage.keys("uploads")) == 1
    assert service.sweep(runtime.database, runtime.storage) == 1
    assert runtime.storage.keys("uploads") == []
    assert_no_rows(runtime)


def test_a_storage_outage_is_503_and_appends_nothing(client: TestClient, runtime: Runtime) -> None:
    url = begin(client, 5)
    runtime.__dict__["storage"] = unreachable_storage()  # what a cached property would hold
    answer = patch(client, url, 0, b"abc")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert client.head(url).headers["upload-offset"] == "0"


@dataclass(frozen=True)
class ServerPair:
    """Two API processes on one database and one storage."""

    data: Path
    runtime: Runtime
    headers: dict[str, str]
    first: Server
    second: Server


MODULE = "tests.support.uploads_app"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerPair]:
    data = tmp_path_factory.mktemp("uploads")
    runtime = uploads_runtime(data)
    headers = add_user(runtime, "ada")
    with serving(MODULE, str(data)) as first, serving(MODULE, str(data)) as second:
        yield ServerPair(data, runtime, headers, first, second)
    runtime.close()


def send_cut(
    server: Server, url: str, headers: dict[str, str], offset: int, body: bytes, sent: int
) -> None:
    """A PATCH of ``body`` whose connection dies after ``sent`` bytes."""
    lines = [f"PATCH {url} HTTP/1.1", "Host: t", f"Content-Length: {len(body)}"]
    all_headers = {**headers, **BODY_TYPE, "Upload-Offset": str(offset)}
    lines += [f"{name}: {value}" for name, value in all_headers.items()]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body[:sent])


def test_random_cuts_over_two_processes_lose_nothing(pair: ServerPair, tmp_path: Path) -> None:
    chance = random.Random(7)
    body = chance.randbytes(8 * MB)
    servers = (pair.first, pair.second)
    clients = [httpx.Client(base_url=server.url, headers=pair.headers) for server in servers]
    url = begin(clients[0], len(body), filename="a.mp4")
    offset = cuts = 0
    while offset < len(body):
        turn = cuts % 2
        rest = body[offset:]
        if cuts < 40:
            sent_bytes = chance.randrange(400_000)
            send_cut(servers[turn], url, pair.headers, offset, rest, sent_bytes)
        else:
            patch_headers = {**BODY_TYPE, "Upload-Offset": str(offset)}
            clients[turn].patch(url, content=rest, headers=patch_headers)
        cuts += 1
        offset = int(clients[1 - turn].head(url).headers["upload-offset"])
    for client in clients:
        client.close()
    assert cuts > 40
    assert bytes_of(pair.runtime, url, tmp_path) == body
    with pair.runtime.database.write() as session:
        service.end(session, pair.runtime.storage, user_id="usr_ada", upload_id=id_of(url))
    service.sweep(pair.runtime.database, pair.runtime.storage)
    assert not [key for key in pair.runtime.storage.keys("uploads") if id_of(url) in key]
    assert list((pair.data / "work").rglob("*.upload")) == []


def test_bytes_that_arrived_before_a_cut_are_kept(pair: ServerPair) -> None:
    body = bytes(3 * MB)
    with httpx.Client(base_url=pair.second.url, headers=pair.headers) as client:
        url = begin(client, len(body))
        send_cut(pair.first, url, pair.headers, 0, body, 2 * MB)
        until(lambda: client.head(url).headers["upload-offset"] == str(2 * MB))


@pytest.mark.slow
def test_a_killed_process_costs_at_most_a_part(pair: ServerPair, tmp_path: Path) -> None:
    body = random.Random(9).randbytes(40 * MB)
    client = httpx.Client(base_url=pair.second.url, headers=pair.headers, timeout=60)
    with client, serving(MODULE, str(pair.data)) as doomed:
        url = begin(client, len(body))

        def flow() -> Iterator[bytes]:
            yield body[: 36 * MB]
            until(lambda: client.head(url).headers["upload-offset"] != "0")
            doomed.process.kill()
            doomed.process.wait()
            yield body[36 * MB :]

        with pytest.raises(httpx.TransportError):
            httpx.patch(
                doomed.url + url,
                content=flow(),
                headers={**pair.headers, **BODY_TYPE, "Upload-Offset": "0"},
                timeout=60,
            )
        offset = int(client.head(url).headers["upload-offset"])
        assert offset >= 32 * MB
        sent = {**BODY_TYPE, "Upload-Offset": str(offset)}
        assert client.patch(url, content=body[offset:], headers=sent).status_code == 204
    assert bytes_of(pair.runtime, url, tmp_path) == body
