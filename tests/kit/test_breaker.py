"""The circuit breaker: one time-out for an unreachable server, then a pause."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mp4totext.kit.breaker import Breaker
from mp4totext.kit.queue import WorkerNotifier, celery_app
from mp4totext.kit.queue_names import QUEUES
from mp4totext.kit.redis_signals import RedisSignals
from tests.support.waiting import until

A_HUNDRED_MAY_WAIT_S = 10  # half a second each would be fifty


@pytest.fixture(params=["refusing", "silent"])
def absent_redis(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "silent":
            server.listen(16)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/1"


def test_closes_again_after_the_pause() -> None:
    breaker = Breaker(pause_s=0.05)
    assert not breaker.is_open()
    breaker.failed()
    assert breaker.is_open()
    until(lambda: not breaker.is_open())


def test_an_absent_broker_does_not_hold_up_a_request(absent_redis: str, tmp_path: Path) -> None:
    notifier = WorkerNotifier(
        celery_app(
            broker_url=absent_redis,
            result_backend=None,
            folder=tmp_path,
            worker_queues=QUEUES,
            sends_only=True,
        )
    )
    began = time.monotonic()
    assert [notifier.notify("default") for _ in range(100)] == [False] * 100
    assert time.monotonic() - began < A_HUNDRED_MAY_WAIT_S


def test_an_absent_redis_does_not_hold_up_a_commit(absent_redis: str) -> None:
    signals = RedisSignals(absent_redis)
    began = time.monotonic()
    for _ in range(100):
        signals.publish("usr_1")
    assert time.monotonic() - began < A_HUNDRED_MAY_WAIT_S
