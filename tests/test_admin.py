"""Administration of accounts, its permissions, and the audit log."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.auth import service
from mp4totext.runtime import Runtime
from tests.conftest import Account, auth_headers
from tests.support.account_steps import make_key, problem

USERS = "/api/v1/admin/users"
AUDIT = "/api/v1/admin/audit"
NOBODY = "usr_00000000000000000000000000"


def change(client: TestClient, account: Account, user_id: str, **values: Any) -> Any:
    return client.patch(f"{USERS}/{user_id}", headers=account.headers, json=values)


def found(client: TestClient, admin: Account, **query: Any) -> list[str]:
    answer = client.get(USERS, headers=admin.headers, params=query)
    assert answer.status_code == 200, answer.text
    return [item["email"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", USERS), ("PATCH", f"{USERS}/{NOBODY}"), ("GET", AUDIT)],
)
def test_is_closed_to_others(
    client: TestClient, user: Account, admin: Account, method: str, path: str
) -> None:
    problem(client.request(method, path, json={}), 401, "unauthenticated")
    answer = client.request(method, path, json={}, headers=user.headers)
    problem(answer, 403, "admin_needed")
    narrow = auth_headers(make_key(client, admin, "account")["key"])
    answer = client.request(method, path, json={}, headers=narrow)
    assert problem(answer, 403, "scope_missing")["scope"] == "admin"
    wide = auth_headers(make_key(client, admin, "admin")["key"])
    assert client.request(method, path, json={}, headers=wide).status_code in (200, 404)


def test_searches_users(
    client: TestClient, runtime: Runtime, admin: Account, user: Account, other_user: Account
) -> None:
    with runtime.database.write() as session:
        service.change_profile(session, other_user.id, {"full_name": "Ana 100%"})
    everyone = [other_user.email, user.email, admin.email]
    assert sorted(found(client, admin)) == sorted(everyone)
    assert found(client, admin, search="OTHER@") == [other_user.email]
    assert found(client, admin, search="ana 100%") == [other_user.email]
    assert found(client, admin, search="%") == [other_user.email]
    assert found(client, admin, search=user.id) == [user.email]
    problem(client.get(USERS, headers=admin.headers, params={"search": "\0"}), 422, "invalid")


def test_deactivates_and_activates(client: TestClient, admin: Account, user: Account) -> None:
    assert change(client, admin, user.id, active=False).json()["active"] is False
    assert client.get("/api/v1/auth/me", headers=user.headers).status_code == 401
    assert change(client, admin, user.id, active=True).json()["active"] is True
    assert change(client, admin, user.id, active=True).status_code == 200
    # The logins of before stay ended.
    assert client.get("/api/v1/auth/me", headers=user.headers).status_code == 401
    entries = client.get(AUDIT, headers=admin.headers).json()["items"][:2]
    assert [entry["action"] for entry in entries] == ["user.activated", "user.deactivated"]
    assert {(entry["actor_id"], entry["target"]) for entry in entries} == {(admin.id, user.id)}


def test_changes_roles_at_once(client: TestClient, admin: Account, user: Account) -> None:
    assert client.get(USERS, headers=user.headers).status_code == 403
    assert change(client, admin, user.id, role="admin").json()["role"] == "admin"
    assert client.get(USERS, headers=user.headers).status_code == 200
    assert change(client, admin, user.id, role="admin").status_code == 200
    assert change(client, user, admin.id, role="user").json()["role"] == "user"
    assert client.get(USERS, headers=admin.headers).status_code == 403
    entries = client.get(AUDIT, headers=user.headers).json()["items"]
    assert entries[0]["facts"] == {"from": "admin", "to": "user"}
    assert [entry["action"] for entry in entries] == [
        "user.role_changed",
        "user.role_changed",
        "admin.created",
    ]


@pytest.mark.parametrize("values", [{"role": "user"}, {"active": False}])
def test_the_last_admin_stays(
    client: TestClient, admin: Account, user: Account, values: dict[str, Any]
) -> None:
    problem(change(client, admin, admin.id, **values), 409, "last_admin")
    change(client, admin, user.id, role="admin")
    assert change(client, admin, admin.id, **values).status_code == 200


def test_refuses_unknown_users_and_roles(client: TestClient, admin: Account) -> None:
    problem(change(client, admin, NOBODY, active=False), 404, "not_found")
    problem(change(client, admin, NOBODY, role="user"), 404, "not_found")
    problem(change(client, admin, NOBODY, role="king"), 422, "invalid")
    problem(change(client, admin, "%00", role="user"), 422, "invalid")


def grant(client: TestClient, admin: Account, user: Account, amount: Any, key: str | None) -> Any:
    headers = admin.headers | ({} if key is None else {"Idempotency-Key": key})
    body = {"amount": amount, "reason": "test"}
    return client.post(f"{USERS}/{user.id}/credits", headers=headers, json=body)


def test_a_grant_that_is_sent_again_is_given_once(
    client: TestClient, admin: Account, user: Account
) -> None:
    first = grant(client, admin, user, 50, "k")
    assert (first.status_code, first.json()["balance"]) == (200, 150)
    assert grant(client, admin, user, 50, "k").json() == first.json()
    assert grant(client, admin, user, 50, None).json()["balance"] == 200


def test_the_key_of_another_grant_is_refused_and_gives_nothing(
    client: TestClient, admin: Account, user: Account, other_user: Account
) -> None:
    grant(client, admin, user, 50, "k")
    for someone, amount in ((other_user, 50), (user, 70), (user, -50)):
        answer = grant(client, admin, someone, amount, "k")
        problem(answer, 422, "idempotency_key_reused")
    assert grant(client, admin, other_user, 1, None).json()["balance"] == 101


def test_long_keys_that_differ_at_their_end_are_two(
    client: TestClient, admin: Account, user: Account
) -> None:
    grant(client, admin, user, 1, "x" * 180 + "-1")
    assert grant(client, admin, user, 1, "x" * 180 + "-2").json()["balance"] == 102


@pytest.mark.parametrize("amount", [0, 0.004, 0.015, 1e7, True, "5", None])
def test_a_grant_without_effect_or_sense_is_refused(
    client: TestClient, admin: Account, user: Account, amount: Any
) -> None:
    body = problem(grant(client, admin, user, amount, None), 422, "invalid")
    assert "amount" in body["detail"]
