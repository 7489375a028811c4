"""Accounts that an administrator opens, and links by which people set their own password."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from mp4totext.auth import service
from mp4totext.auth.local_user import local_user
from mp4totext.auth.models import AuditEntry, PasswordCode, User
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from tests.auth.test_sessions import OWN, browser
from tests.conftest import PASSWORD, Account
from tests.support.account_steps import AUTH, problem

ADMIN = "/api/v1/admin/users"
NEW = "a new horse battery"


@pytest.fixture
def page(runtime: Runtime) -> TestClient:
    return browser(runtime)


def invited(client: TestClient, admin: Account, **more: Any) -> dict[str, Any]:
    body = {"email": "Ana@Example.com", "full_name": "Ana", **more}
    answer = client.post(ADMIN, json=body, headers=admin.headers)
    assert answer.status_code == 201, answer.text
    invitation: dict[str, Any] = answer.json()
    return invitation


def linked(client: TestClient, admin: Account, user_id: str) -> Any:
    return client.post(f"{ADMIN}/{user_id}/password-link", headers=admin.headers)


def choose(page: TestClient, code: str, password: str = NEW) -> Any:
    body = {"code": code, "new_password": password}
    return page.post(f"{AUTH}/session/password-code", json=body, headers=OWN)


def test_who_is_invited_sets_a_password_and_is_signed_in(
    client: TestClient, page: TestClient, admin: Account, runtime: Runtime
) -> None:
    invitation = invited(client, admin, role="admin")
    assert invitation["user"]["has_password"] is False
    answer = choose(page, invitation["code"])
    assert answer.json()["email"] == "ana@example.com"
    assert page.get("/api/v1/admin/stats").status_code == 200
    with runtime.database.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-2:] == ["user.invited", "password.set"]
    problem(choose(page, invitation["code"]), 401, "wrong_code")


def test_a_taken_address_is_said(client: TestClient, admin: Account) -> None:
    invited(client, admin)
    body = {"email": "ana@example.com"}
    problem(client.post(ADMIN, json=body, headers=admin.headers), 409, "email_taken")


def test_a_link_is_a_way_back_in_and_ends_other_logins(
    client: TestClient, page: TestClient, admin: Account, user: Account
) -> None:
    first = linked(client, admin, user.id).json()["code"]
    second = linked(client, admin, user.id).json()["code"]
    problem(choose(page, first), 401, "wrong_code")
    problem(choose(page, second, "password"), 422, "weak_password")
    assert choose(page, second).status_code == 200
    problem(client.get(f"{AUTH}/me", headers=user.headers), 401, "invalid_credentials")
    login = {"email": user.email, "password": PASSWORD}
    problem(client.post(f"{AUTH}/login", json=login), 401, "wrong_login")
    login["password"] = NEW
    assert client.post(f"{AUTH}/login", json=login).status_code == 200


def test_a_link_ends_after_three_days(
    client: TestClient, page: TestClient, admin: Account, runtime: Runtime
) -> None:
    code = invited(client, admin)["code"]
    with runtime.database.write() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(PasswordCode).values(expires_at=past))
    problem(choose(page, code), 401, "wrong_code")
    with runtime.database.write() as session:
        service.remove_expired(session)
        assert session.scalar(select(func.count()).select_from(PasswordCode)) == 0


def test_a_deactivated_account_stays_out(
    client: TestClient, page: TestClient, admin: Account, runtime: Runtime
) -> None:
    code = invited(client, admin)["code"]
    with runtime.database.write() as session:
        session.execute(update(User).where(User.email == "ana@example.com").values(active=False))
    problem(choose(page, code), 401, "account_deactivated")


def test_the_account_of_this_machine_has_no_password(
    client: TestClient, admin: Account, runtime: Runtime
) -> None:
    with runtime.database.write() as session:
        local = local_user(session)
    problem(linked(client, admin, local.id), 409, "no_password")


def test_only_administrators_invite(client: TestClient, user: Account) -> None:
    body = {"email": "ana@example.com"}
    problem(client.post(ADMIN, json=body, headers=user.headers), 403, "admin_needed")
    problem(linked(client, user, user.id), 403, "admin_needed")
