"""Preferences of the page: stored unchanged, for one account only."""

from typing import Any

from fastapi.testclient import TestClient

from tests.conftest import Account
from tests.support.account_steps import AUTH, problem

PATH = f"{AUTH}/me/preferences"


def put(client: TestClient, account: Account, body: Any) -> Any:
    return client.put(PATH, json=body, headers=account.headers)


def test_they_are_kept_as_they_were_sent(
    client: TestClient, user: Account, other_user: Account
) -> None:
    assert client.get(PATH, headers=user.headers).json() == {}
    wanted = {"theme": "dark", "keys": {"play": ["F8"]}, "options": {"vocabulary": ["Riksarkivet"]}}
    assert put(client, user, {"theme": "light", "size": 20}).status_code == 204
    assert put(client, user, wanted).status_code == 204
    assert client.get(PATH, headers=user.headers).json() == wanted
    assert client.get(PATH, headers=other_user.headers).json() == {}


def test_what_is_too_much_is_refused(client: TestClient, user: Account) -> None:
    problem(put(client, user, {"notes": "x" * 70_000}), 413, "too_large")
    problem(put(client, user, ["a", "list"]), 422, "invalid")
    assert client.get(PATH, headers=user.headers).json() == {}
