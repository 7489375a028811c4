"""Every route of the accounts, through HTTP."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from mp4totext.auth import service
from mp4totext.auth.identity import authenticate
from mp4totext.auth.models import AuditEntry, Login, RefreshToken, Role, User
from mp4totext.credits import ledger
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from tests.conftest import PASSWORD, Account, account_for, app_for, auth_headers, settings_for
from tests.support.account_steps import AUTH, make_key, problem

NEW = {"email": "Ana@Example.com", "password": PASSWORD, "full_name": " Ana ", "language": "pt-BR"}


class TestRegister:
    def test_opens_an_account_with_the_gift(self, client: TestClient, runtime: Runtime) -> None:
        answer = client.post(f"{AUTH}/register", json=NEW)
        assert answer.status_code == 201
        body = answer.json()
        assert body["email"] == "ana@example.com"
        assert body["full_name"] == "Ana"
        assert body["language"] == "pt-BR"
        assert body["role"] == "user"
        assert PASSWORD not in answer.text
        assert "hash" not in answer.text
        with runtime.database.read() as session:
            assert ledger.balance(session, body["id"]).balance_uc == 100_000_000

    def test_email_is_taken_whatever_its_case(self, client: TestClient) -> None:
        client.post(f"{AUTH}/register", json=NEW)
        answer = client.post(f"{AUTH}/register", json={**NEW, "email": "ANA@example.COM"})
        problem(answer, 409, "email_taken")

    def test_parallel_registrations_make_one_account(
        self, client: TestClient, runtime: Runtime
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(client.post, f"{AUTH}/register", json=NEW) for _ in range(8)]
        statuses = sorted(call.result().status_code for call in calls)
        assert statuses == [201] + [409] * 7
        with runtime.database.read() as session:
            assert session.scalar(select(func.count(User.id))) == 1

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"password": "short"}, "invalid"),
            ({"password": "é" * 37}, "weak_password"),
            ({"password": "Password123"}, "weak_password"),
            ({"password": "ana@example.com"}, "weak_password"),
            ({"password": "with a \0 in it"}, "invalid"),
            ({"password": "half \ud800 character"}, "invalid"),
            ({"email": "ana"}, "invalid"),
            ({"email": "a\0na@example.com"}, "invalid"),
            ({"full_name": "A\0na"}, "invalid"),
            ({"full_name": "A\ud800na"}, "invalid"),
            ({"full_name": "A\nna"}, "invalid"),
            ({"full_name": "x" * 201}, "invalid"),
            ({"language": "english please"}, "invalid"),
        ],
    )
    def test_refuses_what_cannot_be_kept(
        self, client: TestClient, change: dict[str, str], code: str
    ) -> None:
        # json.dumps, because the client's own encoder refuses unpaired surrogates
        content = json.dumps({**NEW, **change})
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"{AUTH}/register", content=content, headers=headers)
        problem(answer, 422, code)

    def test_seventy_two_bytes_are_taken_and_seventy_three_are_not(
        self, client: TestClient
    ) -> None:
        too_long = client.post(f"{AUTH}/register", json={**NEW, "password": "ab" * 36 + "c"})
        assert "73 bytes" in problem(too_long, 422, "weak_password")["detail"]
        assert client.post(f"{AUTH}/register", json={**NEW, "password": "ab" * 36}).is_success

    def test_closed_registration(
        self, tmp_path: Path, make_runtime: Callable[[Settings], Runtime]
    ) -> None:
        runtime = make_runtime(settings_for(tmp_path, registration_open=False))
        with TestClient(app_for(runtime)) as client:
            problem(client.post(f"{AUTH}/register", json=NEW), 403, "registration_closed")


class TestLogin:
    def test_with_json(self, client: TestClient, user: Account) -> None:
        answer = client.post(
            f"{AUTH}/login", json={"email": " USER@example.com ", "password": PASSWORD}
        )
        assert answer.status_code == 200
        body = answer.json()
        assert body["token_type"] == "bearer"
        assert body["expires_in"] == 1800
        assert answer.headers["cache-control"] == "private, no-store"
        assert client.get(f"{AUTH}/me", headers=auth_headers(body["access_token"])).is_success

    def test_with_the_oauth2_form(self, client: TestClient, user: Account) -> None:
        form = {"grant_type": "password", "username": user.email, "password": PASSWORD, "scope": ""}
        answer = client.post(f"{AUTH}/login", data=form)
        assert answer.status_code == 200
        assert answer.json()["access_token"]

    def test_openapi_documents_both_and_authorize_points_here(self, client: TestClient) -> None:
        document = client.get("/openapi.json").json()
        content = document["paths"][f"{AUTH}/login"]["post"]["requestBody"]["content"]
        assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
        schemes = document["components"]["securitySchemes"]
        flow = schemes["OAuth2PasswordBearer"]["flows"]["password"]
        assert flow["tokenUrl"] == "api/v1/auth/login"
        assert schemes["APIKeyHeader"]["name"] == "X-API-Key"

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("user@example.com", "not the password"),
            ("nobody@example.com", PASSWORD),
            ("not an address", PASSWORD),
        ],
    )
    def test_wrong_password_and_unknown_address_read_the_same(
        self, client: TestClient, user: Account, email: str, password: str
    ) -> None:
        answer = client.post(f"{AUTH}/login", json={"email": email, "password": password})
        body = problem(answer, 401, "wrong_login")
        assert body["detail"] == "The e-mail address or the password is wrong."
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"\xff",
            b"[" * 9000,
            b'{"email": "a@example.com"}',
            b'{"email": "a\\u0000", "password": "x"}',
            b'{"email": "a", "password": "\\ud800"}',
        ],
    )
    def test_refuses_what_is_not_a_login(self, client: TestClient, content: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"{AUTH}/login", content=content, headers=headers)
        problem(answer, 422, "invalid")

    def test_refuses_a_large_body(self, client: TestClient) -> None:
        problem(client.post(f"{AUTH}/login", content=b" " * 20_000), 413, "too_large")

    def test_form_without_password(self, client: TestClient) -> None:
        problem(client.post(f"{AUTH}/login", data={"username": "a"}), 422, "invalid")

    def test_deactivated_account_is_told_only_with_the_right_password(
        self, client: TestClient, runtime: Runtime, user: Account, admin: Account
    ) -> None:
        with runtime.database.write() as session:
            service.set_active(session, actor_id=admin.id, user_id=user.id, active=False)
        right = {"email": user.email, "password": PASSWORD}
        problem(client.post(f"{AUTH}/login", json=right), 401, "account_deactivated")
        wrong = {"email": user.email, "password": "wrong password"}
        problem(client.post(f"{AUTH}/login", json=wrong), 401, "wrong_login")
        problem(client.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")

    def test_local_account_cannot_log_in(self, client: TestClient, runtime: Runtime) -> None:
        with runtime.database.write() as session:
            local = service.local_account(session)
        answer = client.post(f"{AUTH}/login", json={"email": local.email, "password": PASSWORD})
        problem(answer, 401, "wrong_login")


class TestRefresh:
    def rotate(self, client: TestClient, token: str) -> Any:
        return client.post(f"{AUTH}/refresh", json={"refresh_token": token})

    def test_gives_new_tokens(self, client: TestClient, user: Account) -> None:
        first = self.rotate(client, user.refresh_token)
        assert first.status_code == 200
        second = self.rotate(client, first.json()["refresh_token"])
        assert second.status_code == 200
        assert second.json()["refresh_token"] != first.json()["refresh_token"]
        headers = auth_headers(second.json()["access_token"])
        assert client.get(f"{AUTH}/me", headers=headers).is_success

    def test_reuse_ends_the_whole_login(self, client: TestClient, user: Account) -> None:
        newer = self.rotate(client, user.refresh_token).json()
        problem(self.rotate(client, user.refresh_token), 401, "refresh_token_reused")
        problem(self.rotate(client, newer["refresh_token"]), 401, "invalid_credentials")
        headers = auth_headers(newer["access_token"])
        problem(client.get(f"{AUTH}/me", headers=headers), 401, "invalid_credentials")

    def test_reuse_leaves_other_logins_alone(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        other = service.log_in(runtime, email=user.email, password=PASSWORD)
        self.rotate(client, user.refresh_token)
        self.rotate(client, user.refresh_token)
        assert self.rotate(client, other.refresh_token).is_success

    def test_parallel_refreshes_have_one_winner_and_end_the_login(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        with ThreadPoolExecutor(10) as pool:
            calls = [pool.submit(self.rotate, client, user.refresh_token) for _ in range(10)]
        answers = [call.result() for call in calls]
        won = [answer for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        assert sum(answer.status_code == 401 for answer in answers) == 9
        problem(self.rotate(client, won[0].json()["refresh_token"]), 401, "invalid_credentials")
        with runtime.database.read() as session:
            assert session.scalars(select(Login.revoked_at)).one() is not None

    def test_unknown_and_expired_tokens(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        problem(self.rotate(client, "mp4r_unknown"), 401, "invalid_credentials")
        problem(self.rotate(client, user.access_token[:200]), 401, "invalid_credentials")
        with runtime.database.write() as session:
            session.execute(update(RefreshToken).values(expires_at=now() - timedelta(seconds=1)))
        problem(self.rotate(client, user.refresh_token), 401, "invalid_credentials")

    def test_account_deactivated_meanwhile(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        with runtime.database.write() as session:
            session.execute(update(User).values(active=False))
        problem(self.rotate(client, user.refresh_token), 401, "invalid_credentials")


class TestLogout:
    def test_ends_the_login_at_once(self, client: TestClient, user: Account) -> None:
        body = {"refresh_token": user.refresh_token}
        answer = client.post(f"{AUTH}/logout", json=body)
        assert answer.status_code == 204
        assert answer.content == b""
        problem(client.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")
        problem(client.post(f"{AUTH}/refresh", json=body), 401, "invalid_credentials")
        assert client.post(f"{AUTH}/logout", json=body).status_code == 204

    def test_unknown_token_is_logged_out_already(self, client: TestClient) -> None:
        answer = client.post(f"{AUTH}/logout", json={"refresh_token": "mp4r_unknown"})
        assert answer.status_code == 204

    def test_needs_a_token(self, client: TestClient) -> None:
        problem(client.post(f"{AUTH}/logout", json={}), 422, "invalid")


class TestMe:
    def test_shows_and_changes(self, client: TestClient, user: Account) -> None:
        assert client.get(f"{AUTH}/me", headers=user.headers).json()["id"] == user.id
        answer = client.patch(f"{AUTH}/me", headers=user.headers, json={"full_name": "Ana"})
        assert answer.status_code == 200
        answer = client.patch(f"{AUTH}/me", headers=user.headers, json={"language": "de"})
        assert (answer.json()["full_name"], answer.json()["language"]) == ("Ana", "de")
        answer = client.patch(f"{AUTH}/me", headers=user.headers, json={"language": None})
        assert (answer.json()["full_name"], answer.json()["language"]) == ("Ana", None)

    def test_refuses_what_is_not_a_name(self, client: TestClient, user: Account) -> None:
        answer = client.patch(f"{AUTH}/me", headers=user.headers, json={"full_name": None})
        problem(answer, 422, "invalid")

    def test_role_and_address_cannot_be_changed(self, client: TestClient, user: Account) -> None:
        for change in ({"role": "admin"}, {"email": "x@example.com"}, {"active": False}):
            problem(client.patch(f"{AUTH}/me", headers=user.headers, json=change), 422, "invalid")
        body = client.get(f"{AUTH}/me", headers=user.headers).json()
        assert (body["role"], body["email"], body["active"]) == ("user", user.email, True)

    def test_needs_credentials(self, client: TestClient) -> None:
        problem(client.get(f"{AUTH}/me"), 401, "unauthenticated")
        problem(client.patch(f"{AUTH}/me", json={}), 401, "unauthenticated")
        basic = {"Authorization": "Basic dXNlcjpwYXNz"}
        problem(client.get(f"{AUTH}/me", headers=basic), 401, "unauthenticated")


class TestPassword:
    NEW_PASSWORD = "staple tractor cloud"

    def change(self, client: TestClient, account: Account, **more: str) -> Any:
        body = {"current_password": PASSWORD, "new_password": self.NEW_PASSWORD, **more}
        return client.post(f"{AUTH}/password", headers=account.headers, json=body)

    def test_ends_all_logins_and_opens_one(
        self, client: TestClient, runtime: Runtime, user: Account
    ) -> None:
        elsewhere = service.log_in(runtime, email=user.email, password=PASSWORD)
        with runtime.database.write() as session:
            ticket = service.issue_ticket(session, authenticate(runtime, user.access_token))
        answer = self.change(client, user)
        assert answer.status_code == 200
        here = auth_headers(answer.json()["access_token"])
        assert client.get(f"{AUTH}/me", headers=here).is_success
        for token in (user.access_token, elsewhere.access_token):
            assert client.get(f"{AUTH}/me", headers=auth_headers(token)).status_code == 401
        with runtime.database.write() as session:
            assert service.consume_ticket(session, ticket) is None
        for password, status in ((PASSWORD, 401), (self.NEW_PASSWORD, 200)):
            login = {"email": user.email, "password": password}
            assert client.post(f"{AUTH}/login", json=login).status_code == status
        with runtime.database.read() as session:
            assert session.scalars(select(AuditEntry.action)).all() == ["password.changed"]

    def test_needs_the_current_one(self, client: TestClient, user: Account) -> None:
        problem(self.change(client, user, current_password="wrong"), 422, "wrong_password")
        assert client.get(f"{AUTH}/me", headers=user.headers).is_success

    def test_refuses_a_weak_one(self, client: TestClient, user: Account) -> None:
        problem(self.change(client, user, new_password="password1"), 422, "weak_password")

    def test_an_api_key_cannot(self, client: TestClient, user: Account) -> None:
        key = make_key(client, user, "account")["key"]
        body = {"current_password": PASSWORD, "new_password": self.NEW_PASSWORD}
        answer = client.post(f"{AUTH}/password", headers=auth_headers(key), json=body)
        problem(answer, 403, "login_needed")


class TestTicket:
    def test_opens_once(self, client: TestClient, runtime: Runtime, user: Account) -> None:
        answer = client.post("/api/v1/ws/ticket", headers=user.headers)
        assert answer.status_code == 201
        assert answer.json()["expires_in"] == 30
        ticket = answer.json()["ticket"]
        with runtime.database.write() as session:
            found = service.consume_ticket(session, ticket)
            assert found is not None
            assert found.user_id == user.id
        with runtime.database.write() as session:
            assert service.consume_ticket(session, ticket) is None

    def test_needs_credentials(self, client: TestClient) -> None:
        problem(client.post("/api/v1/ws/ticket"), 401, "unauthenticated")


def test_every_role_of_the_enum_is_one_of_the_table(runtime: Runtime) -> None:
    for role in Role:
        account = account_for(runtime, f"{role}@example.com")
        with runtime.database.write() as session:
            service.set_role(session, actor_id="command", user_id=account.id, role=role)
