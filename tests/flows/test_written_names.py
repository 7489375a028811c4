"""A file's name reaches the service however a client writes it in a form."""

import pytest

from tests.support.in_process_service import ApiUser, Harness
from tests.support.slow_tests import one_in
from tests.support.written_names import BOUNDARY, WRITTEN, form

_HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.mark.parametrize("client", one_in(8, WRITTEN))
def test_the_name_is_what_the_client_meant(harness: Harness, user: ApiUser, client: str) -> None:
    written, name = WRITTEN[client]
    content = form(written, ("language", "en"))
    answer = user.call("POST", "/transcriptions", content=content, headers=_HEADERS)
    assert answer.status_code == 202, answer.text
    assert user.recording(answer.json()["id"])["filename"] == name
    harness.work()


def test_a_file_without_name_and_type_is_no_file(user: ApiUser) -> None:
    content = form(b"").replace(b"Content-Type: audio/wav\r\n", b"")
    answer = user.call("POST", "/transcriptions", content=content, headers=_HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_form")
