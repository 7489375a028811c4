"""The sweeper recovers jobs of dead processes and lost messages."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from mp4totext.auth.models import User
from mp4totext.jobs import claims, leases, queries, sweeper
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import Job, JobState, Lease
from mp4totext.jobs.sweeper import Chore, Sweeper, sweep
from mp4totext.kit.clock import now
from mp4totext.kit.idempotency import remember_answer
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings, environment
from tests.conftest import SECRET, settings_for
from tests.support.toy_operation import HELD_UC, Spine, ToyParams
from tests.support.waiting import until


def die_on(spine: Spine, job_id: str) -> None:
    """A worker claims the job and dies."""
    worker = spine.worker("dead")
    with spine.runtime.database.write() as session:
        job = claims.claim(session, queues=worker.queues, worker="dead", lease_s=3)
    assert job is not None
    assert job.id == job_id
    spine.expire_lease(job_id)


def woken(spine: Spine, job_id: str) -> bool:
    return spine.job(job_id).woken_at is not None


def test_a_dead_workers_job_is_queued_again_with_its_hold(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    die_on(spine, job.id)
    with spine.runtime.database.read() as session:
        assert [row.id for row in queries.stuck(session, now())] == [job.id]
    sweep(spine.runtime)
    back = spine.job(job.id)
    assert (back.state, back.crashes, back.worker) == (JobState.QUEUED, 1, None)
    assert spine.available_and_held(user)[1] == HELD_UC
    assert woken(spine, job.id)
    spine.work()
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_row_locked_by_a_vanished_host_does_not_stop_the_sweep(spine: Spine) -> None:
    """PostgreSQL keeps the locks of a client that went away until it notices."""
    if spine.runtime.database.is_sqlite:  # a dead process keeps no lock on its file
        return
    user = spine.user()
    locked, lost = spine.submit(user).id, spine.submit(user).id
    for job_id in (locked, lost):
        die_on(spine, job_id)
    waiting = spine.submit(user).id
    spine.change(waiting, woken_at=None)
    with spine.runtime.database.write() as elsewhere:
        for job_id in (locked, waiting):
            elsewhere.get_one(Job, job_id, with_for_update=True)
        sweeper_thread = threading.Thread(target=sweep, args=(spine.runtime,), daemon=True)
        sweeper_thread.start()
        sweeper_thread.join(60)
        assert not sweeper_thread.is_alive()
        assert spine.job(lost).state == JobState.QUEUED
        assert spine.is_running(locked)
    sweep(spine.runtime)
    assert spine.job(locked).state == JobState.QUEUED
    assert woken(spine, waiting)


def test_a_living_workers_job_is_left_alone(spine: Spine) -> None:
    job = spine.submit(spine.user())
    die_on(spine, job.id)
    spine.change(job.id, lease_until=now() + timedelta(seconds=30))
    sweep(spine.runtime)
    assert spine.is_running(job.id)


def test_a_worker_that_comes_back_during_the_sweep_keeps_its_job(
    spine: Spine, monkeypatch: object
) -> None:
    job = spine.submit(spine.user())
    die_on(spine, job.id)
    stuck = queries.stuck

    def and_then_it_beats(session: object, at: object) -> list[Job]:
        jobs = stuck(session, at)  # type: ignore[arg-type]
        spine.change(job.id, lease_until=now() + timedelta(seconds=30))
        return jobs

    monkeypatch.setattr(queries, "stuck", and_then_it_beats)  # type: ignore[attr-defined]
    sweep(spine.runtime)
    assert (spine.is_running(job.id), spine.job(job.id).crashes) == (True, 0)


def test_a_job_that_kills_three_workers_fails_with_the_reason(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    job = spine.submit(user)
    for _ in range(3):
        die_on(spine, job.id)
        sweep(spine.runtime)
    row = spine.job(job.id)
    assert (row.state, row.error_code, row.crashes) == (JobState.FAILED, "worker_lost", 3)
    assert "3 times" in (row.error_message or "")
    assert spine.available_and_held(user) == before


def test_a_job_queued_too_long_expires_at_no_cost(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    old, young = spine.submit(user), spine.submit(user)
    spine.change(old.id, queued_at=now() - timedelta(hours=73))
    sweep(spine.runtime)
    assert (spine.job(old.id).state, spine.job(old.id).error_code) == (JobState.FAILED, "expired")
    assert spine.job(young.id).state == JobState.QUEUED
    assert spine.available_and_held(user) == (before[0] - HELD_UC, HELD_UC)


def test_a_job_claimed_at_the_last_moment_does_not_expire(spine: Spine) -> None:
    job = spine.submit(spine.user())
    die_on(spine, job.id)
    sweeper._expire_unless_claimed(spine.runtime, job.id)
    assert spine.is_running(job.id)


def test_a_lost_wake_up_is_repeated(spine: Spine) -> None:
    user = spine.user()
    silent, fresh, later = (spine.submit(user) for _ in range(3))
    long_ago = now() - timedelta(hours=1)
    spine.change(silent.id, woken_at=long_ago)
    spine.change(later.id, woken_at=long_ago, not_before=now() + timedelta(minutes=1))
    woken_before = spine.job(fresh.id).woken_at
    sweep(spine.runtime)
    assert (spine.job(silent.id).woken_at or long_ago) > long_ago
    assert spine.job(fresh.id).woken_at == woken_before
    assert spine.job(later.id).woken_at == long_ago


def test_only_one_sweeper_sweeps_until_it_stops(spine: Spine) -> None:
    ran: list[str] = []
    took_over = threading.Event()

    def chore(name: str) -> Chore:
        def run(_runtime: Runtime) -> None:
            ran.append(name)
            if len(set(ran)) == 2:
                took_over.set()

        return run

    settings = spine.runtime.settings
    quick = settings.model_copy(
        update={"jobs": settings.jobs.model_copy(update={"job_sweep_s": 0.05})}
    )
    runtime = Runtime(quick)
    first = Sweeper(spine.runtime, holder="worker:a", chores=[chore("a")], alive=True)
    second = Sweeper(runtime, holder="worker:b", chores=[chore("b")], alive=True)
    first.start()
    until(lambda: ran == ["a"])
    second.start()

    def alive() -> int:
        with spine.runtime.database.read() as session:
            return leases.live_workers(session)

    until(lambda: alive() == 2)
    assert ran == ["a"]
    first.stop()
    with spine.runtime.database.write() as session:  # as time would do
        session.get_one(Lease, "sweep").until = now()
    assert took_over.wait(60)
    second.stop()
    runtime.close()


# A worker replaces a pool process that died: it forks while its sweeper is sweeping.
FORK_WHILE_SWEEPING = """
import os, sys, threading
from mp4totext.auth import service
from mp4totext.jobs import leases
from mp4totext.jobs.sweeper import Sweeper
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings

