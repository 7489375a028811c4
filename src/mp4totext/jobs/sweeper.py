"""Repairs what dead processes and lost messages leave, every few seconds, in one process."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.exc import SQLAlchemyError

from mp4totext.events import log as event_log
from mp4totext.events.log import Event
from mp4totext.jobs import claims, leases, queries, service
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit.clock import ClockWatch, now
from mp4totext.kit.idempotency import forget_old_answers
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.runtime import Runtime

WAKE_AGAIN_SWEEPS = 2  # sweeps after which the wake-up of a queued job counts as lost
WAKES_PER_SWEEP = 16  # each worker that is woken wakes the next one while jobs wait
CHORES_EVERY_S = 60
KEEP_EVENTS = timedelta(days=7)
KEEP_PASSING_EVENTS = timedelta(minutes=1)  # after the job, so that clients receive the last pieces
KEEP_PROGRESS = timedelta(days=1)
_EXPIRED_PER_SWEEP = 100  # each in its own transaction
_LEASE_PERIODS = 3  # a lease survives two late sweeps

log = get_logger()

Chore = Callable[[Runtime], object]  # what it returns is ignored


def sweep(runtime: Runtime, *, at: datetime | None = None, reclaim: bool = True) -> None:
    """Requeue jobs of dead workers, fail jobs that waited too long, repeat lost wake-ups.

    Dead are those whose lease had ended ``at``; ``reclaim=False`` leaves them to a later sweep.
    """
    at = at or now()
    with runtime.database.write() as session:
        claims.shorten_leases(session, at, lease_s=runtime.settings.jobs.job_lease_s)
    if reclaim:
        _reclaim_lost_jobs(runtime, at)
    _fail_expired_jobs(runtime)
    _wake_again(runtime)


def _reclaim_lost_jobs(runtime: Runtime, at: datetime) -> None:
    limit = runtime.settings.jobs.job_max_crashes
    with runtime.database.read() as session:
        ids = [job.id for job in queries.stuck(session, at)]
    for job_id in ids:
        with runtime.database.write() as session:
            job = session.scalar(
                select(Job)
                .where(Job.id == job_id, Job.state == JobState.RUNNING, Job.lease_until < at)
                .with_for_update(skip_locked=True)
            )
            if job is None:
                # Its worker has extended the lease, another sweep was first, or the connection of
                # a vanished host still locks the row.
                continue
            job.crashes += 1
            log.warning("job.worker_lost", job_id=job.id, worker=job.worker, crashes=job.crashes)
            if job.crashes >= limit:
                session.flush()
                service.fail(session, job, Failure.of("worker_lost", crashes=job.crashes))
                continue
            service.return_to_queue(job)
            service.wake(session, job)


def _fail_expired_jobs(runtime: Runtime) -> None:
    oldest = now() - timedelta(hours=runtime.settings.jobs.job_expires_hours)
    with runtime.database.read() as session:
        waiting = select(Job.id).where(Job.state == JobState.QUEUED, Job.queued_at < oldest)
        ids = list(session.scalars(waiting.limit(_EXPIRED_PER_SWEEP)))
    for job_id in ids:
        _expire_unless_claimed(runtime, job_id)


def _expire_unless_claimed(runtime: Runtime, job_id: str) -> None:
    """Fail a job that has waited too long, unless a worker has claimed it since."""
    with runtime.database.write() as session:
        job = session.get(Job, job_id, with_for_update={"skip_locked": True})
        if job is not None and job.state == JobState.QUEUED:
            hours = runtime.settings.jobs.job_expires_hours
            service.fail(session, job, Failure.of("expired", hours=hours))


def _wake_again(runtime: Runtime) -> None:
    """Wake workers for queued jobs whose wake-up was lost, or not sent as the broker was down.

    Queue by queue: what waits in one, or for its user's share, delays no other.
    """
    at = now()
    lost_after = timedelta(seconds=WAKE_AGAIN_SWEEPS * runtime.settings.jobs.job_sweep_s)
    # A wake-up from the future was sent before the clock was set back.
    lost = or_(Job.woken_at < at - lost_after, Job.woken_at > at + lost_after)
    due = and_(
        Job.state == JobState.QUEUED,
        or_(Job.not_before.is_(None), Job.not_before <= at),
        or_(Job.woken_at.is_(None), lost),
    )
    with runtime.database.write() as session:
        for queue in session.scalars(select(Job.queue).where(due).distinct()).all():
            not_woken = session.scalars(
                select(Job)
                .where(due, Job.queue == queue)
                .order_by(Job.priority.desc(), Job.id)
                .limit(WAKES_PER_SWEEP)
                .with_for_update(skip_locked=True)
            )
            for job in list(not_woken):
                service.wake(session, job)


def _delete_expired_rows(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        forget_old_answers(session)
        session.execute(delete(Event).where(Event.created_at < now() - KEEP_EVENTS))
        session.execute(
            delete(Event).where(Event.passing, Event.job_id.in_(_ended(KEEP_PASSING_EVENTS)))
        )
        event_log.remove_contents(session, _ended(KEEP_PROGRESS))


def _ended(ago: timedelta) -> Select[str]:
    return select(Job.id).where(Job.state.in_(ENDED), Job.finished_at < now() - ago)


class Sweeper:
    """A thread in every API and worker process; a lease lets only one of them sweep at a time."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        holder: str,
        chores: Sequence[Chore] = (),
        alive: bool = False,
    ) -> None:
        """``chores`` run once a minute. ``alive``: /status counts ``holder`` as a worker."""
        self._runtime = runtime
        self._holder = holder
        self._alive = alive
        self._chores = (_delete_expired_rows, *chores)
        self._clock = ClockWatch()
        self._reclaims_at = 0.0  # by time.monotonic()
        self._stop = threading.Event()
        self._round = threading.RLock()  # held while a sweep and its chores run
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def pause_for_forks(self) -> None:
        """Make forks of this process wait for the end of a sweep, and inherit no connection.

        SQLite keeps a process's locks in its memory: a child forked in the middle of a transaction
        inherits them, and finds the database locked for ever.
        """

        def pause() -> None:
            self._round.acquire()
            self._runtime.database.close()

        resume = self._round.release
        os.register_at_fork(before=pause, after_in_parent=resume, after_in_child=resume)

    def _run(self) -> None:
        period_s = self._runtime.settings.jobs.job_sweep_s
        chores_at = time.monotonic()
        wait_s = 0.0  # the first sweep is at once: after a restart there may be much to repair
        while not self._stop.wait(wait_s):
            wait_s = period_s
            try:
                with self._round:
                    if self._sweep(period_s) and time.monotonic() >= chores_at:
                        chores_at = time.monotonic() + CHORES_EVERY_S
                        for chore in self._chores:
                            chore(self._runtime)
            except (SQLAlchemyError, StorageUnavailable, ObjectMissing, OSError) as error:
                log.warning("sweep.failed", reason=type(error).__name__)

    def _sweep(self, period_s: float) -> bool:
        """False when another process holds the lease and sweeps."""
        lease_s = _LEASE_PERIODS * period_s
        at = now()  # before the check: a step after it is noticed by the next sweep
        step = self._clock.step()
        if step:
            log.warning("sweep.clock_set", by_s=round(step.total_seconds()))
            # After a step ahead every lease has ended: the living extend theirs first.
            self._reclaims_at = time.monotonic() + self._runtime.settings.jobs.job_lease_s
        if self._alive:
            self._take_lease(leases.name_of(self._holder), lease_s)
        has_lease = self._take_lease("sweep", lease_s)
        if has_lease:
            # Only if the clock was set back: if it was set ahead, pauses end early, at the cost of
            # a retry.
            if step < timedelta():
                with self._runtime.database.write() as session:
                    claims.shorten_pauses(session, -step)
            sweep(self._runtime, at=at, reclaim=time.monotonic() >= self._reclaims_at)
        return has_lease

    def _take_lease(self, name: str, seconds: float) -> bool:
        with self._runtime.database.write() as session:
            return leases.take(session, name=name, holder=self._holder, seconds=seconds)
