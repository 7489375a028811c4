"""Unexpected failures and failures of servers become problems without internal details."""

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from httpx2 import Response

from mp4totext.jobs.errors import JobNotFound, JobNotRetryable
from mp4totext.kit.errors import Invalid
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


def asked(app: FastAPI, path: str, *, language: str | None) -> Response:
    headers = {} if language is None else {"Accept-Language": language}
    return TestClient(app, raise_server_exceptions=False).get(path, headers=headers)


def test_a_refusal_is_in_the_language_that_is_asked_for(app: FastAPI) -> None:
    @app.get("/job")
    def job() -> None:
        raise JobNotFound("job_1")

    german = asked(app, "/job", language="de-AT, en;q=0.5")
    assert german.json()["title"] == "Nicht gefunden"
    assert german.json()["detail"] == "Es gibt keinen Auftrag „job_1“."
    assert german.headers["content-language"] == "de"
    assert "Accept-Language" in german.headers["vary"]
    for language in (None, "en", "tlh"):
        english = asked(app, "/job", language=language)
        assert english.json()["detail"] == "There is no job 'job_1'."
        assert english.headers["content-language"] == "en"
        assert english.json()["code"] == german.json()["code"] == "job_not_found"


def test_what_is_known_in_english_only_has_a_title_that_says_as_much(app: FastAPI) -> None:
    detail = "The job is running: only failed or cancelled jobs can be retried."

    @app.get("/retry")
    def retry() -> None:
        raise JobNotRetryable(detail)

    turkish = asked(app, "/retry", language="tr")
    assert turkish.json()["title"] == "İş yeniden denenemez."
    assert turkish.json()["detail"] == detail
    assert turkish.headers["content-language"] == "en"
    english = asked(app, "/retry", language=None)
    assert english.json()["title"] == "The job cannot be retried."


def test_another_code_of_a_known_error_is_named_by_its_status(app: FastAPI) -> None:
    @app.get("/own")
    def own() -> None:
        raise Invalid("The left side is odd.", code="left_is_odd")

    assert asked(app, "/own", language="fr").json()["title"] == "Données refusées"
    assert asked(app, "/own", language=None).json()["title"] == "Invalid request"


def test_a_wrong_value_is_said_in_the_language_that_is_asked_for(app: FastAPI) -> None:
    @app.get("/count")
    def count(many: Annotated[int, Query(le=5)]) -> int:
        return many

    answer = asked(app, "/count?many=9", language="es")
    assert answer.json()["errors"] == [
        {"where": "query.many", "message": "Envía 5 o menos."},
    ]
    assert answer.json()["detail"] == "query.many: Envía 5 o menos."
    assert answer.json()["title"] == "Algo de la solicitud no se acepta."
    wrong = asked(app, "/count?many=many", language=None).json()
    assert wrong["detail"] == "query.many: Send a whole number."


def test_an_unknown_address_and_method_are_said_too(app: FastAPI) -> None:
    nowhere = asked(app, "/api/v1/nowhere", language="ja").json()
    assert (nowhere["code"], nowhere["detail"]) == (
        "not_found",
        "このアドレスには何もありません。",
    )
    method = TestClient(app).delete("/health", headers={"Accept-Language": "ar"})
    assert method.json()["code"] == "method_not_allowed"
    assert method.headers["content-language"] == "ar"
    assert method.headers["allow"] == "GET"
