"""Jobs while the clock is set an hour ahead or back: none waits, none runs twice."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import insert

from mp4totext.jobs import claims, leases
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import JobState, JobStep, PartState
from mp4totext.jobs.sweeper import Sweeper, sweep
from mp4totext.kit.clock import ClockWatch, now
from mp4totext.runtime import Runtime
from tests.support.set_clock import SetClock
from tests.support.toy_operation import HELD_UC, Spine, ToyParams
from tests.support.waiting import until

HOUR = timedelta(hours=1)
LEASES = leases.LEASES_AHEAD * 3 + 1  # seconds; the spine's leases have three


def claim(spine: Spine) -> None:
    worker = spine.worker()
    with spine.runtime.database.write() as session:
        assert claims.claim(session, queues=worker.queues, worker="dead", lease_s=3) is not None


@contextmanager
def sweeping(spine: Spine) -> Iterator[threading.Event]:
    """A sweeper that sweeps all the time; the event: one sweep more is done."""
    swept = threading.Event()
    settings = spine.runtime.settings
    quick = settings.model_copy(
        update={"jobs": settings.jobs.model_copy(update={"job_sweep_s": 0.05})}
    )
    runtime = Runtime(quick)
    running = Sweeper(runtime, holder="api:x", chores=[])
    sweep_once = running._sweep

    def and_tell(period_s: float) -> bool:
        done = sweep_once(period_s)
        swept.set()
        return done

    running._sweep = and_tell  # type: ignore[method-assign]
    running.start()
    try:
        assert swept.wait(60)
        yield swept
    finally:
        running.stop()
        runtime.close()


def test_a_dead_workers_job_does_not_wait_for_an_hour_that_comes_again(
    spine: Spine, set_clock: SetClock
) -> None:
    user = spine.user()
    job = spine.submit(user)
    claim(spine)
    set_clock.back()
    sweep(spine.runtime)
    assert spine.is_running(job.id), "its worker may live"
    set_clock.wait(LEASES)
    sweep(spine.runtime)
    assert spine.job(job.id).state == JobState.QUEUED
    spine.work()
    assert spine.available_and_held(user)[1] == 0
    assert spine.entries(user).count("settle") == 1


@pytest.mark.parametrize("direction", ["ahead", "back"])
def test_a_job_in_work_is_done_once(spine: Spine, set_clock: SetClock, direction: str) -> None:
    user = spine.user()
    begun, go_on = threading.Event(), threading.Event()

    def act(_params: ToyParams, ctx: Context) -> tuple[str]:
        begun.set()
        while not go_on.wait(0.02):
            ctx.check()
        return ("toy",)

    spine.toy.act = act
    with sweeping(spine) as swept:
        job = spine.submit(user)
        working = spine.in_thread()
        assert begun.wait(60)
        getattr(set_clock, direction)()
        for _ in range(3):
            swept.clear()
            assert swept.wait(60)

        def is_extended() -> bool:
            lease_until = spine.job(job.id).lease_until
            return lease_until is None or abs(lease_until - now()) < HOUR / 2

        until(is_extended)
        go_on.set()
        working.join(60)
    row = spine.job(job.id)
    assert (row.state, row.crashes, row.attempt) == (JobState.SUCCEEDED, 0, 1)
    assert spine.entries(user).count("settle") == 1


def test_a_pause_is_as_long_as_it_was_to_be(spine: Spine, set_clock: SetClock) -> None:
    job, far = spine.submit(spine.user()), spine.submit(spine.user())
    spine.change(job.id, not_before=now() + timedelta(seconds=60))
    with sweeping(spine):
        set_clock.back()
        spine.change(far.id, not_before=now() + timedelta(seconds=50))  # by the new clock

        def moved() -> bool:
            at = spine.job(job.id).not_before
            return at is not None and at - now() <= timedelta(seconds=60)

        until(moved)
    left = (spine.job(far.id).not_before or now()) - now()
    assert timedelta(seconds=30) < left <= timedelta(seconds=50)


def test_a_lost_wake_up_is_repeated_although_it_was_sent_later(
    spine: Spine, set_clock: SetClock
) -> None:
    job = spine.submit(spine.user())
    spine.change(job.id, woken_at=now())
    set_clock.back()
    sweep(spine.runtime)
    woken_at = spine.job(job.id).woken_at
    assert woken_at is not None
    assert woken_at <= now()


def test_another_process_sweeps_when_the_one_before_has_died(
    spine: Spine, set_clock: SetClock
) -> None:
    def take(holder: str) -> bool:
        with spine.runtime.database.write() as session:
            return leases.take(session, name="sweep", holder=holder, seconds=30)

    assert take("dead")
    assert not take("other")
    set_clock.back()
    assert take("other")
    assert not take("dead")


def test_a_dead_helpers_part_is_free_again(spine: Spine, set_clock: SetClock) -> None:
    job = spine.submit(spine.user())
    claim(spine)
    with spine.runtime.database.write() as session:
        values = {"job_id": job.id, "name": "transcribe:0", "params": {}, "attempt": 1}
        lease_until = now() + timedelta(seconds=3)
        session.execute(
            insert(JobStep).values(**values, state=PartState.RUNNING, lease_until=lease_until)
        )
    set_clock.back()
    sweep(spine.runtime)
    set_clock.wait(LEASES)
    with spine.runtime.database.write() as session:
        assert claims.claim_part(session, worker="w1", lease_s=3, job_id=job.id) is not None


@pytest.mark.parametrize("direction", ["ahead", "back"])
def test_what_waits_does_not_expire(spine: Spine, set_clock: SetClock, direction: str) -> None:
    user = spine.user()
    job = spine.submit(user)
    getattr(set_clock, direction)()
    sweep(spine.runtime)
    assert spine.job(job.id).state == JobState.QUEUED
    assert spine.available_and_held(user)[1] == HELD_UC
    spine.work()
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_step_of_the_clock_is_noticed_once(set_clock: SetClock) -> None:
    watch = ClockWatch()
    assert not watch.step()
    set_clock.ahead()
    assert abs(watch.step() - HOUR) < timedelta(seconds=1)
    assert not watch.step()
    set_clock.back()
    assert abs(watch.step() + HOUR) < timedelta(seconds=1)
    set_clock.wait(1)  # as a clock that is slewed
    assert not watch.step()
