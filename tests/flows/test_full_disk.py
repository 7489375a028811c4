"""A full disk: refused with 507, and nothing is stored or held."""

from pathlib import Path

import httpx
import numpy as np
import pytest

from mp4totext.runtime import Runtime
from tests.conftest import Account, account_for
from tests.support.in_process_service import NOTHING, Harness
from tests.support.media_files import write_wav
from tests.support.uvicorn_processes import Server, serving

ROOM = 3_000_000


@pytest.fixture
def account(runtime: Runtime) -> Account:
    return account_for(runtime, "full@example.com")


@pytest.mark.slow
def test_a_recording_that_does_not_fit_is_507(
    runtime: Runtime, account: Account, tmp_path: Path
) -> None:
    long = write_wav(tmp_path / "long.wav", np.zeros((1, 2 * ROOM), np.float32))
    short = write_wav(tmp_path / "short.wav", np.zeros((1, 16_000), np.float32))
    data = runtime.settings.data_dir
    with serving("tests.support.small_disk_app", str(data), str(ROOM)) as server:
        for answer in (sent(server, account, long), in_pieces(server, account, long)):
            assert (answer.status_code, answer.json()["code"]) == (507, "storage_full"), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
        harness = Harness(runtime, None)  # type: ignore[arg-type]  # only its rows are looked at
        assert harness.rows(account) == NOTHING
        assert [name for name in harness.files() if "upload" in name] == []
        assert sent(server, account, short).status_code == 202
    assert harness.rows(account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    assert harness.audit() == []


def sent(server: Server, account: Account, file: Path) -> httpx.Response:
    return httpx.post(
        f"{server.url}/api/v1/transcriptions/upload",
        content=file.read_bytes(),
        headers={**account.headers, "Content-Type": "application/octet-stream"},
        timeout=30,
    )


def in_pieces(server: Server, account: Account, file: Path) -> httpx.Response:
    """Each piece fits; the file that is put together of them does not."""
    content = file.read_bytes()
    headers = {**account.headers, "Tus-Resumable": "1.0.0"}
    made = httpx.post(
        f"{server.url}/api/v1/uploads",
        headers={**headers, "Upload-Length": str(len(content))},
    )
    url = f"{server.url}{made.headers['location']}"
    body_type = {"Content-Type": "application/offset+octet-stream"}
    for start in range(0, len(content), ROOM // 2):
        piece = content[start : start + ROOM // 2]
        more = {**headers, **body_type, "Upload-Offset": str(start)}
        put = httpx.patch(url, headers=more, content=piece, timeout=30)
        assert put.status_code == 204, put.text
    upload_id = url.rpartition("/")[2]
    answer = httpx.post(
        f"{server.url}/api/v1/transcriptions/from-upload",
        json={"upload_id": upload_id},
        headers=account.headers,
        timeout=30,
    )
    assert httpx.delete(url, headers=headers).status_code == 204
    return answer
