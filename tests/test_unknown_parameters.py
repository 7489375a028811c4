"""A query parameter that no route reads is refused and named: it would have no effect."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.conftest import Account
from tests.support.in_process_service import FOUR_SECONDS, recording

API = "/api/v1"
# Probes, OpenAI's interface, and what reads its query itself or is the address of a file.
LENIENT = {
    "GET /health",
    "GET /ready",
    "GET /metrics",
    f"GET {API}/status",
    f"POST {API}/transcriptions",
    f"POST {API}/transcriptions/upload",
    f"GET {API}/transcriptions/{{transcription_id}}/export",
    f"GET {API}/transcriptions/{{transcription_id}}/media",
    f"GET {API}/transcriptions/{{transcription_id}}/playback",
    f"GET {API}/transcriptions/{{transcription_id}}/poster",
    f"GET {API}/images/{{image_id}}/file",
    f"GET {API}/videos/{{video_id}}/file",
    f"GET {API}/videos/{{video_id}}/thumbnail",
    f"GET {API}/files/{{prefix}}/{{row_id}}/{{name}}",
}


def test_every_route_refuses_unknown_parameters(client: TestClient, user: Account) -> None:
    assert isinstance(client.app, FastAPI)
    accepted = set()
    for path, operations in client.app.openapi()["paths"].items():
        for method, operation in operations.items():
            url = path.replace("{", "").replace("}", "")
            answer = client.request(method, url, params={"no_such": 1}, headers=user.headers)
            # Path and body are wrong too: only the first reason is looked at.
            named = "query.no_such" in answer.text.partition("}")[0]
            if answer.status_code != 422 or not (named or method == "head"):
                accepted.add(f"{method.upper()} {path}")
            else:
                assert "422" in operation["responses"], path
    assert {route for route in accepted if " /v1/" not in route} == LENIENT


@pytest.mark.parametrize(
    ("path", "where", "message"),
    [
        (
            "/jobs?limit=3&stat=queued",
            "query.stat",
            "There is no such parameter. These exist: state, limit, cursor.",
        ),
        ("/auth/me?fields=email", "query.fields", "There is no such field: leave it out."),
    ],
)
def test_it_is_named_with_those_that_exist(
    client: TestClient, user: Account, path: str, where: str, message: str
) -> None:
    answer = client.get(API + path, headers=user.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": where, "message": message}]


def test_options_beside_a_form_are_options(client: TestClient, user: Account) -> None:
    """``curl -F file=@talk.wav '…/transcriptions?title=Talk'`` lost the title."""
    answer = client.post(
        f"{API}/transcriptions?title=Talk&language=de&filename=day.wav",
        files={"file": ("talk.wav", recording(FOUR_SECONDS).read_bytes())},
        data={"language": "en"},
        headers=user.headers,
    )
    assert answer.status_code == 202, answer.text
    made = client.get(f"{API}/transcriptions/{answer.json()['id']}", headers=user.headers).json()
    assert (made["title"], made["filename"]) == ("Talk", "day.wav")
    assert made["options"]["language"] == "en"
