"""What keeps promises when processes die: runs every few seconds, in one place at a time."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.exc import SQLAlchemyError

from mp4totext.events import log as event_log
from mp4totext.events.log import Event
from mp4totext.jobs import claims, service
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit.clock import now
from mp4totext.kit.idempotency import forget_old_answers
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.runtime import Runtime

WAKE_AGAIN_SWEEPS = 2
WAKES_A_SWEEP = 16
CHORES_EVERY_S = 60
KEEP_EVENTS = timedelta(days=7)
PASSING_FOR = timedelta(minutes=1)  # after the job: who still listens gets the last pieces
PROGRESS_FOR = timedelta(days=1)

log = get_logger()

Chore = Callable[[Runtime], None]


def sweep(runtime: Runtime) -> None:
    """Takes back what the dead held, wakes who should work, ends what waited too long."""
    _take_back(runtime)
    _expire(runtime)
    _wake_again(runtime)


def _take_back(runtime: Runtime) -> None:
    limit = runtime.settings.jobs.job_max_crashes
    with runtime.database.read() as session:
        ids = [job.id for job in service.stuck(session, now())]
    for job_id in ids:
        with runtime.database.write() as session:
            job = session.scalar(
                select(Job)
                .where(Job.id == job_id, Job.state == JobState.RUNNING, Job.lease_until < now())
                .with_for_update(skip_locked=True)
            )
            if job is None:
                continue  # it came back, another sweep was first, or a vanished host locks it yet
            job.crashes += 1
            log.warning("job.worker_lost", job_id=job.id, worker=job.worker, crashes=job.crashes)
            if job.crashes >= limit:
                session.flush()
                message = (
                    f"The worker died {job.crashes} times on this job. "
                    "The recording may be what kills it; try another engine or file."
                )
                service.fail(session, job, code="worker_lost", message=message)
                continue
            service.give_back(job)
            service.wake(session, job)


def _expire(runtime: Runtime) -> None:
    oldest = now() - timedelta(hours=runtime.settings.jobs.job_expires_hours)
    with runtime.database.read() as session:
        waiting = select(Job.id).where(Job.state == JobState.QUEUED, Job.queued_at < oldest)
        ids = list(session.scalars(waiting.limit(100)))
    for job_id in ids:
        _end_unless_taken(runtime, job_id)


def _end_unless_taken(runtime: Runtime, job_id: str) -> None:
    with runtime.database.write() as session:
        job = session.get(Job, job_id, with_for_update={"skip_locked": True})
        if job is not None and job.state == JobState.QUEUED:
            hours = runtime.settings.jobs.job_expires_hours
            message = f"No worker took the job within {hours} hours."
            service.fail(session, job, code="expired", message=message)


def _wake_again(runtime: Runtime) -> None:
    """Queued jobs whose wake-up was lost, or was never sent because the broker was away.

    Queue by queue: what waits in one, or for its user's share, keeps nobody else asleep.
    """
    at = now()
    again_s = WAKE_AGAIN_SWEEPS * runtime.settings.jobs.job_sweep_s
    due = and_(
        Job.state == JobState.QUEUED,
        or_(Job.not_before.is_(None), Job.not_before <= at),
        or_(Job.woken_at.is_(None), Job.woken_at < at - timedelta(seconds=again_s)),
    )
    with runtime.database.write() as session:
        for queue in session.scalars(select(Job.queue).where(due).distinct()).all():
            silent = session.scalars(
                select(Job)
                .where(due, Job.queue == queue)
                .order_by(Job.priority.desc(), Job.id)
                .limit(WAKES_A_SWEEP)
                .with_for_update(skip_locked=True)
            )
            for job in list(silent):
                service.wake(session, job)


def _tidy(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        forget_old_answers(session)
        session.execute(delete(Event).where(Event.created_at < now() - KEEP_EVENTS))
        session.execute(delete(Event).where(Event.passing, Event.job_id.in_(_ended(PASSING_FOR))))
        event_log.remove_contents(session, _ended(PROGRESS_FOR))


def _ended(ago: timedelta) -> Select[str]:
    return select(Job.id).where(Job.state.in_(ENDED), Job.finished_at < now() - ago)


class Sweeper:
    """A thread in every API and worker process; a lease row lets one of them sweep."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        holder: str,
        chores: Sequence[Chore] = (),
        alive: bool = False,
    ) -> None:
        """With ``alive`` the process also says, as ``holder``, that it is there."""
        self._runtime = runtime
        self._holder = holder
        self._alive = alive
        self._chores = (_tidy, *chores)
        self._stop = threading.Event()
        self._round = threading.RLock()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def rest_while_forking(self) -> None:
        """From now on a fork of this process waits for a round's end, and inherits no connection.

        SQLite keeps the locks of a process in its memory: a child made in the middle of a
        transaction would find the database locked for ever, by nobody.
        """
        awake = self._round.release
        os.register_at_fork(before=self._rest, after_in_parent=awake, after_in_child=awake)

    def _rest(self) -> None:
        self._round.acquire()
        self._runtime.database.close()

    def _run(self) -> None:
        period_s = self._runtime.settings.jobs.job_sweep_s
        chores_at = time.monotonic()
        wait_s = 0.0  # the first round is at once: a restart should not wait to repair
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
        """False when another process does it."""
        if self._alive:
            self._say_alive(period_s)
        mine = self._lease(period_s)
        if mine:
            sweep(self._runtime)
        return mine

    def _say_alive(self, period_s: float) -> None:
        with self._runtime.database.write() as session:
            claims.take_lease(
                session,
                name=claims.lease_name(self._holder),
                holder=self._holder,
                seconds=3 * period_s,
            )

    def _lease(self, period_s: float) -> bool:
        with self._runtime.database.write() as session:
            return claims.take_lease(
                session, name="sweep", holder=self._holder, seconds=3 * period_s
            )
