"""Borrowed files stay in place; refused keys are not an unreachable store."""

from pathlib import Path

import httpx
import pytest

from mp4totext.kit.storage import (
    ObjectMissing,
    SignedPut,
    Storage,
    StorageRefused,
    StorageUnavailable,
    local_storage,
    s3_storage,
)
from tests.support.servers import S3Server

KEY = "recordings/one/media"


def test_a_borrowed_file_is_read_in_place_and_survives_its_object(tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    talk.write_bytes(b"sound")
    storage = local_storage(tmp_path / "store")
    storage.borrow(talk, KEY)
    assert (tmp_path / "store" / KEY).is_symlink()
    assert storage.fetch(KEY, tmp_path / "unused").read_bytes() == b"sound"
    assert storage.size(KEY) == 5
    assert storage.delete_prefix("recordings/one") == 1
    assert talk.read_bytes() == b"sound"
    assert storage.keys("recordings") == []


def test_a_borrowed_file_is_copied_where_links_are_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("a required privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    talk = tmp_path / "talk.wav"
    talk.write_bytes(b"sound")
    storage = local_storage(tmp_path / "store")
    storage.borrow(talk, KEY)
    storage.delete_prefix("recordings/one")
    assert talk.read_bytes() == b"sound"


def test_a_copy_stays_when_the_first_object_goes(
    tmp_path: Path, s3_bucket: tuple[S3Server, str]
) -> None:
    for storage in (local_storage(tmp_path / "store"), s3_of(*s3_bucket)):
        storage.put(KEY, b"sound")
        storage.copy(KEY, "videos/two/media")
        storage.delete_prefix("recordings/one")
        kept = storage.fetch("videos/two/media", tmp_path / "kept")
        assert kept.read_bytes() == b"sound"
        with pytest.raises(ObjectMissing):
            storage.copy(KEY, "videos/three/media")


def test_a_wrong_secret_is_refused_not_unavailable(s3_bucket: tuple[S3Server, str]) -> None:
    server, bucket = s3_bucket
    storage = s3_storage(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key="not-the-secret",
        bucket=bucket,
        region="us-east-1",
        secure=False,
        virtual_host_style=False,
    )
    with pytest.raises(StorageRefused):
        storage.put("x", b"y")
    with pytest.raises(StorageRefused):
        storage.ping()


def test_an_absent_store_is_unavailable_not_refused() -> None:
    storage = s3_storage(
        endpoint="127.0.0.1:1",
        access_key="a",
        secret_key="b",
        bucket="c",
        region="us-east-1",
        secure=False,
        virtual_host_style=False,
    )
    with pytest.raises(StorageUnavailable) as raised:
        storage.ping()
    assert not isinstance(raised.value, StorageRefused)


def s3_of(server: S3Server, bucket: str, *, public_endpoint: str | None = None) -> Storage:
    return s3_storage(
        endpoint=server.endpoint,
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=bucket,
        region="us-east-1",
        secure=False,
        virtual_host_style=False,
        public_endpoint=public_endpoint,
    )


def test_a_large_object_comes_in_ranges(s3_bucket: tuple[S3Server, str], tmp_path: Path) -> None:
    storage = s3_of(*s3_bucket)
    data = bytes(range(256)) * 10
    storage.put(KEY, data)
    assert storage.fetch(KEY, tmp_path / "media", range_bytes=1000).read_bytes() == data
    storage.put("empty", b"")
    assert storage.fetch("empty", tmp_path / "empty").read_bytes() == b""
    with pytest.raises(ObjectMissing):
        storage.fetch("nothing", tmp_path / "nothing")


def test_files_given_to_a_store_are_moved_or_copied_there(
    s3_bucket: tuple[S3Server, str], tmp_path: Path
) -> None:
    storage = s3_of(*s3_bucket)
    mine, given = tmp_path / "mine", tmp_path / "given"
    mine.write_bytes(b"sound")
    given.write_bytes(b"noise")
    storage.borrow(mine, KEY)
    storage.adopt(given, "recordings/two/media")
    assert (mine.exists(), given.exists()) == (True, False)
    assert storage.keys("recordings") == [KEY, "recordings/two/media"]
    assert storage.delete_prefix("recordings") == 2
    assert storage.keys("recordings") == []


def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    storage = local_storage(tmp_path / "store")
    storage.ping()
    with pytest.raises(ObjectMissing):
        storage.fetch(KEY, tmp_path / "unused")
    (tmp_path / "store").rmdir()
    with pytest.raises(StorageUnavailable, match="'store' is gone"):
        storage.ping()


def offer(storage: Storage, key: str = KEY) -> SignedPut:
    """Of five bytes of WAV."""
    put = storage.signed_put(key, size_bytes=5, media_type="audio/wav", expires_s=60)
    assert put is not None
    return put


def without_length(put: SignedPut) -> dict[str, str]:
    """Its headers; httpx adds the length of what is sent."""
    return {name: value for name, value in put.headers.items() if name != "Content-Length"}


def test_a_signed_link_takes_one_object_and_gives_it_back(
    s3_bucket: tuple[S3Server, str],
) -> None:
    storage = s3_of(*s3_bucket)
    put = offer(storage)
    assert httpx.put(put.url, content=b"sound", headers=put.headers).is_success
    assert storage.size(KEY) == 5
    other = put.url.replace("media", "other")
    assert httpx.put(other, content=b"sound", headers=put.headers).status_code == 403
    get = storage.signed_url(KEY, expires_s=60)
    assert get is not None
    assert httpx.get(get).content == b"sound"
    assert httpx.put(get, content=b"sound").status_code == 403


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"soun", "audio/wav"),
        (b"sounds", "audio/wav"),
        (b"sound" * 1_000_000, "audio/wav"),
        (b"sound", "text/html"),
        (b"sound", ""),
    ],
)
def test_a_signed_link_takes_no_other_length_and_type(
    s3_bucket: tuple[S3Server, str], content: bytes, media_type: str
) -> None:
    storage = s3_of(*s3_bucket)
    put = offer(storage)
    headers = without_length(put) | {"Content-Type": media_type}
    answer = httpx.put(put.url, content=content, headers=headers)
    assert answer.status_code == 403, answer.text
    assert storage.keys("recordings") == []


