"""A thread beside running work: extends its lease, and notices that it should stop."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from mp4totext.jobs import claims, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobState, JobStep
from mp4totext.jobs.operation import AnyOperation
from mp4totext.kit.clock import now
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.log import get_logger
from mp4totext.runtime import Runtime

BEAT_S = 1.0
STUCK_AFTER_S = 30  # a process that ignores the loss of its job this long is not coming back

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process that does work, and what it may do."""

    runtime: Runtime
    operations: Mapping[str, AnyOperation]
    name: str
    queues: Sequence[str]
    # Seconds since this process was told to stop, or None. Jobs are handed back after the grace.
    stopping_for_s: Callable[[], float | None] = lambda: None
    # Ends a process whose work cannot be interrupted (a hung native call).
    on_stuck: Callable[[], None] = lambda: None
    # Processes or threads of this worker; None: it works alone, for whoever comes.
    slots: int | None = None

    @property
    def most_per_user(self) -> int | None:
        """Jobs of one account at once: without a setting, one slot is kept for others."""
        most = self.runtime.settings.jobs.job_running_per_user
        if most is None and self.slots is not None:
            most = max(1, self.slots - 1)
        return most

    @property
    def lease_s(self) -> int:
        return self.runtime.settings.jobs.job_lease_s


def job_beat(worker: Worker, job: JobView) -> Callable[[bool], bool]:
    """Whether the job is still ours; extends the lease when asked, and minds its limits."""
    started = time.monotonic()

    def beat(extend: bool) -> bool:  # noqa: FBT001  called in one place
        with worker.runtime.database.write() if extend else worker.runtime.database.read() as s:
            if not extend:
                mine = claims.still_mine(s, job_id=job.id, attempt=job.attempt)
            else:
                mine = claims.extend(s, job_id=job.id, attempt=job.attempt, lease_s=worker.lease_s)
        if not mine:
            return False
        if time.monotonic() - started > job.time_limit_s:
            return _over_the_limit(worker, job)
        grace_s = worker.runtime.settings.jobs.job_drain_s
        stopping_for_s = worker.stopping_for_s()
        if stopping_for_s is not None and stopping_for_s >= grace_s:
            return _hand_back(worker, job)
        return True

    return beat


def _over_the_limit(worker: Worker, job: JobView) -> bool:
    with worker.runtime.database.write() as session:
        row = session.get_one(Job, job.id, with_for_update=True)
        if row.attempt == job.attempt and row.state == JobState.RUNNING:
            minutes = job.time_limit_s // 60
            message = f"The job took longer than its limit of {minutes} minutes."
            service.fail(session, row, code="time_limit", message=message)
    return False


def _hand_back(worker: Worker, job: JobView) -> bool:
    with worker.runtime.database.write() as session:
        row = session.get_one(Job, job.id, with_for_update=True)
        if row.attempt == job.attempt and row.state == JobState.RUNNING:
            service.give_back(row)
            service.stop_parts(session, job.id)
            service.wake(session, row)
            log.info("job.handed_back", job_id=job.id)
    return False


def part_beat(worker: Worker, part: JobStep) -> Callable[[bool], bool]:
    def beat(extend: bool) -> bool:  # noqa: FBT001  called in one place
        if worker.stopping_for_s() is not None:
            return False
        if not extend:
            with worker.runtime.database.read() as session:
                return claims.part_goes_on(session, part)
        with worker.runtime.database.write() as session:
            until = now() + timedelta(seconds=worker.lease_s)
            mine = claims.change_my_part(session, part, lease_until=until)
            return mine and claims.part_goes_on(session, part)

    return beat


@contextmanager
def heartbeat(worker: Worker, ctx: Context, beat: Callable[[bool], bool]) -> Iterator[None]:
    done = threading.Event()
    context = structlog.contextvars.get_contextvars()

    def run() -> None:
        structlog.contextvars.bind_contextvars(**context)
        last = time.monotonic()
        while not done.wait(BEAT_S):
            extend = time.monotonic() - last >= worker.lease_s / 3
            try:
                if not beat(extend):
                    break
            except DATABASE_AWAY:
                log.warning("job.heartbeat_missed")
                if time.monotonic() - last < worker.lease_s:
                    continue  # the lease still stands; the database may come back
                break
            if extend:
                last = time.monotonic()
        ctx.stop()
        if not done.wait(STUCK_AFTER_S):
            log.warning("job.stuck_process")
            worker.on_stuck()

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
