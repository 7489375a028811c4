"""The heartbeat thread of running work: extends its lease, and stops it when it must end."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from mp4totext.jobs import claims, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import JobStep
from mp4totext.jobs.operation import AnyOperation
from mp4totext.kit.clock import now
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.log import get_logger
from mp4totext.runtime import Runtime

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker process, and the operations and queues it serves."""

    runtime: Runtime
    operations: Mapping[str, AnyOperation]
    name: str
    queues: Sequence[str]
    # Seconds since this process was asked to stop, else None. After JOB_DRAIN_S jobs are requeued.
    stopping_for_s: Callable[[], float | None] = lambda: None
    # Ends the process when its work cannot be interrupted, such as a native call that hangs.
    on_stuck: Callable[[], None] = lambda: None
    beat_s: float = 1.0  # seconds between two checks whether a running job must stop
    # Seconds after which work that continues although its job was lost is stuck.
    stuck_after_s: float = 30.0
    progress_every_s: float = 1.0
    # Processes or threads of this worker; None: there is one, and it takes any user's jobs.
    slots: int | None = None
    # Retries of a job that has done nothing yet as its vendor cannot be reached; None: as of every
    # error that may pass.
    unreachable_retries: int | None = None

    @property
    def most_per_user(self) -> int | None:
        """Running jobs of one account; without a setting, one slot is left for others."""
        most = self.runtime.settings.jobs.job_running_per_user
        if most is None and self.slots is not None:
            most = max(1, self.slots - 1)
        return most

    @property
    def lease_s(self) -> int:
        return self.runtime.settings.jobs.job_lease_s


def job_beat(worker: Worker, job: JobView) -> Callable[[bool], bool]:
    """The check of a running job: ``beat(extend)`` is False when the work must stop.

    It also fails a job over its time limit, and requeues it when the worker process must stop.
    """
    started = time.monotonic()

    def beat(extend: bool) -> bool:  # noqa: FBT001  called in one place
        if extend:
            with worker.runtime.database.write() as session:
                is_current = claims.extend_lease(
                    session, job_id=job.id, attempt=job.attempt, lease_s=worker.lease_s
                )
        else:
            with worker.runtime.database.read() as session:
                is_current = claims.is_current_attempt(session, job_id=job.id, attempt=job.attempt)
        if not is_current:
            return False
        if time.monotonic() - started > job.time_limit_s:
            return _fail_over_time_limit(worker, job)
        grace_s = worker.runtime.settings.jobs.job_drain_s
        stopping_for_s = worker.stopping_for_s()
        if stopping_for_s is not None and stopping_for_s >= grace_s:
            return _return_to_queue(worker, job)
        return True

    return beat


def _fail_over_time_limit(worker: Worker, job: JobView) -> bool:
    with worker.runtime.database.write() as session:
        row = claims.lock_current_attempt(session, job_id=job.id, attempt=job.attempt)
        if row is not None:
            minutes = job.time_limit_s // 60
            service.fail(session, row, Failure.of("time_limit", minutes=minutes))
    return False


def _return_to_queue(worker: Worker, job: JobView) -> bool:
    with worker.runtime.database.write() as session:
        row = claims.lock_current_attempt(session, job_id=job.id, attempt=job.attempt)
        if row is not None:
            service.return_to_queue(row)
            service.stop_parts(session, job.id)
            service.wake(session, row)
            log.info("job.handed_back", job_id=job.id)
    return False


def part_beat(worker: Worker, part: JobStep) -> Callable[[bool], bool]:
    """The check of a helper's part. A helper stops immediately when its process must stop."""

    def beat(extend: bool) -> bool:  # noqa: FBT001  called in one place
        if worker.stopping_for_s() is not None:
            return False
        if not extend:
            with worker.runtime.database.read() as session:
                return claims.is_current_part(session, part)
        with worker.runtime.database.write() as session:
            until = now() + timedelta(seconds=worker.lease_s)
            is_current = claims.update_current_part(session, part, lease_until=until)
            return is_current and claims.is_current_part(session, part)

    return beat


@contextmanager
def heartbeat(worker: Worker, ctx: Context, beat: Callable[[bool], bool]) -> Iterator[None]:
    """Call ``beat`` every second during the block; stop ``ctx`` when it returns False.

    The lease is extended three times per lease period, so that two missed beats do not end it.
    """
    done = threading.Event()
    context = structlog.contextvars.get_contextvars()

    def run() -> None:
        structlog.contextvars.bind_contextvars(**context)
        extended_at = time.monotonic()
        while not done.wait(worker.beat_s):
            extend = time.monotonic() - extended_at >= worker.lease_s / 3
            try:
                if not beat(extend):
                    break
            except DATABASE_AWAY:
                log.warning("job.heartbeat_missed")
                if time.monotonic() - extended_at < worker.lease_s:
                    continue  # the lease has not expired; the database may come back in time
                break
            if extend:
                extended_at = time.monotonic()
        ctx.stop()
        if not done.wait(worker.stuck_after_s):
            log.warning("job.stuck_process")
            worker.on_stuck()

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
