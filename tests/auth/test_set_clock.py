"""Logins stay valid when the machine's clock is set an hour ahead or back."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from mp4totext.kit import signed_links
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from mp4totext.uploads import service as uploads
from tests.conftest import PASSWORD, Account, app_for
from tests.support.account_steps import AUTH, problem
from tests.support.set_clock import SetClock

HERE = "http://127.0.0.1:8002"


def refreshed(client: TestClient, account: Account) -> int:
    body = {"refresh_token": account.refresh_token}
    return client.post(f"{AUTH}/refresh", json=body).status_code


def test_a_token_from_the_future_is_as_good_as_before(
    client: TestClient, user: Account, set_clock: SetClock
) -> None:
    set_clock.back()
    assert client.get(f"{AUTH}/me", headers=user.headers).status_code == 200
    assert refreshed(client, user) == 200


def test_an_hour_ahead_a_token_has_expired_and_is_refreshed(
    client: TestClient, user: Account, set_clock: SetClock
) -> None:
    set_clock.ahead()
    problem(client.get(f"{AUTH}/me", headers=user.headers), 401, "token_expired")
    assert refreshed(client, user) == 200


@pytest.mark.parametrize("direction", ["ahead", "back"])
def test_a_browser_stays_signed_in(
    runtime: Runtime, user: Account, set_clock: SetClock, direction: str
) -> None:
    page = TestClient(app_for(runtime), base_url=HERE, client=("127.0.0.1", 50_000))
    body = {"email": user.email, "password": PASSWORD}
    assert page.post(f"{AUTH}/session", json=body, headers={"Origin": HERE}).status_code == 200
    for _ in range(2):
        getattr(set_clock, direction)()
        assert page.get(f"{AUTH}/me").status_code == 200


@pytest.mark.parametrize("direction", ["ahead", "back"])
def test_an_open_upload_stays_open(
    runtime: Runtime, user: Account, set_clock: SetClock, direction: str
) -> None:
    with runtime.database.write() as session:
        upload = uploads.create(
            session,
            user_id=user.id,
            length=5,
            metadata_header="",
            max_bytes=10,
            require_space=lambda *_: None,
        )
    getattr(set_clock, direction)()
    assert uploads.sweep(runtime.database, runtime.storage) == 0
    with runtime.database.read() as session:
        assert uploads.owned(session, user_id=user.id, upload_id=upload.id).offset_bytes == 0


def test_a_signed_link_is_valid_while_the_clock_is_set_and_then_expires(
    set_clock: SetClock,
) -> None:
    query = signed_links.sign("/x", {}, secret="s", expires_s=7_200)
    expires, signature = (part.partition("=")[2] for part in query.split("&"))
    given = {"secret": "s", "expires": int(expires), "signature": signature}
    for set_by_an_hour in (set_clock.back, set_clock.ahead):
        set_by_an_hour()
        assert signed_links.is_signed("/x", {}, **given)  # type: ignore[arg-type]
    set_clock.wait(timedelta(hours=2, seconds=1).total_seconds())
    assert not signed_links.is_signed("/x", {}, **given)  # type: ignore[arg-type]
    assert now().timestamp() > int(expires)
