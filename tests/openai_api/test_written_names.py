"""A file's name reaches OpenAI's route however a client writes it in a form."""

import httpx
import pytest

from tests.support.in_process_service import ApiUser
from tests.support.openai_service import Served, key_of, worker
from tests.support.slow_tests import one_in
from tests.support.written_names import BOUNDARY, WRITTEN, form


@pytest.mark.parametrize("client", one_in(16, WRITTEN))
def test_the_name_is_what_the_client_meant(served: Served, user: ApiUser, client: str) -> None:
    written, name = WRITTEN[client]
    headers = {
        "Authorization": f"Bearer {key_of(user)}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    content = form(written, ("model", "whisper-1"))
    with worker(served.harness):
        answer = httpx.post(
            f"{served.url}/v1/audio/transcriptions", content=content, headers=headers, timeout=60
        )
    assert answer.status_code == 200, answer.text
    api = httpx.get(
        f"{served.url}/api/v1/transcriptions/{answer.headers['x-transcription-id']}",
        headers=headers,
    )
    assert api.json()["filename"] == name
