"""Rate limits: windows, addresses, and without Redis."""

import socket
import time

import pytest
from fastapi import Request

from mp4totext.kit.errors import TooManyRequests
from mp4totext.kit.ratelimit import LimitName, RateLimiter, address_of

LIMITS: dict[LimitName, str] = {"login": "2/minute", "register": "1/hour", "expensive": "3/second"}


def allowed(limiter: RateLimiter, *who: str) -> bool:
    try:
        limiter.check("login", *who)
    except TooManyRequests:
        return False
    return True


def test_counts_each_on_its_own() -> None:
    limiter = RateLimiter(LIMITS, redis_url=None)
    assert [allowed(limiter, "name", "a") for _ in range(3)] == [True, True, False]
    assert allowed(limiter, "name", "b")
    assert allowed(limiter, "address", "a")


def test_says_when_the_next_one_is_let_in() -> None:
    limiter = RateLimiter(LIMITS, redis_url=None)
    limiter.check("register", "a")
    with pytest.raises(TooManyRequests) as refused:
        limiter.check("register", "a")
    assert 3590 <= (refused.value.retry_after_s or 0) <= 3600
    assert refused.value.status == 429


def test_nobody_waits_longer_than_a_window_after_the_clock_was_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limiter = RateLimiter(LIMITS, redis_url=None)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert [allowed(limiter, "a") for _ in range(3)] == [True, True, False]
    monkeypatch.setattr(time, "time", real)
    assert [allowed(limiter, "a") for _ in range(3)] == [True, True, False]


def test_can_be_turned_off() -> None:
    limiter = RateLimiter(LIMITS, redis_url=None, enabled=False)
    assert all(allowed(limiter, "a") for _ in range(10))


def test_a_limit_that_cannot_be_read_is_noticed_at_the_start() -> None:
    with pytest.raises(ValueError, match="often"):
        RateLimiter({"login": "often"}, redis_url=None)


def test_serves_people_while_redis_is_away(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]  # bound, but nobody listens
        limiter = RateLimiter(LIMITS, redis_url=f"redis://127.0.0.1:{port}/0")
        assert all(allowed(limiter, "a") for _ in range(10))


def request_from(client: tuple[str, int] | None) -> Request:
    return Request({"type": "http", "client": client, "headers": []})


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
    ],
)
def test_address_of_a_client(host: str, counted_as: str) -> None:
    assert address_of(request_from((host, 1))) == counted_as


def test_address_of_a_socket_file() -> None:
    assert address_of(request_from(None)) == "unknown"
