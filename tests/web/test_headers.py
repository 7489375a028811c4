import pytest
from fastapi.testclient import TestClient

from tests.conftest import Account


@pytest.mark.parametrize(
    "path", ["/api/v1/auth/me", "/api/v1/jobs", "/api/v1/nothing", "/v1/models"]
)
def test_answers_of_the_api_are_kept_by_nobody(
    client: TestClient, user: Account, path: str
) -> None:
    for headers in (user.headers, {}):
        answer = client.get(path, headers=headers)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_what_is_no_ones_may_be_kept(client: TestClient) -> None:
    assert "Cache-Control" not in client.get("/health").headers
