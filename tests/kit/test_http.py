"""Failures that nobody foresaw, or that are not ours: a problem that gives nothing away."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from mp4totext.kit.storage import StorageUnavailable


def test_a_bug_is_500_with_the_request_and_nothing_internal(app: FastAPI) -> None:
    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("/srv/secret/path")

    answer = TestClient(app, raise_server_exceptions=False).get("/bug")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


def test_an_absent_storage_is_503_and_says_when_to_come_again(app: FastAPI) -> None:
    @app.get("/absent")
    def absent() -> None:
        raise StorageUnavailable("storage did not answer: GenericError")

    answer = TestClient(app).get("/absent")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer.headers["retry-after"] == "5"
