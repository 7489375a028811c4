"""Two processes at the same row of PostgreSQL: the second sees what the first has committed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session

from mp4totext.jobs import claims, leases, service
from mp4totext.jobs.models import Job, JobState
from mp4totext.kit.queue_names import QUEUES
from tests.support.toy_operation import HELD_UC, Spine
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

Result = TypeVar("Result")


def result_of_second(
    spine: Spine,
    claim: Callable[[Session], Result],
    *,
    first: Callable[[Session], object] | None = None,
) -> Result:
    """What the second process gets that claims while the first has not yet committed its claim."""
    with ThreadPoolExecutor(1) as pool:
        with spine.runtime.database.write() as session:
            assert (first or claim)(session)
            second = pool.submit(spine.in_transaction, claim)
            until(spine.waits_for_a_lock)
        return second.result(60)


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
        lambda session: leases.take(session, name="x", holder=next(holders), seconds=30),
    )
    assert result is False


def test_a_job_that_is_claimed_meanwhile_is_cancelled(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    before, _ = spine.available_and_held(user)
    ended = result_of_second(
        spine,
        lambda session: service.cancel(session, session.get_one(Job, job.id)).state,
        first=lambda session: claims.claim(session, queues=QUEUES, worker="w", lease_s=30),
    )
    assert ended == JobState.CANCELLED
    assert spine.available_and_held(user) == (before + HELD_UC, 0)


def test_a_job_that_finishes_meanwhile_is_not_cancelled(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)

    def cancel_meanwhile(session: Session) -> None:
        """Its result is written, and not yet committed."""
        cancelled.append(pool.submit(spine.in_transaction, cancel))
        until(spine.waits_for_a_lock)

    def cancel(session: Session) -> bool:
        return service.cancel_unless_ended(session, session.get_one(Job, job.id))

    cancelled: list[Future[bool]] = []
    spine.toy.on_save = cancel_meanwhile
    with ThreadPoolExecutor(1) as pool:
        assert spine.work()
        assert cancelled[0].result(60) is False
    assert (spine.job(job.id).state, spine.job(job.id).charged_uc) == (JobState.SUCCEEDED, HELD_UC)
    assert spine.entries(user).count("settle") == 1
