"""A field of a request that nothing reads is refused and named: it would have no effect."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import PASSWORD, Account
from tests.support.stills import picture

Json = dict[str, Any]

FORM, PLAIN_FORM = "multipart/form-data", "application/x-www-form-urlencoded"
EXCEPTIONS = {
    "POST /v1/audio/speech application/json": "OpenAI's service ignores what it does not know",
    "POST /v1/images/generations application/json": "as above",
    "POST /v1/realtime/client_secrets application/json": "as above",
    f"POST /v1/audio/transcriptions {FORM}": "as above",
    f"POST /v1/audio/translations {FORM}": "as above",
    f"POST /api/v1/auth/login {PLAIN_FORM}": "servers ignore unknown fields (RFC 6749, 3.2)",
    f"POST /api/v1/transcriptions {FORM}": "each option may be a field; checked as the options are",
    f"POST /api/v1/transcriptions/upload {FORM}": "as above",
}
NO_SUCH = "There is no such field: leave it out."


def objects(schema: Any, document: Json, seen: set[str]) -> Iterator[Json]:
    """Every object in a schema, with references resolved."""
    if isinstance(schema, list):
        for each in schema:
            yield from objects(each, document, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        yield from objects(document["components"]["schemas"][name], document, seen)
    if schema.get("type") == "object":
        yield schema
    for key, each in schema.items():
        if key != "discriminator":
            yield from objects(each, document, seen)


def open_bodies(document: Json) -> set[str]:
    """The bodies that accept any field, by route and media type."""
    found = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                for each in objects(body["schema"], document, set()):
                    # Without properties it is a map, whose keys are the caller's.
                    if "properties" in each and each.get("additionalProperties") is not False:
                        found.add(f"{method.upper()} {path} {kind}")
    return found


def test_every_body_refuses_unknown_fields(client: TestClient) -> None:
    assert open_bodies(client.get("/openapi.json").json()) == set(EXCEPTIONS)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/auth/me", {"full_name": "Ana", "role": "admin"}),
        ("POST", "/auth/register", {"email": "b@example.com", "password": PASSWORD, "role": "a"}),
        ("POST", "/auth/login", {"email": "b@example.com", "password": PASSWORD, "role": "a"}),
        ("POST", "/auth/keys", {"name": "k", "scopes": ["jobs:read"], "role": "admin"}),
    ],
)
def test_an_unknown_field_is_named(
    client: TestClient, user: Account, method: str, path: str, body: Json
) -> None:
    answer = client.request(method, f"/api/v1{path}", json=body, headers=user.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "body.role", "message": NO_SUCH}]


def test_a_field_beside_a_picture_is_named(client: TestClient, user: Account) -> None:
    """``transcription_id`` belongs to the query: in the form it would be lost."""
    answer = client.post(
        "/api/v1/images",
        files={"file": ("a.png", picture())},
        data={"transcription_id": "trn_1"},
        headers=user.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "transcription_id", "message": NO_SUCH}]


def test_a_field_beside_a_recording_is_named(client: TestClient, user: Account) -> None:
    answer = client.post(
        "/api/v1/transcriptions",
        files={"file": ("a.wav", b"RIFF")},
        data={"speaker": "2"},
        headers=user.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "speaker", "message": NO_SUCH}]
