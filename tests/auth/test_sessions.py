"""Browser sessions: signing in, forged requests, devices, and the printed link."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from mp4totext.auth import identity, service, sessions
from mp4totext.auth.local_user import local_user
from mp4totext.auth.models import AuditEntry, Login, Role, SignInCode, User
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from tests.conftest import PASSWORD, Account, account_for, app_for, settings_for
from tests.support.account_steps import AUTH, problem

HERE = "http://127.0.0.1:8002"
OWN = {"Origin": HERE}
COOKIE = "mp4totext-8002"


def browser(runtime: Runtime, *, address: str = HERE, client: str = "127.0.0.1") -> TestClient:
    return TestClient(app_for(runtime), base_url=address, client=(client, 50_000))


@pytest.fixture
def page(runtime: Runtime) -> TestClient:
    return browser(runtime)


def sign_in(client: TestClient, account: Account, **headers: str) -> Any:
    body = {"email": account.email, "password": PASSWORD}
    return client.post(f"{AUTH}/session", json=body, headers=headers or OWN)


@pytest.fixture
def signed_in(page: TestClient, user: Account) -> TestClient:
    assert sign_in(page, user).status_code == 200
    return page


def code_of(runtime: Runtime) -> str:
    with runtime.database.write() as session:
        return sessions.make_code(session)


class TestSigningIn:
    def test_a_password_gives_a_cookie_that_scripts_cannot_read(
        self, page: TestClient, user: Account
    ) -> None:
        answer = sign_in(page, user)
        assert answer.status_code == 200
        assert answer.json()["id"] == user.id
        assert answer.headers["cache-control"] == "private, no-store"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=mp4s_")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert page.get(f"{AUTH}/me").json()["email"] == user.email

    def test_https_binds_the_cookie_to_the_host(self, runtime: Runtime, user: Account) -> None:
        page = browser(runtime, address="https://localhost")
        cookie = sign_in(page, user, Origin="https://localhost").headers["set-cookie"]
        assert cookie.startswith("__Host-mp4totext=mp4s_")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert page.get(f"{AUTH}/me").status_code == 200

    def test_a_page_learns_who_is_signed_in_without_an_error_for_nobody(
        self, page: TestClient, user: Account
    ) -> None:
        def asked() -> Any:
            answer = page.get("/api/v1/auth/session")
            assert answer.status_code == 200
            return answer.json()["user"]

        assert asked() is None
        sign_in(page, user)
        cookie = page.cookies[COOKIE]
        assert (asked()["id"], asked()["metered"], asked()["has_password"]) == (user.id, True, True)
        page.delete("/api/v1/auth/session", headers=OWN)
        page.cookies[COOKIE] = cookie  # a browser that kept it
        assert asked() is None

    def test_a_wrong_password_gives_none(self, page: TestClient, user: Account) -> None:
        body = {"email": user.email, "password": "wrong horse battery"}
        answer = page.post(f"{AUTH}/session", json=body, headers=OWN)
        problem(answer, 401, "wrong_login")
        assert "set-cookie" not in answer.headers

    def test_only_the_hash_is_stored(self, signed_in: TestClient, runtime: Runtime) -> None:
        secret = signed_in.cookies[COOKIE]
        with runtime.database.read() as session:
            stored = session.scalars(select(Login.secret_hash)).all()
        assert secret not in stored
        assert len([each for each in stored if each]) == 1

    def test_sign_in_is_limited(self, make_runtime: Callable[..., Runtime], tmp_path: Any) -> None:
        limited = settings_for(tmp_path, rate_limit_enabled=True, rate_limit_login="1/minute")
        page = browser(make_runtime(limited))
        body = {"email": "nobody@example.com", "password": PASSWORD}
        problem(page.post(f"{AUTH}/session", json=body, headers=OWN), 401, "wrong_login")
        problem(page.post(f"{AUTH}/session", json=body, headers=OWN), 429, "too_many_requests")

    def test_signing_out_ends_it_for_good(self, signed_in: TestClient) -> None:
        secret = signed_in.cookies[COOKIE]
        assert signed_in.delete(f"{AUTH}/session", headers=OWN).status_code == 204
        assert COOKIE not in signed_in.cookies
        signed_in.cookies.set(COOKIE, secret)
        problem(signed_in.get(f"{AUTH}/me"), 401, "session_ended")

    def test_a_token_signs_itself_out_too(self, client: TestClient, user: Account) -> None:
        assert client.delete(f"{AUTH}/session", headers=user.headers).status_code == 204
        problem(client.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")

    def test_a_header_comes_before_the_cookie(
        self, signed_in: TestClient, other_user: Account
    ) -> None:
        assert signed_in.get(f"{AUTH}/me", headers=other_user.headers).json()["id"] == other_user.id

    def test_a_deactivated_account_is_out_at_once(
        self, signed_in: TestClient, runtime: Runtime, user: Account
    ) -> None:
        with runtime.database.write() as session:
            session.execute(update(User).where(User.id == user.id).values(active=False))
        problem(signed_in.get(f"{AUTH}/me"), 401, "session_ended")


class TestForgery:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "http://127.0.0.1:9000"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Sec-Fetch-Site": "same-site", **OWN},
            {"Sec-Fetch-Site": "cross-site", **OWN},
            {"Sec-Fetch-Site": "none", **OWN},
        ],
    )
    def test_another_page_changes_nothing(
        self, signed_in: TestClient, headers: dict[str, str]
    ) -> None:
        change = {"full_name": "Mallory"}
        answer = signed_in.patch(f"{AUTH}/me", json=change, headers=headers)
        problem(answer, 403, "foreign_page")
        assert signed_in.get(f"{AUTH}/me").json()["full_name"] == ""

    @pytest.mark.parametrize("headers", [OWN, {"Sec-Fetch-Site": "same-origin"}])
    def test_our_own_page_changes_what_it_wants(
        self, signed_in: TestClient, headers: dict[str, str]
    ) -> None:
        answer = signed_in.patch(f"{AUTH}/me", json={"full_name": "Ana"}, headers=headers)
        assert answer.json()["full_name"] == "Ana"

    def test_an_unencrypted_page_of_the_same_name_is_foreign_to_an_encrypted_one(
        self, runtime: Runtime, user: Account
    ) -> None:
        page = browser(runtime, address="https://localhost")
        problem(sign_in(page, user, Origin="http://localhost"), 403, "foreign_page")

    def test_another_page_signs_nobody_in(self, page: TestClient, user: Account) -> None:
        problem(sign_in(page, user, Origin="http://evil.example"), 403, "foreign_page")

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8002", "[", ""])
    def test_another_name_for_this_address_gets_nothing(
        self, signed_in: TestClient, host: str
    ) -> None:
        secret = signed_in.cookies[COOKIE]
        port = host.partition(":")[2] or "80"
        headers = {"Host": host, "Cookie": f"mp4totext-{port}={secret}"}
        problem(signed_in.get(f"{AUTH}/me", headers=headers), 403, "unknown_host")

    @pytest.mark.parametrize("host", ["mp4.example.com:8002", "localhost:8002", "[::1]:8002"])
    def test_known_names_are_served(
        self, make_runtime: Callable[..., Runtime], tmp_path: Any, host: str
    ) -> None:
        settings = settings_for(tmp_path)
        app = settings.app.model_copy(update={"public_hosts": "x.example, MP4.example.com,"})
        runtime = make_runtime(settings.model_copy(update={"app": app}))
        account = account_for(runtime, "user@example.com")
        page = browser(runtime, address=f"http://{host}")
        assert sign_in(page, account, Origin=f"http://{host}").status_code == 200

    def test_a_port_that_is_none_is_a_name_nobody_knows(self, signed_in: TestClient) -> None:
        secret = signed_in.cookies[COOKIE]
        headers = {"Host": "evil.example:99999999", "Cookie": f"mp4totext-80={secret}"}
        problem(signed_in.get(f"{AUTH}/me", headers=headers), 403, "unknown_host")


class TestSockets:
    def test_the_page_opens_the_event_stream_with_its_cookie(self, signed_in: TestClient) -> None:
        with signed_in, signed_in.websocket_connect("ws://127.0.0.1:8002/api/v1/ws", headers=OWN):
            pass

    @pytest.mark.parametrize("origin", ["http://evil.example", ""])
    def test_another_page_opens_none(self, signed_in: TestClient, origin: str) -> None:
        headers = {"Origin": origin} if origin else {}
        with (
            signed_in,
            pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
            signed_in.websocket_connect("ws://127.0.0.1:8002/api/v1/ws", headers=headers),
        ):
            pass


class TestLifetime:
    def moved(self, runtime: Runtime, *, created: timedelta, used: timedelta) -> None:
        at = now()
        with runtime.database.write() as session:
            session.execute(
                update(Login)
                .where(Login.secret_hash.is_not(None))
                .values(
                    created_at=at - created,
                    last_used_at=at - used,
                    expires_at=at - used + timedelta(days=30),
                )
            )

    def expires_at(self, runtime: Runtime) -> Any:
        with runtime.database.read() as session:
            return session.scalars(select(Login).where(Login.secret_hash.is_not(None))).one()

    def test_use_puts_the_end_off(self, signed_in: TestClient, runtime: Runtime) -> None:
        self.moved(runtime, created=timedelta(days=20), used=timedelta(days=20))
        assert signed_in.get(f"{AUTH}/me").status_code == 200
        login = self.expires_at(runtime)
        assert login.expires_at > now() + timedelta(days=29)
        assert login.last_used_at > now() - timedelta(minutes=1)

    def test_it_ends_after_30_days_unused(self, signed_in: TestClient, runtime: Runtime) -> None:
        self.moved(runtime, created=timedelta(days=31), used=timedelta(days=31))
        problem(signed_in.get(f"{AUTH}/me"), 401, "session_ended")

    def test_it_ends_after_90_days_in_all(self, signed_in: TestClient, runtime: Runtime) -> None:
        self.moved(runtime, created=timedelta(days=89), used=timedelta(days=1))
        assert signed_in.get(f"{AUTH}/me").status_code == 200
        assert self.expires_at(runtime).expires_at < now() + timedelta(days=2)

    def test_a_busy_database_refuses_nobody(
        self, signed_in: TestClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.moved(runtime, created=timedelta(days=1), used=timedelta(days=1))

        def busy() -> Iterator[None]:
            raise OperationalError("", {}, Exception("database is locked"))

        monkeypatch.setattr(runtime.database, "write", busy)
        secret = signed_in.cookies[COOKIE]
        assert identity.authenticate(runtime, secret).login_id

    def test_the_sweeper_removes_what_has_ended(
        self, signed_in: TestClient, runtime: Runtime
    ) -> None:
        code_of(runtime)
        self.moved(runtime, created=timedelta(days=31), used=timedelta(days=31))
        with runtime.database.write() as session:
            session.execute(update(SignInCode).values(expires_at=now() - timedelta(seconds=1)))
            service.remove_expired(session)
        with runtime.database.read() as session:
            assert session.scalars(select(SignInCode)).all() == []
            kept = select(Login).where(Login.secret_hash.is_not(None))
            assert session.scalars(kept).all() == []
        problem(signed_in.get(f"{AUTH}/me"), 401, "session_ended")


class TestDevices:
    def listed(self, client: TestClient) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = client.get(f"{AUTH}/sessions").json()["items"]
        return items

    def test_browsers_and_clients_are_listed(self, signed_in: TestClient) -> None:
        browser_row, tokens_row = self.listed(signed_in)
        assert browser_row["kind"] == "browser"
        assert browser_row["device"] == "testclient"
        assert browser_row["current"] is True
        assert browser_row["last_used_at"]
        assert tokens_row["kind"] == "tokens"
        assert tokens_row["current"] is False

    def test_one_can_be_ended(self, signed_in: TestClient, user: Account) -> None:
        tokens_row = self.listed(signed_in)[1]
        path = f"{AUTH}/sessions/{tokens_row['id']}"
        assert signed_in.delete(path, headers=OWN).status_code == 204
        problem(signed_in.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")
        problem(signed_in.delete(path, headers=OWN), 404, "not_found")

    def test_another_persons_is_not_found(self, signed_in: TestClient, other_user: Account) -> None:
        path = f"{AUTH}/sessions/{self.listed(signed_in)[0]['id']}"
        problem(signed_in.delete(path, headers=other_user.headers), 404, "not_found")

    def test_all_others_can_be_ended(self, signed_in: TestClient, user: Account) -> None:
        assert signed_in.delete(f"{AUTH}/sessions", headers=OWN).status_code == 204
        assert [row["current"] for row in self.listed(signed_in)] == [True]
        problem(signed_in.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")

    def test_a_new_password_keeps_this_one_only(self, signed_in: TestClient, user: Account) -> None:
        body = {"current_password": PASSWORD, "new_password": "another horse battery"}
        path = f"{AUTH}/session/password"
        assert signed_in.post(path, json=body, headers=OWN).status_code == 204
        assert [row["current"] for row in self.listed(signed_in)] == [True]
        problem(signed_in.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")
        problem(signed_in.post(path, json=body, headers=OWN), 422, "wrong_password")


class TestPrintedLink:
    def trade(self, client: TestClient, code: str, **headers: str) -> Any:
        return client.post(f"{AUTH}/session/code", json={"code": code}, headers=OWN | headers)

    def test_it_signs_the_local_account_in_as_administrator(
        self, page: TestClient, runtime: Runtime
    ) -> None:
        answer = self.trade(page, code_of(runtime))
        assert answer.status_code == 200
        body = answer.json()
        assert (body["role"], body["metered"], body["has_password"]) == ("admin", False, False)
        assert page.get("/api/v1/admin/stats").status_code == 200
        with runtime.database.read() as session:
            actions = session.scalars(select(AuditEntry.action)).all()
        assert actions == ["admin.created"]

    def test_it_works_once(self, page: TestClient, runtime: Runtime) -> None:
        code = code_of(runtime)
        assert self.trade(page, code).status_code == 200
        problem(self.trade(page, code), 401, "wrong_code")

    def test_a_second_link_opens_the_same_account(self, page: TestClient, runtime: Runtime) -> None:
        first = self.trade(page, code_of(runtime)).json()
        assert self.trade(page, code_of(runtime)).json()["id"] == first["id"]
        with runtime.database.read() as session:
            admins = select(User).where(User.role == Role.ADMIN)
            assert len(session.scalars(admins).all()) == 1

    def test_it_ends_after_ten_minutes(self, page: TestClient, runtime: Runtime) -> None:
        code = code_of(runtime)
        with runtime.database.write() as session:
            session.execute(update(SignInCode).values(expires_at=now()))
        problem(self.trade(page, code), 401, "wrong_code")

    @pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "somewhere"])
    def test_other_machines_cannot_use_it(self, runtime: Runtime, address: str) -> None:
        code = code_of(runtime)
        problem(self.trade(browser(runtime, client=address), code), 403, "not_this_machine")
        assert self.trade(browser(runtime), code).status_code == 200

    def test_nobody_can_use_it_through_a_proxy(self, page: TestClient, runtime: Runtime) -> None:
        answer = self.trade(page, code_of(runtime), **{"X-Forwarded-For": "127.0.0.1"})
        problem(answer, 403, "not_this_machine")

    def test_a_deactivated_local_account_stays_out(
        self, page: TestClient, runtime: Runtime
    ) -> None:
        with runtime.database.write() as session:
            local_user(session).active = False
        problem(self.trade(page, code_of(runtime)), 401, "account_deactivated")
