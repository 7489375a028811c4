"""Direct uploads: refused without S3, never mixed with resumable ones, and swept."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.runtime import Runtime
from mp4totext.uploads import service
from mp4totext.uploads.models import Upload
from tests.conftest import Account


def direct(runtime: Runtime, user: Account) -> Upload:
    with runtime.database.write() as session:
        return service.create(
            session,
            user_id=user.id,
            length=5,
            metadata_header="filename dGFsay53YXY=",
            max_bytes=10,
            require_space=lambda *_: None,
            direct=True,
        )


def test_without_s3_the_answer_names_the_resumable_upload(
    client: TestClient, user: Account
) -> None:
    body = {"filename": "talk.wav", "size_bytes": 5}
    answer = client.post("/api/v1/uploads/presigned", headers=user.headers, json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_direct_uploads"
    assert "POST /api/v1/uploads" in answer.json()["detail"]


@pytest.mark.parametrize("media_type", ["text/html", "audio/wav\nX: y", "image/svg+xml", ""])
def test_a_type_that_is_no_recording_is_refused(
    client: TestClient, user: Account, media_type: str
) -> None:
    body = {"filename": "talk.wav", "size_bytes": 5, "content_type": media_type}
    answer = client.post("/api/v1/uploads/presigned", headers=user.headers, json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body.content_type: ")


def test_tus_cannot_append_to_a_direct_upload(runtime: Runtime, user: Account) -> None:
    upload = direct(runtime, user)
    with runtime.database.write() as session, pytest.raises(WrongState, match="one PUT"):
        service.begin_write(session, user_id=user.id, upload_id=upload.id, offset=0)


@pytest.mark.parametrize("sent", [b"", b"soun", b"sounds"])
def test_a_direct_upload_counts_only_when_it_is_complete(
    runtime: Runtime, user: Account, sent: bytes
) -> None:
    upload = direct(runtime, user)
    assert upload.direct_key is not None
    if sent:
        runtime.storage.put(upload.direct_key, sent)
    with runtime.database.read() as session:
        done = service.complete(session, user_id=user.id, upload_id=upload.id)
    folder = runtime.settings.work_dir
    with (
        pytest.raises(WrongState, match=f"has {len(sent)} of 5"),
        service.assembled(runtime.storage, done, folder=folder),
    ):
        pass
    runtime.storage.put(upload.direct_key, b"sound")
    with service.assembled(runtime.storage, done, folder=folder) as file:
        assert (file.filename, file.path.read_bytes()) == ("talk.wav", b"sound")


def test_a_file_that_arrives_after_the_upload_ended_is_swept(
    runtime: Runtime, user: Account
) -> None:
    """The link stays valid for a while after the upload was used."""
    upload = direct(runtime, user)
    assert upload.direct_key is not None
    with runtime.database.write() as session:
        service.end(session, runtime.storage, user_id=user.id, upload_id=upload.id)
    runtime.storage.put(upload.direct_key, b"later")
    assert service.sweep(runtime.database, runtime.storage) == 0
    with runtime.database.write() as session:
        long_ago = now() - service.DIRECT_KEPT - timedelta(minutes=1)
        session.execute(update(Upload).values(created_at=long_ago))
    assert service.sweep(runtime.database, runtime.storage) == 1
    assert runtime.storage.keys("uploads") == []
