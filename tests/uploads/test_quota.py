"""The storage quota covers recordings and open uploads, and tiny parts are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from mp4totext.auth.models import User
from mp4totext.runtime import Runtime
from mp4totext.settings import IngestSettings, Settings
from tests.conftest import app_for, settings_for
from tests.support.folder_site import folder_site
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording

MB = 10**6
QUOTA = 5 * MB
API = "/api/v1"


@pytest.fixture
def harness(tmp_path: Path, make_runtime: Callable[[Settings], Runtime]) -> Harness:
    ingest = IngestSettings(storage_bytes_per_user=QUOTA, download_allow_private=True)
    runtime = make_runtime(settings_for(tmp_path).model_copy(update={"ingest": ingest}))
    return Harness(runtime, TestClient(app_for(runtime)))


@pytest.fixture
def user(harness: Harness) -> ApiUser:
    return harness.new_user()


def open_upload(user: ApiUser, length: int) -> httpx2.Response:
    headers = user.account.headers | {"Tus-Resumable": "1.0.0", "Upload-Length": str(length)}
    return user.harness.client.post(f"{API}/uploads", headers=headers)


def patch(user: ApiUser, address: str, offset: int, body: bytes) -> httpx2.Response:
    headers = user.account.headers | {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    return user.harness.client.patch(address, headers=headers, content=body)


def storage(user: ApiUser) -> dict[str, Any]:
    answer = user.harness.client.get(f"{API}/storage", headers=user.account.headers)
    usage: dict[str, Any] = answer.json()
    return usage


def assert_over_quota(answer: httpx2.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (507, "storage_quota_exceeded"), body
    assert body["quota_bytes"] == QUOTA
    assert "5.0 MB it may use" in body["detail"]


def test_unfinished_uploads_count_with_their_whole_length(user: ApiUser) -> None:
    first = open_upload(user, 3 * MB)
    assert first.status_code == 201
    assert_over_quota(open_upload(user, 2 * MB + 1))
    assert storage(user) == {"files": 0, "uploads": 3 * MB, "quota": QUOTA}
    headers = user.account.headers | {"Tus-Resumable": "1.0.0"}
    assert user.harness.client.delete(first.headers["Location"], headers=headers).is_success
    assert open_upload(user, 5 * MB).status_code == 201
    assert_over_quota(open_upload(user, 1))
    assert open_upload(user.harness.new_user(), 1).status_code == 201


def test_recordings_count_also_when_their_job_was_cancelled(user: ApiUser) -> None:
    sound = recording(FOUR_SECONDS).read_bytes()
    size = len(sound)
    accepted = user.upload(sound).json()
    cancel = f"{API}/jobs/{accepted['task_id']}/cancel"
    assert user.harness.client.post(cancel, headers=user.account.headers).is_success
    assert storage(user)["files"] == size
    assert open_upload(user, QUOTA - size).status_code == 201
    assert_over_quota(user.upload(sound))
    assert storage(user)["files"] == size
    gone = f"{API}/transcriptions/{accepted['id']}"
    assert user.harness.client.delete(gone, headers=user.account.headers).is_success
    assert storage(user)["files"] == 0
    assert user.upload(sound).status_code == 202


def test_an_upload_that_becomes_a_recording_needs_its_room_once(user: ApiUser) -> None:
    sound = recording(FOUR_SECONDS).read_bytes()
    whole = sound + bytes(QUOTA - len(sound))
    address = open_upload(user, QUOTA).headers["Location"]
    assert patch(user, address, 0, whole).status_code == 204
    body = {"upload_id": address.rpartition("/")[2]}
    url = f"{API}/transcriptions/from-upload"
    accepted = user.harness.client.post(url, headers=user.account.headers, json=body)
    assert accepted.status_code == 202, accepted.text
    assert storage(user) == {"files": QUOTA, "uploads": 0, "quota": QUOTA}


def test_a_download_over_the_quota_fails_and_keeps_nothing(user: ApiUser) -> None:
    sound = recording(FOUR_SECONDS).read_bytes()
    with folder_site(recording(FOUR_SECONDS).parent) as site:
        assert open_upload(user, QUOTA - len(sound) + 1).status_code == 201
        body = {"url": f"{site}/{recording(FOUR_SECONDS).name}"}
        url = f"{API}/transcriptions/from-url"
        accepted = user.harness.client.post(url, headers=user.account.headers, json=body).json()
        user.harness.work()
    job = user.harness.client.get(
        f"{API}/jobs/{accepted['task_id']}", headers=user.account.headers
    ).json()
    assert job["error"]["code"] == "storage_quota_exceeded", job
    assert storage(user)["files"] == 0
    assert not [name for name in user.harness.files() if name.startswith("media")]


def test_an_account_that_is_not_metered_has_no_quota(harness: Harness) -> None:
    user = harness.new_user()
    with harness.runtime.database.write() as session:
        session.get_one(User, user.account.id).metered = False
    assert open_upload(user, 2 * QUOTA).status_code == 201
    assert storage(user)["quota"] is None


@pytest.mark.parametrize("chunked", [False, True])
def test_a_part_is_not_tiny_unless_it_is_the_last(user: ApiUser, *, chunked: bool) -> None:
    address = open_upload(user, 100_000).headers["Location"]

    def send(offset: int, size: int) -> httpx2.Response:
        body = bytes(size)
        return patch(user, address, offset, iter([body]) if chunked else body)  # type: ignore[arg-type]

    refused = send(0, 1)
    assert (refused.status_code, refused.json()["code"]) == (422, "part_too_small")
    assert refused.json()["smallest_bytes"] == 65_536
    assert send(0, 99_999).status_code == 204
    assert send(99_999, 1).status_code == 204
