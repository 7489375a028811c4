"""Rate limits of logins and other requests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from tests.conftest import PASSWORD, account_for, app_for, auth_headers, settings_for
from tests.support.account_steps import AUTH, problem

NEW = {"email": "ana@example.com", "password": PASSWORD}


class TestLimits:
    @pytest.fixture
    def client(self, tmp_path: Path, make_runtime: Callable[[Settings], Runtime]) -> TestClient:
        limits = {
            "rate_limit_enabled": True,
            "rate_limit_login": "3/minute",
            "rate_limit_register": "2/hour",
            "rate_limit_expensive": "2/minute",
        }
        runtime = make_runtime(settings_for(tmp_path, **limits))
        account_for(runtime, "user@example.com")
        return TestClient(app_for(runtime))

    def refused(self, answer: Any) -> None:
        problem(answer, 429, "too_many_requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 3600

    def test_logins_an_address(self, client: TestClient) -> None:
        for number in range(3):
            body = {"email": f"{number}@example.com", "password": "x"}
            assert client.post(f"{AUTH}/login", json=body).status_code == 401
        body = {"email": "user@example.com", "password": PASSWORD}
        self.refused(client.post(f"{AUTH}/login", json=body))

    def test_logins_a_name_from_many_addresses(self, client: TestClient) -> None:
        """However the name is written: letters of other widths and styles are the same domain."""

        def log_in(address: str, name: str) -> Any:
            there = TestClient(client.app, client=(address, 1))
            return there.post(f"{AUTH}/login", json={"email": name, "password": "x"})

        names = ("User@example.com", "user@\uff45xample.com", "user@ex\u24d0mple.com")
        for number, name in enumerate(names):
            assert log_in(f"192.0.2.{number}", name).status_code == 401
        self.refused(log_in("192.0.2.9", "user@example.com"))

    def test_registrations_an_address(self, client: TestClient) -> None:
        for number in range(2):
            body = {**NEW, "email": f"{number}@example.com"}
            assert client.post(f"{AUTH}/register", json=body).status_code == 201
        self.refused(client.post(f"{AUTH}/register", json=NEW))

    def test_tickets_a_user(self, client: TestClient) -> None:
        body = {"email": "user@example.com", "password": PASSWORD}
        headers = auth_headers(client.post(f"{AUTH}/login", json=body).json()["access_token"])
        for _ in range(2):
            assert client.post("/api/v1/ws/ticket", headers=headers).status_code == 201
        self.refused(client.post("/api/v1/ws/ticket", headers=headers))

    def test_guesses_of_the_current_password(self, client: TestClient) -> None:
        body = {"email": "user@example.com", "password": PASSWORD}
        headers = auth_headers(client.post(f"{AUTH}/login", json=body).json()["access_token"])
        guess = {"current_password": "guess", "new_password": "staple tractor cloud"}
        for _ in range(3):
            answer = client.post(f"{AUTH}/password", headers=headers, json=guess)
            assert answer.status_code == 422
        self.refused(client.post(f"{AUTH}/password", headers=headers, json=guess))