inside, forking = threading.Event(), threading.Event()

def chore(runtime):
    with runtime.database.write() as session:
        leases.take(session, name="x", holder="x", seconds=1)
        inside.set()
        assert forking.wait(60)

sweeper = Sweeper(Runtime(Settings()), holder="worker:a", chores=[chore])
sweeper.pause_for_forks()
os.register_at_fork(before=forking.set)  # called first: the last that was registered
sweeper.start()
assert inside.wait(60)
child = os.fork()
if child == 0:
    service.register(Runtime(Settings()), email="a@example.com", password="correct horse battery")
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_forked_during_a_sweep_can_write(
    tmp_path: Path, make_runtime: Callable[[Settings], Runtime]
) -> None:
    made = make_runtime(settings_for(tmp_path))
    variables = environment(DATA_DIR=str(tmp_path), BCRYPT_ROUNDS="4", SECRET_KEY=SECRET)
    subprocess.run(
        [sys.executable, "-c", FORK_WHILE_SWEEPING], env=variables, check=True, timeout=60
    )
    with made.database.read() as session:
        assert session.scalar(select(User.email)) == "a@example.com"


def test_a_failed_sweep_is_repeated(spine: Spine) -> None:
    again = threading.Event()
    failures = [OperationalError("SELECT", {}, Exception("gone")), OSError("disk")]

    def chore(_runtime: Runtime) -> None:
        if failures:
            raise failures.pop()
        again.set()

    settings = spine.runtime.settings
    quick = settings.model_copy(
        update={"jobs": settings.jobs.model_copy(update={"job_sweep_s": 0.02})}
    )
    runtime = Runtime(quick)
    running = Sweeper(runtime, holder="api:x", chores=[])
    running._chores = (chore,)
    sweeper_every = sweeper.CHORES_EVERY_S
    sweeper.CHORES_EVERY_S = 0
    try:
        running.start()
        assert again.wait(60)
    finally:
        sweeper.CHORES_EVERY_S = sweeper_every
        running.stop()
        runtime.close()


def test_passing_events_stay_for_a_minute_after_the_job(spine: Spine) -> None:
    """A client may read the last piece a moment after the job has ended."""
    user = spine.user()

    def act(_params: ToyParams, ctx: Context) -> tuple[str]:
        ctx.publish("text_delta", text_id="txt_1", kind="summary", at=0, text="the end.")
        return ("toy",)

    spine.toy.act = act
    job = spine.submit(user)
    spine.work()
    sweeper._delete_expired_rows(spine.runtime)
    assert "text_delta" in {event.type for event in spine.events(user)}
    spine.change(job.id, finished_at=now() - timedelta(minutes=2))
    sweeper._delete_expired_rows(spine.runtime)
    assert "text_delta" not in {event.type for event in spine.events(user)}


def test_old_progress_and_answers_are_deleted(spine: Spine) -> None:
    user = spine.user()

    def act(_params: ToyParams, ctx: Context) -> tuple[str, ...]:
        ctx.progress("transcribe", 1, 2)
        return ("toy",)

    spine.toy.act = act
    job = spine.submit(user)
    spine.work()
    with spine.runtime.database.write() as session:
        remember_answer(session, owner=user, key="k", request="r", answer={})
    kinds = {event.type for event in spine.events(user)}
    assert kinds == {"credit_update", "progress", "job_complete"}
    spine.change(job.id, finished_at=now() - timedelta(days=2))
    sweeper._delete_expired_rows(spine.runtime)
    assert {event.type for event in spine.events(user)} == {"credit_update", "job_complete"}
