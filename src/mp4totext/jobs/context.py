"""What a running operation works with: checkpoints, parts, progress, events and cancellation."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from mp4totext.credits.quotes import Line, Quote, lines_from_json, lines_to_json
from mp4totext.events import log as event_log
from mp4totext.jobs import claims
from mp4totext.jobs.errors import Interrupted
from mp4totext.jobs.holds import raise_hold
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobStep, PartState, Unit
from mp4totext.kit import typed_json
from mp4totext.kit.db import DATABASE_AWAY, retry_while_db_down
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.media.errors import MediaError
from mp4totext.providers.errors import ProviderError
from mp4totext.runtime import Runtime

POLL_PARTS_S = 0.2  # seconds between two checks for parts that helpers have finished
MAX_HELP_CALLS = 8  # wake-ups sent at once; each woken worker wakes the next while parts wait

T = TypeVar("T")
log = get_logger()


class Context:
    """One attempt of one job in one process. Not shared between attempts."""

    def __init__(
        self,
        *,
        job: JobView,
        runtime: Runtime,
        workdir: Path,
        worker: str,
        run_part: Callable[[JobStep], Any],
        passing_events: frozenset[str] = frozenset(),
        progress_every_s: float = 1.0,
        part: JobStep | None = None,
    ) -> None:
        """With ``part``: the context of one part, whose progress goes into the part's row."""
        self.job = job
        self.runtime = runtime
        self.workdir = workdir
        self.warnings: list[str] = []
        self._worker = worker
        self._run_part = run_part
        self._passing_events = passing_events
        self._progress_every_s = progress_every_s
        self._part = part
        self._stopped = threading.Event()
        self._stage = ""
        self._stage_began = time.monotonic()
        self._stage_base = 0  # done before this attempt, so not part of its speed
        self._reported_at = 0.0
        self._refused: set[str] = set()  # names of steps
        # Progress over all parts, which only the job's own process reports.
        self._report_parts: Callable[[], None] = lambda: None

    def for_part(self, part: JobStep) -> "Context":
        """The context for one part of the same job. It stops when the job does."""
        ctx = Context(
            job=self.job,
            runtime=self.runtime,
            workdir=self.workdir,
            worker=self._worker,
            run_part=self._run_part,
            passing_events=self._passing_events,
            progress_every_s=self._progress_every_s,
            part=part,
        )
        ctx._stopped = self._stopped
        ctx._report_parts = self._report_parts
        return ctx

    # Cancellation

    def stop(self) -> None:
        """Called by the heartbeat when this attempt no longer runs the job."""
        self._stopped.set()

    def check(self) -> None:
        """Raises Interrupted once the job was cancelled, ended or taken over. Call it often."""
        if self._stopped.is_set():
            raise Interrupted(self.job.id)

    # Progress

    def progress(self, stage: str, done: int, total: int, *, unit: Unit = "ms") -> None:
        """Report that ``done`` of ``total`` of a stage are finished; stored once a second.

        Raises Interrupted like ``check``.
        """
        self.check()
        at = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._reported_at = stage, at, 0.0
            self._stage_base = done
        if at - self._reported_at < self._progress_every_s and done < total:
            return
        self._reported_at = at
        if self._part is not None:
            self._store_part_progress(self._part, done)
            return
        eta_ms = _eta_ms(done - self._stage_base, total - done, at - self._stage_began)
        values = {"stage": stage, "done": done, "total": total, "unit": unit, "eta_ms": eta_ms}
        try:
            self._store_progress(values)
        except DATABASE_AWAY:  # the heartbeat decides how long to continue without a database
            log.warning("job.progress_not_stored")

    def _store_progress(self, values: dict[str, Any]) -> None:
        """``values``: columns of Job, which are also the fields of the event."""
        with self.runtime.database.write() as session:
            is_current = claims.update_current_attempt(
                session, job_id=self.job.id, attempt=self.job.attempt, **values
            )
            if not is_current:
                raise Interrupted(self.job.id)
            event_log.append(
                session,
                user_id=self.job.user_id,
                type="progress",
                job_id=self.job.id,
                subject_id=self.job.subject_id,
                **values,
            )

    def _store_part_progress(self, part: JobStep, done: int) -> None:
        try:
            with self.runtime.database.write() as session:
                is_current = claims.update_current_part(session, part, done=done)
        except DATABASE_AWAY:  # as in ``progress``
            log.warning("job.progress_not_stored", part=part.name)
            return
        if not is_current:
            raise Interrupted(self.job.id)
        self._report_parts()

    def publish(
        self,
        type: str,  # noqa: A002  the field's name on the wire
        *,
        replacing: Sequence[str] = (),
        delivered: Sequence[Line] | None = None,
        **body: Any,  # JSON values
    ) -> None:
        """Append an event of this job to the log, and delete its earlier ones of ``replacing``.

        ``delivered``: all the lines the user has received so far, charged even if the job is
        cancelled. Raises Interrupted.
        """
        self.check()
        with self.runtime.database.write() as session:
            self._require_current_attempt(session)
            if delivered is not None:
                claims.update_current_attempt(
                    session,
                    job_id=self.job.id,
                    attempt=self.job.attempt,
                    delivered=lines_to_json(delivered),
                )
            if replacing:
                event_log.remove(session, self.job.id, replacing)
            event_log.append(
                session,
                user_id=self.job.user_id,
                type=type,
                job_id=self.job.id,
                passing=type in self._passing_events,
                subject_id=self.job.subject_id,
                **body,
            )

    def hint(self, type: str, **body: Any) -> None:  # noqa: A002
        """Like ``publish``, for what may be lost: the work is not repeated for it."""
        try:
            self.publish(type, **body)
        except DATABASE_AWAY:
            log.warning("job.hint_not_stored", type=type)

    # Credits

    @retry_while_db_down
    def hold_more(self, offer: Quote) -> None:
        """Raise the hold to ``offer``, before doing more than was accepted.

        Raises InsufficientCredits; the hold is then unchanged.
        """
        self.check()
        with self.runtime.database.write() as session:
            # Locked before the attempt is checked, so that a cancellation comes before or after.
            row = session.get_one(Job, self.job.id, with_for_update=True)
            self._require_current_attempt(session)
            raise_hold(session, row, offer)
            quote = lines_from_json(row.quote)
        self.job = replace(self.job, quote=quote)

    def optional(self, what: str, make: Callable[[], T]) -> T | None:
        """Run an optional step. None if it failed for good: a warning says so, the job continues.

        Its caller then leaves the line item out of what it charges.
        """
        try:
            return make()
        except (Interrupted, StorageUnavailable, *DATABASE_AWAY):
            raise
        except ProviderError as error:
            if error.retryable and self.job.may_retry:
                raise
            self.warnings.append(f"No {what} (not billed): {error.message}")
        except MediaError as error:
            self.warnings.append(f"No {what} (not billed): {error.message}")
        # A bug in an optional feature must not cost the user the transcript.
        except Exception:
            log.exception("step.bug", step=what)
            self.warnings.append(f"No {what} (not billed): a bug in the service stopped it.")
        return None

    # Checkpoints

    def step(self, name: str, make: Callable[[], T], *, returns: type[T]) -> T:
        """Return ``make()``, or its stored result if an earlier attempt has run this step.

        Put paid calls in a step, so that a restarted job does not pay twice. ``returns`` is the
        result's type: a dataclass, a pydantic model or plain values, as it is stored as JSON.
        """
        self.check()
        with self.runtime.database.read() as session:
            row = session.get(JobStep, (self.job.id, name))
            if row is not None:
                return typed_json.load(returns, row.result)
        result = make()
        self.check()  # another attempt may run by now, and its result counts
        self._store_step(name, typed_json.dump(returns, result))
        return result

    @retry_while_db_down
    def _store_step(self, name: str, result: Any) -> None:  # JSON values
        with self.runtime.database.write() as session:
            self._require_current_attempt(session)
            # A commit whose answer was lost is repeated by retry_while_db_down: its row exists.
            session.execute(
                delete(JobStep).where(JobStep.job_id == self.job.id, JobStep.name == name)
            )
            session.execute(
                insert(JobStep).values(
                    job_id=self.job.id, name=name, state=PartState.DONE, result=result
                )
            )

    def refuse(self, names: Iterable[str]) -> None:
        """Forget these steps if the job fails, as their vendor's answers are unusable.

        A job that its user runs again then repeats them, and keeps all other results.
        """
        self._refused.update(names)

    def forget_refused(self) -> None:
        self.forget(self._refused)

    @retry_while_db_down
    def forget(self, names: Iterable[str]) -> None:
        """Delete finished steps, which then run again."""
        with self.runtime.database.write() as session:
            self._require_current_attempt(session)
            session.execute(
                delete(JobStep).where(
                    JobStep.job_id == self.job.id, JobStep.name.in_(sorted(names))
                )
            )

    def step_result(self, name: str, *, returns: type[T]) -> T | None:
        """The stored result of a step; None if it has not finished."""
        with self.runtime.database.read() as session:
            row = session.get(JobStep, (self.job.id, name))
            return None if row is None else typed_json.load(returns, row.result)

    @retry_while_db_down
    def start_over(self, name: str, result: str) -> None:
        """Delete all steps and the retry count, and store ``result`` as the only step, ``name``.

        For a job that changes its method, such as its engine. Parts of the new method need a new
        name, as a helper may still be working on an old part.
        """
        with self.runtime.database.write() as session:
            self._require_current_attempt(session)
            claims.update_current_attempt(
                session, job_id=self.job.id, attempt=self.job.attempt, retries=0
            )
            session.execute(delete(JobStep).where(JobStep.job_id == self.job.id))
            session.execute(
                insert(JobStep).values(
                    job_id=self.job.id, name=name, state=PartState.DONE, result=result
                )
            )

    def parts(
        self,
        name: str,
        parts: Sequence[object],
        *,
        returns: type[T],
        total: int,
        unit: Unit = "ms",
    ) -> list[T]:
        """Run all parts, here and on helping workers, and return their results in order.

        Parts and results have the operation's types ``part`` and ``part_result``. Finished parts
        survive a restart of the job. ``total`` is the total of the progress that is reported, in
        ``unit``.
        """
        database = self.runtime.database
        planned = [typed_json.dump(type(part), part) for part in parts]
        with database.write() as session:
            self._require_current_attempt(session)
            claims.plan_parts(session, job_id=self.job.id, name=name, parts=planned)
        # This process takes one part itself; a wake-up that finds none left does no harm.
        for _ in range(min(len(parts) - 1, MAX_HELP_CALLS)):
            self.runtime.wake(self.job.queue)
        self._report_parts = lambda: self._parts_progress(name, total, unit)
        while True:
            self.check()
            self._report_parts()
            part = self._next_part()
            if part is not None:
                self._run_part(part)
                continue
            results = self._finished_parts(name)
            if len(results) == len(parts):
                self.progress(name, total, total, unit=unit)
                return [typed_json.load(returns, result) for result in results]
            self._stopped.wait(POLL_PARTS_S)

    @retry_while_db_down
    def _next_part(self) -> JobStep | None:
        with self.runtime.database.write() as session:
            return claims.claim_part(
                session,
                job_id=self.job.id,
                worker=self._worker,
                lease_s=self.runtime.settings.jobs.job_lease_s,
            )

    def _parts_progress(self, name: str, total: int, unit: Unit) -> None:
        """Report progress over all parts, including those of helpers; also called inside a part."""
        if name == self._stage and time.monotonic() - self._reported_at < self._progress_every_s:
            return
        self.progress(name, self._parts_done(name), total, unit=unit)

    @retry_while_db_down
    def _parts_done(self, name: str) -> int:
        with self.runtime.database.read() as session:
            done = session.scalar(
                select(func.sum(JobStep.done)).where(
                    JobStep.job_id == self.job.id, JobStep.name.startswith(f"{name}:")
                )
            )
        return int(done or 0)

    @retry_while_db_down
    def _finished_parts(self, name: str) -> list[Any]:
        with self.runtime.database.read() as session:
            return list(
                session.scalars(
                    select(JobStep.result)
                    .where(
                        JobStep.job_id == self.job.id,
                        JobStep.name.startswith(f"{name}:"),
                        JobStep.state == PartState.DONE,
                    )
                    .order_by(JobStep.position)
                )
            )

    def _require_current_attempt(self, session: Session) -> None:
        if not claims.is_current_attempt(session, job_id=self.job.id, attempt=self.job.attempt):
            self.stop()
            raise Interrupted(self.job.id)


def _eta_ms(done: int, remaining: int, elapsed_s: float) -> int | None:
    """The remaining time at this attempt's speed in the stage; None before any progress."""
    if done <= 0 or elapsed_s <= 0:
        return None
    return int(remaining * elapsed_s * 1000 / done)
