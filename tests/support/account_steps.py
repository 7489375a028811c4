"""Steps that several tests of accounts share."""

from typing import Any

from fastapi.testclient import TestClient

from mp4totext.kit.http import PROBLEM_JSON
from tests.conftest import Account

AUTH = "/api/v1/auth"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    assert body["detail"]
    return body


def make_key(client: TestClient, account: Account, *scopes: str, **more: Any) -> dict[str, Any]:
    answer = client.post(
        f"{AUTH}/keys",
        headers=account.headers,
        json={"name": "laptop", "scopes": list(scopes), **more},
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body
