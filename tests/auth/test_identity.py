"""Every way a credential can be wrong is refused, and never with a 500."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from mp4totext.auth.dependencies import AdminUser, CurrentUser
from mp4totext.auth.errors import ScopeMissing
from mp4totext.auth.identity import Identity, authenticate, bearer_of, signer
from mp4totext.auth.models import Role
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from tests.conftest import SECRET, Account, auth_headers
from tests.support.account_steps import make_key

ME = "/api/v1/auth/me"
BALANCE = "/api/v1/credits/balance"


def claims_of(account: Account) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        account.access_token, options={"verify_signature": False}, algorithms=["HS256"]
    )
    return claims


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_claims(user: Account) -> None:
    claims = claims_of(user)
    assert claims["sub"] == user.id
    assert claims["typ"] == "access"
    assert claims["exp"] - claims["iat"] == 1800
    assert set(claims) == {"iss", "aud", "typ", "sub", "sid", "iat", "exp"}


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "refresh"},
        {"typ": None},
        {"iss": "someone else"},
        {"aud": "something else"},
        {"sub": "usr_00000000000000000000000000"},
        {"sub": 5},
        {"sub": None},
        {"sub": "a\0b"},
        {"sub": "\ud800"},
        {"sid": "lgn_00000000000000000000000000"},
        {"sid": ["a"]},
        {"sid": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 10**30},
        {"iat": None},
        {"iat": 99999999999},
    ],
)
def test_claims_that_are_not_ours(
    client: TestClient, user: Account, change: dict[str, Any]
) -> None:
    claims = {key: value for key, value in (claims_of(user) | change).items() if value is not None}
    token = jwt.api_jws.encode(json.dumps(claims).encode(), SECRET, algorithm="HS256")
    answer = client.get(ME, headers=auth_headers(token))
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"


def test_signed_with_another_secret(client: TestClient, user: Account) -> None:
    token = jwt.encode(claims_of(user), "z" * 40, algorithm="HS256")
    assert client.get(ME, headers=auth_headers(token)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS512", "RS256"])
def test_another_algorithm(client: TestClient, user: Account, algorithm: str) -> None:
    _header, body, signature = user.access_token.split(".")
    for end in ("", signature):
        token = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{body}.{end}"
        assert client.get(ME, headers=auth_headers(token)).status_code == 401
    signed = jwt.encode(claims_of(user), SECRET * 2, algorithm="HS512")
    assert client.get(ME, headers=auth_headers(signed)).status_code == 401


def test_tampered(client: TestClient, user: Account, other_user: Account) -> None:
    header, _body, signature = user.access_token.split(".")
    forged = f"{header}.{part(claims_of(user) | {'sub': other_user.id})}.{signature}"
    assert client.get(ME, headers=auth_headers(forged)).status_code == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "mp4_", "mp4_é", "Bearer x", "x" * 5000])
def test_garbage(client: TestClient, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}
    assert client.get(ME, headers=headers).status_code == 401


def test_expired_says_so(client: TestClient, runtime: Runtime, user: Account) -> None:
    def token(seconds_ago: int) -> str:
        return signer(runtime).access_token(
            user_id=user.id,
            login_id=claims_of(user)["sid"],
            issued_at=now() - timedelta(seconds=1800 + seconds_ago),
        )

    answer = client.get(ME, headers=auth_headers(token(60)))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert client.get(ME, headers=auth_headers(token(1))).status_code == 200  # other clocks


def test_a_refresh_token_is_no_access_token(client: TestClient, user: Account) -> None:
    assert client.get(ME, headers=auth_headers(user.refresh_token)).status_code == 401


def test_another_users_login_does_not_help(
    client: TestClient, runtime: Runtime, user: Account, other_user: Account
) -> None:
    token = signer(runtime).access_token(
        user_id=user.id, login_id=claims_of(other_user)["sid"], issued_at=now()
    )
    assert client.get(ME, headers=auth_headers(token)).status_code == 401


def test_a_busy_database_does_not_refuse_a_key(
    client: TestClient, runtime: Runtime, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_key(client, user, "account")

    def busy() -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    monkeypatch.setattr(runtime.database, "write", busy)
    assert authenticate(runtime, made["key"]).user_id == user.id


def test_identity_of_a_login_and_of_a_key(
    client: TestClient, runtime: Runtime, admin: Account
) -> None:
    login = authenticate(runtime, admin.access_token)
    assert login.scopes is None
    assert login.is_admin
    assert (login.metered, login.active, login.role) == (True, True, Role.ADMIN)
    login.require("admin")
    key = authenticate(runtime, make_key(client, admin, "jobs:read")["key"])
    assert key.scopes == frozenset({"jobs:read"})
    with pytest.raises(ScopeMissing, match="jobs:write"):
        key.require("jobs:write")


@pytest.mark.parametrize("by_key", [False, True])
def test_a_read_looks_the_login_up_each_time_and_in_its_own_transaction(
    client: TestClient, runtime: Runtime, user: Account, *, by_key: bool
) -> None:
    key = make_key(client, user, "credits:read")
    headers = auth_headers(key["key"]) if by_key else user.headers
    assert client.get(BALANCE, headers=headers).status_code == 200  # notes when a key was used
    begun: list[object] = []
    event.listen(runtime.database.engine, "begin", begun.append)
    answer = client.get(BALANCE, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {"balance": 100.0, "held": 0.0, "available": 100.0}
    assert len(begun) == (2 if by_key else 1)
    if by_key:
        client.delete(f"/api/v1/auth/keys/{key['id']}", headers=user.headers).raise_for_status()
    else:
        refresh = {"refresh_token": user.refresh_token}
        client.post("/api/v1/auth/logout", json=refresh).raise_for_status()
    assert client.get(BALANCE, headers=headers).status_code == 401


def test_a_read_asks_for_its_scope_and_is_documented(client: TestClient, user: Account) -> None:
    key = make_key(client, user, "jobs:read")["key"]
    assert client.get(BALANCE, headers=auth_headers(key)).json()["code"] == "scope_missing"
    assert client.get(BALANCE).status_code == 401
    route = client.get("/openapi.json").json()["paths"][BALANCE]["get"]
    assert route["security"] == [{"OAuth2PasswordBearer": []}, {"APIKeyHeader": []}]
    schema = route["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/BalanceOut"}


def test_bearer_subprotocol() -> None:
    assert bearer_of(["bearer", "abc.def"]) == "abc.def"
    for other in ([], ["bearer"], ["chat", "x"], ["bearer", "a", "b"]):
        assert bearer_of(other) is None


def test_dependencies_in_a_route_of_another_slice(app: FastAPI, user: Account) -> None:
    @app.get("/who")
    def who(user: CurrentUser) -> Identity:
        return user

    @app.get("/ops")
    def ops(user: AdminUser) -> Identity:
        return user

    client = TestClient(app)
    assert client.get("/who", headers=user.headers).json()["email"] == user.email
    assert client.get("/ops", headers=user.headers).status_code == 403
