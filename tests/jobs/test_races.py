"""Two processes that claim the same row on PostgreSQL: the second selects another."""

import threading
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mp4totext.jobs import claims
from mp4totext.kit.queue_names import QUEUES
from tests.support.toy_operation import Spine
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

Result = TypeVar("Result")


def result_of_second(spine: Spine, claim: Callable[[Session], Result]) -> Result:
    """What the second process gets that claims while the first has not yet committed its claim."""
    results: list[Result] = []

    def claim_second() -> None:
        with spine.runtime.database.write() as session:
            results.append(claim(session))

    second = threading.Thread(target=claim_second)
    with spine.runtime.database.write() as session:
        assert claim(session)
        second.start()
        until(lambda: waits_for_a_lock(spine))
    second.join(60)
    return results[0]


def waits_for_a_lock(spine: Spine) -> bool:
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with spine.runtime.database.read() as session:
        return bool(session.scalar(text(statement)))


def test_the_loser_of_a_job_claims_the_next(spine: Spine) -> None:
    user = spine.user()
    _, next_best = spine.submit(user), spine.submit(user)
    result = result_of_second(
        spine, lambda session: claims.claim(session, queues=QUEUES, worker="w", lease_s=30)
    )
    assert result is not None
    assert result.id == next_best.id


def test_the_loser_of_the_only_job_claims_none(spine: Spine) -> None:
    spine.submit(spine.user())
    result = result_of_second(
        spine, lambda session: claims.claim(session, queues=QUEUES, worker="w", lease_s=30)
    )
    assert result is None


def test_the_loser_of_a_part_claims_the_next(spine: Spine) -> None:
    job = spine.submit(spine.user())
    with spine.runtime.database.write() as session:
        claims.claim(session, queues=QUEUES, worker="owner", lease_s=30)
        claims.plan_parts(session, job_id=job.id, name="transcribe", parts=[{"n": 0}, {"n": 1}])
    result = result_of_second(
        spine, lambda session: claims.claim_part(session, worker="w", lease_s=30, job_id=job.id)
    )
    assert result is not None
    assert result.name == "transcribe:1"
    spine.cancel(job.id)


def test_a_new_lease_has_one_first_holder(spine: Spine) -> None:
    holders = iter(("a", "b"))
    result = result_of_second(
        spine,
        lambda session: claims.take_lease(session, name="x", holder=next(holders), seconds=30),
    )
    assert result is False
