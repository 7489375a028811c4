"""Running jobs: charged once if they succeed, otherwise never."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mp4totext.events import log as event_log
from mp4totext.jobs import claims, heartbeat, runner, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import Interrupted
from mp4totext.jobs.job_view import JobView, view
from mp4totext.jobs.models import Job, JobState, JobStep
from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError, Unavailable
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.providers.errors import (
    ProviderBusy,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderUnreachable,
)
from tests.support.toy_operation import HELD_UC, Spine, Toy, ToyParams, raising
from tests.support.waiting import until


def running_until_stopped(_params: ToyParams, ctx: Context) -> None:
    (ctx.workdir / "half done").write_text("x")
    while True:
        ctx.check()
        time.sleep(0.01)


def claimed(spine: Spine, name: str = "zombie") -> Job:
    worker = spine.worker(name)
    with spine.runtime.database.write() as session:
        job = claims.claim(session, queues=worker.queues, worker=name, lease_s=worker.lease_s)
    assert job is not None
    return job


def steps(spine: Spine, job_id: str) -> list[str]:
    with spine.runtime.database.read() as session:
        rows = session.query(JobStep).where(JobStep.job_id == job_id)
        return sorted(row.name for row in rows)


def test_success_charges_what_was_delivered_and_deletes_the_steps(spine: Spine) -> None:
    user = spine.user()
    before, _ = spine.available_and_held(user)
    spine.toy.act = lambda _p, ctx: [ctx.step("a", lambda: "toy", returns=str)]
    job = spine.submit(user)
    assert spine.available_and_held(user) == (before - HELD_UC, HELD_UC)
    assert spine.work()
    assert not spine.work()
    done = spine.job(job.id)
    assert (done.state, done.charged_uc, done.worker) == (JobState.SUCCEEDED, 1_000_000, "w1")
    assert spine.available_and_held(user) == (before - 1_000_000, 0)
    assert spine.toy.saves == [["toy"]]
    assert steps(spine, job.id) == []
    last = spine.events(user)[-1]
    assert (last.type, last.body["state"], last.body["charged"]) == (
        "job_complete",
        "succeeded",
        1.0,
    )
    assert spine.workdirs() == []


def test_events_about_the_result_come_between_settlement_and_the_end(spine: Spine) -> None:
    user = spine.user()

    def publish(session: Session, job: JobView) -> None:
        event_log.append(session, user_id=user, type="made", job_id=job.id)

    spine.toy.on_publish = publish
    spine.submit(user)
    assert spine.work()
    types = [event.type for event in spine.events(user)]
    assert types[-3:] == ["credit_update", "made", "job_complete"]


def test_an_unmetered_user_pays_nothing(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    job = spine.submit(user, metered=False)
    assert spine.work()
    assert (spine.job(job.id).charged_uc, spine.available_and_held(user)) == (0, before)
    assert spine.entries(user) == ["grant"]


def test_a_fenced_attempt_changes_and_charges_nothing(spine: Spine) -> None:
    user = spine.user()
    job = spine.submit(user)
    zombie = view(claimed(spine), max_retries=0)
    with spine.runtime.database.write() as session:
        service.return_to_queue(session.get_one(Job, job.id))
    second = claimed(spine, "other")
    with pytest.raises(Interrupted):
        runner.finish(spine.runtime, spine.toy, zombie, ("toy",), warnings=())
    assert spine.toy.saves == []
    assert (spine.job(job.id).state, spine.job(job.id).worker) == (JobState.RUNNING, "other")
    runner.run_claimed(spine.worker("other"), second)
    assert len(spine.toy.saves) == 1
    assert spine.entries(user) == ["grant", "hold", "settle"]


def test_a_failure_of_a_fenced_attempt_does_not_fail_the_job(spine: Spine) -> None:
    job = spine.submit(spine.user())
    old = claimed(spine)
    with spine.runtime.database.write() as session:
        service.return_to_queue(session.get_one(Job, job.id))
    claimed(spine, "other")
    runner._settle_failure(spine.worker("zombie"), old, ProviderRejected("no"))
    assert (spine.job(job.id).state, spine.job(job.id).error_code) == (JobState.RUNNING, None)


@pytest.mark.parametrize(
    ("error", "code", "excerpt"),
    [
        (ProviderRejected("The clip is silent.", code="silent"), "silent", "The clip is silent."),
        (ProviderMisconfigured("Set OPENAI_API_KEY."), "provider_misconfigured", "OPENAI_API_KEY"),
        (AppError("No such page.", code="no_page"), "no_page", "No such page."),
        (ObjectMissing("recordings/secret/key"), "media_missing", "no longer in storage"),
        (ZeroDivisionError("/internal/path secret"), "internal", "bug in the service"),
    ],
)
def test_a_failure_charges_nothing_and_is_explained(
    spine: Spine, error: Exception, code: str, excerpt: str
) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.act = raising(error)
    job = spine.submit(user)
    assert spine.work()
    row = spine.job(job.id)
    assert (row.state, row.error_code, row.charged_uc) == (JobState.FAILED, code, None)
    assert excerpt in (row.error_message or "")
    assert "secret" not in (row.error_message or "")
    assert spine.available_and_held(user) == before
    assert spine.entries(user) == ["grant", "hold", "release"]
    last = spine.events(user)[-1]
    assert (last.type, last.body["code"], last.body["charged"]) == ("error", code, 0)
    assert not spine.work()


def test_a_result_that_cannot_be_saved_charges_nothing(spine: Spine) -> None:
    def broken(_session: Any) -> None:
        raise AssertionError("the transcript broke its own rules")

    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.on_save = broken
    job = spine.submit(user)
    spine.work()
    assert (spine.job(job.id).state, spine.job(job.id).error_code) == (JobState.FAILED, "internal")
    assert spine.available_and_held(user) == before


@pytest.mark.parametrize(
    ("error", "code", "at_least_s", "tries"),
    [
        (ProviderBusy("Come back.", retry_after_s=40), "provider_busy", 39, 1),
        (ProviderUnreachable("No route."), "provider_unreachable", 1, 1),
        (Unavailable("Later.", retry_after_s=7), "unavailable", 6, 1),
        (StorageUnavailable("away"), "storage_unavailable", 1, 0),
        (OSError(28, "No space left on device"), "worker_disk_full", 1, 0),
        (OSError(5, "Input/output error"), "worker_disk", 1, 1),
        (MemoryError(), "out_of_memory", 1, 1),
    ],
)
def test_a_retryable_error_postpones_and_keeps_the_hold(
    spine: Spine, error: Exception, code: str, at_least_s: float, tries: int
) -> None:
    user = spine.user()
    spine.toy.act = raising(error)
    job = spine.submit(user)
    began = now()
    spine.work()
    row = spine.job(job.id)
    assert (row.state, row.error_code, row.retries) == (JobState.QUEUED, code, tries)
    assert row.not_before is not None
    assert row.not_before - began > timedelta(seconds=at_least_s)
    assert row.not_before - now() < timedelta(seconds=61)
    assert spine.available_and_held(user)[1] == HELD_UC
    spine.change(job.id, not_before=now() + timedelta(seconds=60))  # on a slow machine, too
    assert not spine.work()  # not before its time

    spine.toy.act = Toy().act
    spine.change(job.id, not_before=None)
    spine.work()
    done = spine.job(job.id)
    assert (done.state, done.error_code, done.error_message) == (JobState.SUCCEEDED, None, None)


def test_a_job_fails_after_its_last_retry(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.act = raising(ProviderUnreachable("No route to the vendor."))
    job = spine.submit(user)
    for _ in range(3):
        assert spine.work()
        spine.change(job.id, not_before=None)
    row = spine.job(job.id)
    assert (row.state, row.retries, row.error_code) == (
        JobState.FAILED,
        2,
        "provider_unreachable",
    )
    assert spine.available_and_held(user) == before


def test_a_database_outage_at_the_end_of_a_job_loses_nothing(spine: Spine) -> None:
    left = [OperationalError("COMMIT", {}, Exception("gone"))]

    def away_once(_session: Any) -> None:
        if left:
            raise left.pop()

    spine.toy.on_save = away_once
    job = spine.submit(spine.user())
    spine.work()
    assert spine.job(job.id).state == JobState.SUCCEEDED


# Optional steps


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderRejected("Not in Welsh: pip install welsh"), "Not in Welsh: pip install welsh"),
        (KeyError("internal"), "a bug in the service stopped it."),
    ],
)
def test_an_optional_step_that_fails_is_dropped_and_not_billed(
    spine: Spine, error: Exception, reason: str
) -> None:
    def act(_params: ToyParams, ctx: Context) -> tuple[str, ...]:
        result = ctx.optional("extra", lambda: raising(error)(ToyParams(), ctx))
        assert result is None
        assert ctx.optional("more", lambda: 5) == 5
        return ("toy",)

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    row = spine.job(job.id)
    assert (row.state, row.charged_uc) == (JobState.SUCCEEDED, 1_000_000)
    assert row.warnings == [f"No extra (not billed): {reason}"]  # a command stays at the end


def test_an_optional_step_is_retried_before_it_is_dropped(spine: Spine) -> None:
    def act(_params: ToyParams, ctx: Context) -> tuple[str, ...]:
        ctx.optional("extra", lambda: raising(ProviderUnreachable("away"))(ToyParams(), ctx))
        return ("toy",)

    spine.toy.act = act
    job = spine.submit(spine.user())
    for expected in (JobState.QUEUED, JobState.QUEUED, JobState.SUCCEEDED):
        spine.work()
        assert spine.job(job.id).state == expected
        spine.change(job.id, not_before=None)
    assert spine.job(job.id).charged_uc == 1_000_000


def test_a_cancel_does_not_count_as_a_failed_optional_step(spine: Spine) -> None:
    def act(_params: ToyParams, ctx: Context) -> None:
        spine.cancel(ctx.job.id)
        ctx.optional("extra", lambda: ctx.step("x", lambda: 1, returns=int))

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    assert (spine.job(job.id).state, spine.job(job.id).warnings) == (JobState.CANCELLED, [])


# Steps


def test_a_step_is_paid_for_once_even_if_the_worker_dies(spine: Spine) -> None:
    calls: list[str] = []

    def pay() -> dict[str, str]:
        calls.append("paid")
        return {"text": "hello"}

    def act(_params: ToyParams, ctx: Context) -> Any:
        answer = ctx.step("vendor", pay, returns=dict)
        calls.append("after")
        if calls.count("after") == 1:
            raise Interrupted(ctx.job.id)  # as if killed: nothing more is written
        return [answer["text"], "toy"]

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    assert spine.is_running(job.id)
    with spine.runtime.database.write() as session:
        service.return_to_queue(session.get_one(Job, job.id))
    spine.work()
    assert calls == ["paid", "after", "after"]
    assert spine.toy.saves == [["hello", "toy"]]


def test_a_step_of_a_cancelled_attempt_is_not_stored(spine: Spine) -> None:
    def act(_params: ToyParams, ctx: Context) -> None:
        def cancelled_meanwhile() -> int:
            spine.cancel(ctx.job.id)
            return 1

        ctx.step("x", cancelled_meanwhile, returns=int)

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    assert steps(spine, job.id) == []
    assert spine.job(job.id).state == JobState.CANCELLED


# Progress


def test_progress_is_reported_with_an_eta(spine: Spine) -> None:
    def act(_params: ToyParams, ctx: Context) -> tuple[str]:
        ctx.progress("transcribe", 0, 60_000)
        ctx.progress("transcribe", 20_000, 60_000)  # within a second: not written
        ctx.progress("transcribe", 60_000, 60_000)
        return ("toy",)

    user = spine.user()
    spine.toy.act = act
    job = spine.submit(user)
    spine.work()
    bodies = [event.body for event in spine.events(user) if event.type == "progress"]
    assert [body["done"] for body in bodies] == [0, 60_000]
    assert (bodies[0]["eta_ms"], bodies[1]["eta_ms"]) == (None, 0)
    assert spine.job(job.id).total == 60_000


def test_progress_of_a_cancelled_job_stops_the_work(spine: Spine) -> None:
    def act(_params: ToyParams, ctx: Context) -> None:
        spine.cancel(ctx.job.id)
        ctx.progress("transcribe", 1, 2)
        raise AssertionError("it went on")

    spine.toy.act = act
    job = spine.submit(spine.user())
    spine.work()
    assert spine.job(job.id).error_code == "cancelled"


# Jobs that are ended from outside


def test_a_cancel_stops_a_running_job_within_five_seconds(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.act = running_until_stopped
    job = spine.submit(user)
    thread = spine.in_thread()
    until(spine.workdirs)
    began = time.monotonic()
    spine.cancel(job.id)
    assert spine.available_and_held(user) == before  # at once
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
    assert spine.workdirs() == []
    assert (spine.job(job.id).state, spine.toy.saves) == (JobState.CANCELLED, [])


def test_a_job_over_its_limit_fails_and_charges_nothing(spine: Spine) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    spine.toy.act = running_until_stopped
    job = spine.submit(user, limit_s=0)
    spine.work()
    assert (spine.job(job.id).state, spine.job(job.id).error_code) == (
        JobState.FAILED,
        "time_limit",
    )
    assert spine.available_and_held(user) == before


def test_a_stopping_worker_returns_its_job_to_the_queue(spine: Spine) -> None:
    user = spine.user()
    spine.toy.act = running_until_stopped
    job = spine.submit(user)
    spine.work(stopping_for_s=lambda: 1.0)
    back = spine.job(job.id)
    assert (back.state, back.worker, back.crashes) == (JobState.QUEUED, None, 0)
    assert spine.available_and_held(user)[1] == HELD_UC
    spine.toy.act = Toy().act
    spine.work("another")
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_lease_is_renewed_while_the_work_lasts(spine: Spine) -> None:
    """The lease is 3 s: without a heartbeat it would end within the run."""
    go_on = threading.Event()

    def act(_params: ToyParams, ctx: Context) -> tuple[str]:
        assert go_on.wait(60)
        return ("toy",)

    spine.toy.act = act
    job = spine.submit(spine.user())
    thread = spine.in_thread()
    until(lambda: spine.is_running(job.id))
    first = spine.job(job.id).lease_until
    assert first is not None
    until(lambda: (spine.job(job.id).lease_until or first) > first)
    go_on.set()
    thread.join(60)
    assert spine.job(job.id).state == JobState.SUCCEEDED


def test_a_process_with_stuck_work_is_ended(spine: Spine) -> None:
    ended = threading.Event()

    def act(_params: ToyParams, ctx: Context) -> None:
        spine.cancel(ctx.job.id)
        assert ended.wait(60)

    spine.toy.act = act
    spine.submit(spine.user())
    spine.work(on_stuck=ended.set, stuck_after_s=0.05)
    assert ended.is_set()


# Two processes end a job at once


def waits_for_a_lock(spine: Spine) -> bool:
    """Whether a writer waits for another; assumed on SQLite, which cannot be asked."""
    if spine.runtime.database.is_sqlite:
        return True
    statement = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with spine.runtime.database.engine.connect() as connection:
        return bool(connection.exec_driver_sql(statement).scalar())


@pytest.mark.parametrize("late", ["postpone", "hand back", "time limit"])
def test_a_late_event_does_not_revive_a_cancelled_job(spine: Spine, late: str) -> None:
    user = spine.user()
    before = spine.available_and_held(user)
    spine.submit(user)
    job = claimed(spine)
    worker = spine.worker("zombie")
    ends: dict[str, Any] = {
        "postpone": lambda: runner._settle_failure(worker, job, ProviderBusy("Later.")),
        "hand back": lambda: heartbeat._return_to_queue(worker, view(job, max_retries=1)),
        "time limit": lambda: heartbeat._fail_over_time_limit(worker, view(job, max_retries=1)),
    }
    thread = threading.Thread(target=ends[late], daemon=True)
    with spine.runtime.database.write() as session:
        service.cancel(session, session.get_one(Job, job.id))
        thread.start()
        until(lambda: waits_for_a_lock(spine))
    thread.join(60)
    assert (spine.job(job.id).state, spine.job(job.id).error_code) == (
        JobState.CANCELLED,
        "cancelled",
    )
    assert spine.available_and_held(user) == before
