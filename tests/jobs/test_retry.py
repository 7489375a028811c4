"""Retries of failed and cancelled jobs: at the accepted price, from the last step."""

from typing import Any

import pytest

from mp4totext.jobs import service
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import JobNotRetryable
from mp4totext.jobs.models import Job, JobState
from mp4totext.providers.errors import ProviderRejected
from tests.support.toy_operation import HELD_UC, Spine, ToyParams


def test_a_retry_continues_where_the_job_stopped_at_the_old_price(spine: Spine) -> None:
    calls: list[int] = []

    def pay() -> int:
        calls.append(1)
        return len(calls)

    def act(_params: ToyParams, ctx: Context) -> Any:
        ctx.step("paid", pay, returns=int)
        if len(spine.entries(user)) == 2:
            raise ProviderRejected("Not today.")
        return ("toy", "extra")

    user = spine.user()
    spine.toy.act = act
    job = spine.submit(user)
    spine.work()
    with spine.runtime.database.write() as session:
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})
    assert spine.available_and_held(user)[1] == HELD_UC
    spine.work()
    assert calls == [1]
    assert (spine.job(job.id).state, spine.job(job.id).run) == (JobState.SUCCEEDED, 2)
    assert spine.entries(user) == ["grant", "hold", "release", "hold", "settle"]


def test_an_operation_that_was_removed_cannot_be_retried(spine: Spine) -> None:
    job = spine.submit(spine.user())
    with spine.runtime.database.write() as session, pytest.raises(JobNotRetryable, match="queued"):
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})
    spine.cancel(job.id)
    with spine.runtime.database.write() as session, pytest.raises(JobNotRetryable, match="offered"):
        service.retry(session, session.get_one(Job, job.id), {})


def test_parallel_retries_are_accepted_once(spine: Spine) -> None:
    job = spine.submit(spine.user())
    spine.cancel(job.id)
    database = spine.runtime.database
    with database.read() as session:
        stale = session.get_one(Job, job.id)
    with database.write() as session:
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})
    with database.write() as session, pytest.raises(JobNotRetryable, match="Another request"):
        service.retry(session, session.merge(stale, load=False), {"toy": spine.toy})
    assert spine.job(job.id).run == 2