def test_a_signed_link_takes_no_length_that_is_only_said(s3_bucket: tuple[S3Server, str]) -> None:
    """Chunks have no length before they came."""
    storage = s3_of(*s3_bucket)
    put = offer(storage)
    chunks = iter([b"sound", b"more"])
    answer = httpx.put(put.url, content=chunks, headers=without_length(put))
    assert answer.is_client_error, answer.text
    assert storage.keys("recordings") == []


def test_a_copy_of_another_object_was_not_sent(s3_bucket: tuple[S3Server, str]) -> None:
    """Ceph obeys a header that is not signed, and copies with the rights of the service."""
    storage, (_, bucket) = s3_of(*s3_bucket), s3_bucket
    storage.put("recordings/other/media", b"other")
    put = offer(storage)
    assert httpx.put(put.url, content=b"sound", headers=put.headers).is_success
    sent = storage.sent(KEY)
    assert sent.size_bytes == 5
    assert b"".join(storage.stream(KEY, start=0, end=5, etag=sent.etag)) == b"sound"

    copying = put.headers | {"x-amz-copy-source": f"/{bucket}/recordings/other/media"}
    assert httpx.put(put.url, content=b"sound", headers=copying).is_success
    with pytest.raises(ObjectMissing):
        storage.sent(KEY)
    with pytest.raises(StorageUnavailable):  # replaced while it is read
        next(storage.stream(KEY, start=0, end=5, etag=sent.etag))
    for name, value in (
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-acl", "public-read"),
        ("x-amz-grant-read", "uri=http://acs.amazonaws.com/groups/global/AllUsers"),
    ):
        assert httpx.put(put.url, content=b"sound", headers=copying | {name: value}).is_client_error
    assert httpx.get(put.url.partition("?")[0]).status_code == 403


def test_links_name_the_address_that_clients_reach(s3_bucket: tuple[S3Server, str]) -> None:
    storage = s3_of(*s3_bucket, public_endpoint="https://media.example.com")
    assert offer(storage).url.startswith("https://media.example.com/")
    storage.put(KEY, b"sound")  # by the other one
    assert storage.size(KEY) == 5


def test_a_folder_signs_nothing(tmp_path: Path) -> None:
    storage = local_storage(tmp_path)
    assert storage.signed_url(KEY, expires_s=60) is None
    put = storage.signed_put(KEY, size_bytes=5, media_type="audio/wav", expires_s=60)
    assert put is None


@pytest.mark.parametrize("named", ["s3.test", "{bucket}.s3.test"])
def test_virtual_style_names_the_bucket_in_the_host(
    s3_bucket: tuple[S3Server, str], named: str
) -> None:
    """No resolver knows that host here, so the request goes to the address with the host's name."""
    server, bucket = s3_bucket
    port = server.endpoint.rpartition(":")[2]
    storage = s3_storage(
        endpoint=f"{named.format(bucket=bucket)}:{port}",
        access_key=server.access_key,
        secret_key=server.secret_key,
        bucket=bucket,
        region="us-east-1",
        secure=False,
        virtual_host_style=True,
    )
    put = offer(storage, "recordings/x/media")
    for method, link, headers in (
        ("PUT", put.url, put.headers),
        ("GET", storage.signed_url("recordings/x/media", expires_s=60), {}),
    ):
        assert link is not None
        host = f"{bucket}.s3.test:{port}"
        assert link.startswith(f"http://{host}/recordings/x/media?")
        here = link.replace(f"http://{host}", server.endpoint)
        content = b"words" if method == "PUT" else None
        answer = httpx.request(method, here, headers={"Host": host} | headers, content=content)
        assert answer.status_code == 200, answer.text
    assert answer.content == b"words"
    assert server.client().head_object(Bucket=bucket, Key="recordings/x/media")
