"""A borrowed file stays its owner's; a store that refuses our keys is not one that is away."""

from pathlib import Path

import pytest

from mp4totext.kit.storage import StorageRefused, StorageUnavailable, local_storage, s3_storage
from tests.services import S3Server

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
