"""Two processes at the same row on PostgreSQL: the second waits, sees that it lost, looks again."""

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mp4totext.jobs import claims
from mp4totext.kit.queue import QUEUES
from tests.support.toy_operation import Spine
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

Got = TypeVar("Got")


def second_of_two(spine: Spine, want: Callable[[Session], Got]) -> Got:
    """What a process gets that wants the same as another, which has it but is not yet done."""
    got: list[Got] = []

    def come_second() -> None:
        with spine.runtime.database.write() as session:
            got.append(want(session))

    second = threading.Thread(target=come_second)
    with spine.runtime.database.write() as session:
        assert want(session)
        second.start()
        until(lambda: waits(spine))
    second.join(20)
    return got[0]


def waits(spine: Spine) -> bool:
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with spine.runtime.database.read() as session:
        return bool(session.scalar(text(statement)))


def test_who_loses_a_job_takes_the_next(spine: Spine) -> None:
    user = spine.user()
    _, next_best = spine.submit(user), spine.submit(user)
    got = second_of_two(
        spine, lambda session: claims.claim(session, queues=QUEUES, worker="w", lease_s=30)
    )
    assert got is not None
    assert got.id == next_best.id


def test_who_loses_the_only_job_goes_home(spine: Spine) -> None:
    spine.submit(spine.user())
    got = second_of_two(
        spine, lambda session: claims.claim(session, queues=QUEUES, worker="w", lease_s=30)
    )
    assert got is None


def test_who_loses_a_part_takes_the_next(spine: Spine) -> None:
    job = spine.submit(spine.user())
    with spine.runtime.database.write() as session:
        claims.claim(session, queues=QUEUES, worker="owner", lease_s=30)
        claims.plan_parts(session, job_id=job.id, name="hear", parts=[{"n": 0}, {"n": 1}])
    got = second_of_two(
        spine, lambda session: claims.claim_part(session, worker="w", lease_s=30, job_id=job.id)
    )
    assert got is not None
    assert got.name == "hear:1"
    spine.cancel(job.id)


def test_a_new_lease_has_one_first_holder(spine: Spine) -> None:
    holders = iter(("a", "b"))
    got = second_of_two(
        spine,
        lambda session: claims.take_lease(session, name="x", holder=next(holders), seconds=30),
    )
    assert got is False
