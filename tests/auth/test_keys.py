"""API keys, through HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from mp4totext.auth import keys, service
from mp4totext.auth.models import ApiKey
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from tests.conftest import Account, auth_headers
from tests.support.account_steps import AUTH, make_key, problem


class TestKeys:
    def test_secret_is_shown_once_and_kept_as_a_hash(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        made = make_key(client, user, "jobs:read", "account", "jobs:read", expires_in_days=30)
        assert made["key"].startswith("mp4_")
        assert made["key"].startswith(made["prefix"])
        assert made["scopes"] == ["account", "jobs:read"]
        listed = client.get(f"{AUTH}/keys", headers=user.headers)
        assert [item["id"] for item in listed.json()["items"]] == [made["id"]]
        assert made["key"] not in listed.text
        with runtime.database.read() as session:
            row = session.get(ApiKey, made["id"])
            assert row is not None
            assert made["key"] not in str(vars(row))
            assert row.expires_at is not None
            assert row.expires_at - row.created_at == timedelta(days=30)

    @pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
    def test_works_in_both_headers(self, client: TestClient, user: Account, header: str) -> None:
        key = make_key(client, user, "account")["key"]
        value = f"Bearer {key}" if header == "Authorization" else key
        assert client.get(f"{AUTH}/me", headers={header: value}).json()["id"] == user.id

    def test_scope_is_needed(self, client: TestClient, user: Account) -> None:
        headers = auth_headers(make_key(client, user, "jobs:read")["key"])
        for method, path in (
            ("GET", f"{AUTH}/me"),
            ("PATCH", f"{AUTH}/me"),
            ("GET", f"{AUTH}/keys"),
            ("DELETE", f"{AUTH}/keys/key_00000000000000000000000000"),
        ):
            answer = client.request(method, path, headers=headers, json={})
            assert problem(answer, 403, "scope_missing")["scope"] == "account"
        assert client.post("/api/v1/ws/ticket", headers=headers).status_code == 201
        headers = auth_headers(make_key(client, user, "account")["key"])
        problem(client.post("/api/v1/ws/ticket", headers=headers), 403, "scope_missing")

    def test_a_key_cannot_make_keys(self, client: TestClient, user: Account) -> None:
        headers = auth_headers(make_key(client, user, "account")["key"])
        body = {"name": "more", "scopes": ["transcriptions:write"]}
        answer = client.post(f"{AUTH}/keys", headers=headers, json=body)
        problem(answer, 403, "login_needed")

    def test_admin_scope_is_for_admins(
        self, client: TestClient, user: Account, admin: Account
    ) -> None:
        body = {"name": "ops", "scopes": ["admin"]}
        answer = client.post(f"{AUTH}/keys", headers=user.headers, json=body)
        problem(answer, 403, "admin_needed")
        assert make_key(client, admin, "admin")["scopes"] == ["admin"]

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "", "scopes": ["account"]},
            {"name": "  ", "scopes": ["account"]},
            {"name": "a\0b", "scopes": ["account"]},
            {"name": "a", "scopes": []},
            {"name": "a", "scopes": ["everything"]},
            {"name": "a", "scopes": ["account"], "expires_in_days": 0},
        ],
    )
    def test_refuses_what_is_not_a_key(
        self, client: TestClient, user: Account, body: dict[str, Any]
    ) -> None:
        answer = client.post(f"{AUTH}/keys", headers=user.headers, json=body)
        problem(answer, 422, "invalid")

    def test_revoked_key_is_refused_at_once(self, client: TestClient, user: Account) -> None:
        made = make_key(client, user, "account")
        headers = auth_headers(made["key"])
        assert client.get(f"{AUTH}/me", headers=headers).is_success
        path = f"{AUTH}/keys/{made['id']}"
        assert client.delete(path, headers=user.headers).status_code == 204
        problem(client.get(f"{AUTH}/me", headers=headers), 401, "invalid_credentials")
        problem(client.delete(path, headers=user.headers), 404, "not_found")
        assert client.get(f"{AUTH}/keys", headers=user.headers).json()["items"] == []

    def test_another_users_key_is_not_found(
        self, client: TestClient, user: Account, other_user: Account
    ) -> None:
        made = make_key(client, user, "account")
        path = f"{AUTH}/keys/{made['id']}"
        problem(client.delete(path, headers=other_user.headers), 404, "not_found")
        assert client.get(f"{AUTH}/keys", headers=other_user.headers).json()["items"] == []
        assert client.get(f"{AUTH}/me", headers=auth_headers(made["key"])).is_success

    def test_id_that_cannot_be_one(self, client: TestClient, user: Account) -> None:
        for path in ("%00", "key_x", "x" * 500):
            answer = client.delete(f"{AUTH}/keys/{path}", headers=user.headers)
            problem(answer, 422, "invalid")

    def test_expired_and_unknown_keys(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        headers = auth_headers(make_key(client, user, "account", expires_in_days=1)["key"])
        assert client.get(f"{AUTH}/me", headers=headers).is_success
        with runtime.database.write() as session:
            session.execute(update(ApiKey).values(expires_at=now()))
        problem(client.get(f"{AUTH}/me", headers=headers), 401, "invalid_credentials")
        unknown = auth_headers("mp4_" + "a" * 43)
        problem(client.get(f"{AUTH}/me", headers=unknown), 401, "invalid_credentials")

    def test_key_of_a_deactivated_account(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        headers = auth_headers(make_key(client, user, "account")["key"])
        with runtime.database.write() as session:
            service.set_active(session, actor_id="command", user_id=user.id, active=False)
        problem(client.get(f"{AUTH}/me", headers=headers), 401, "invalid_credentials")
        with runtime.database.write() as session:
            service.set_active(session, actor_id="command", user_id=user.id, active=True)
        assert client.get(f"{AUTH}/me", headers=headers).is_success

    def test_pages(self, client: TestClient, user: Account) -> None:
        made = [make_key(client, user, "account")["id"] for _ in range(3)]
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = client.get(f"{AUTH}/keys", headers=user.headers, params=query).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert seen == sorted(made, reverse=True)

    def test_has_a_limit(self, client: TestClient, runtime: Runtime, user: Account) -> None:
        last = make_key(client, user, "account")["id"]
        with runtime.database.write() as session:
            session.add_all(
                ApiKey(
                    id=new_id("key"),
                    user_id=user.id,
                    secret_hash=new_id("hash"),
                    prefix="mp4_",
                    name="many",
                    scopes=["account"],
                    created_at=now(),
                )
                for _ in range(keys.MAX_KEYS - 1)
            )
        body = {"name": "one more", "scopes": ["account"]}
        answer = client.post(f"{AUTH}/keys", headers=user.headers, json=body)
        problem(answer, 409, "too_many_keys")
        assert client.delete(f"{AUTH}/keys/{last}", headers=user.headers).status_code == 204
        answer = client.post(f"{AUTH}/keys", headers=user.headers, json=body)
        assert answer.status_code == 201


class TestKeysTwice:
    BODY = {"name": "laptop", "scopes": ["account"]}  # noqa: RUF012

    def send(self, client: TestClient, account: Account, **change: Any) -> Any:
        headers = {**account.headers, "Idempotency-Key": "once"}
        return client.post(f"{AUTH}/keys", headers=headers, json={**self.BODY, **change})

    def test_a_repeat_shows_the_same_key(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        first = self.send(client, user)
        second = self.send(client, user)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        with runtime.database.read() as session:
            assert session.scalar(select(func.count(ApiKey.id))) == 1
            connection = session.connection()
            dumped = connection.exec_driver_sql("SELECT * FROM idempotent_answers").all()
        assert first.json()["key"] not in str(dumped)

    def test_parallel_repeats_make_one_key(self, client: TestClient, user: Account) -> None:
        with ThreadPoolExecutor(6) as pool:
            calls = [pool.submit(self.send, client, user) for _ in range(6)]
        assert len({call.result().json()["key"] for call in calls}) == 1

    def test_another_request_is_refused(self, client: TestClient, user: Account) -> None:
        self.send(client, user)
        problem(self.send(client, user, name="other"), 422, "idempotency_key_reused")

    def test_another_user_may_use_the_same_one(
        self, client: TestClient, user: Account, other_user: Account
    ) -> None:
        assert self.send(client, user).json()["id"] != self.send(client, other_user).json()["id"]

    def test_revoked_meanwhile(self, client: TestClient, user: Account) -> None:
        made = self.send(client, user).json()
        client.delete(f"{AUTH}/keys/{made['id']}", headers=user.headers)
        problem(self.send(client, user), 409, "secret_gone")

    def test_server_secret_changed_meanwhile(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        made = self.send(client, user).json()
        with runtime.database.write() as session:
            session.execute(update(ApiKey).values(secret_hash="0" * 64))
        assert made["id"] in problem(self.send(client, user), 409, "secret_gone")["detail"]


class TestLastUsed:
    def test_is_noted_at_most_every_five_minutes(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        made = make_key(client, user, "account")

        def used() -> Any:
            client.get(f"{AUTH}/me", headers=auth_headers(made["key"]))
            with runtime.database.read() as session:
                return session.scalars(select(ApiKey.last_used_at)).one()

        first = used()
        assert first is not None
        assert used() == first
        with runtime.database.write() as session:
            session.execute(update(ApiKey).values(last_used_at=first - timedelta(minutes=6)))
        assert used() >= first
