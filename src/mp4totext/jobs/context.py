"""What a running operation sees: checkpoints, parts, progress, and whether to go on."""

import threading
import time
from collections.abc import Callable, Sequence
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

POLL_PARTS_S = 0.2
MAX_HELP_CALLS = 8

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
        """With ``part``: the context of one part, whose progress is counted in the part's row."""
        self.job = job
        self.runtime = runtime
        self.workdir = workdir
        self.warnings: list[str] = []
        self._worker = worker
        self._run_part = run_part
        self._passing_events = passing_events
        self._progress_every_s = progress_every_s
        self._part = part
        self._gone = threading.Event()
        self._stage = ""
        self._stage_began = time.monotonic()
        self._stage_base = 0  # done already when the stage began: not this attempt's speed
        self._told = 0.0
        self._tell_all: Callable[[], None] = lambda: None  # of all parts; a helper tells nothing

    def for_part(self, part: JobStep) -> "Context":
        """For one part of the same job: stops when the job does."""
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
        ctx._gone = self._gone
        ctx._tell_all = self._tell_all
        return ctx

    # Going on or not

    def stop(self) -> None:
        """Called by the heartbeat when the job is no longer ours."""
        self._gone.set()

    def check(self) -> None:
        """Call it often. Raises Interrupted when there is nothing left to work for."""
        if self._gone.is_set():
            raise Interrupted(self.job.id)

    # Progress

    def progress(self, stage: str, done: int, total: int, *, unit: Unit = "ms") -> None:
        """How far a stage is. Written once a second; also checks whether to go on."""
        self.check()
        began = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._told = stage, began, 0.0
            self._stage_base = done
        if began - self._told < self._progress_every_s and done < total:
            return
        self._told = began
        if self._part is not None:
            self._part_progress(self._part, done)
            return
        eta_ms = _eta_ms(done - self._stage_base, total - done, began - self._stage_began)
        state = {"stage": stage, "done": done, "total": total, "unit": unit, "eta_ms": eta_ms}
        try:
            self._store_progress(state)
        except DATABASE_AWAY:  # whether to go on without it is the heartbeat's decision
            log.warning("job.progress_untold")

    def _store_progress(self, state: dict[str, Any]) -> None:  # columns of Job, fields of the event
        with self.runtime.database.write() as session:
            mine = claims.change_mine(
                session, job_id=self.job.id, attempt=self.job.attempt, **state
            )
            if not mine:
                raise Interrupted(self.job.id)
            event_log.append(
                session,
                user_id=self.job.user_id,
                type="progress",
                job_id=self.job.id,
                subject_id=self.job.subject_id,
                **state,
            )

    def _part_progress(self, part: JobStep, done: int) -> None:
        try:
            with self.runtime.database.write() as session:
                mine = claims.change_my_part(session, part, done=done)
        except DATABASE_AWAY:
            return
        if not mine:
            raise Interrupted(self.job.id)
        self._tell_all()

    def tell(
        self,
        type: str,  # noqa: A002  the field's name on the wire
        *,
        replacing: Sequence[str] = (),
        delivered: Sequence[Line] | None = None,
        **body: Any,  # JSON values
    ) -> None:
        """An event of this job, in the place of its earlier ones of the types ``replacing``.

        ``delivered``: what its user has with this event, to be paid also if the job is cancelled.
        """
        self.check()
        with self.runtime.database.write() as session:
            self._still_mine(session)
            if delivered is not None:
                paid = lines_to_json(delivered)
                claims.change_mine(
                    session, job_id=self.job.id, attempt=self.job.attempt, delivered=paid
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

    # Credits

    @retry_while_db_down
    def hold_more(self, offer: Quote) -> None:
        """Holds up to ``offer``, before more is done than was accepted.

        Raises InsufficientCredits, and then the hold is what it was.
        """
        self.check()
        with self.runtime.database.write() as session:
            row = session.get_one(Job, self.job.id, with_for_update=True)
            self._still_mine(session)
            raise_hold(session, row, offer)
            quote = lines_from_json(row.quote)
        self.job = replace(self.job, quote=quote)

    def optional(self, what: str, make: Callable[[], T]) -> T | None:
        """None when ``make`` failed for good: its line item is dropped, the job goes on."""
        try:
            return make()
        except (Interrupted, StorageUnavailable, *DATABASE_AWAY):
            raise
        except ProviderError as error:
            if error.retryable and self.job.may_retry:
                raise
            self.warnings.append(f"No {what}: {error.message} It is not billed.")
        except MediaError as error:
            self.warnings.append(f"No {what}: {error.message} It is not billed.")
        except Exception:
            log.exception("step.bug", step=what)
            self.warnings.append(f"No {what}: something is wrong on our side. It is not billed.")
        return None

    # Checkpoints

    def step(self, name: str, make: Callable[[], T], *, returns: type[T]) -> T:
        """What ``make`` returned, this time or the last: it is never paid for twice.

        ``returns`` is its type, which must survive JSON: dataclasses, models, plain values.
        """
        self.check()
        with self.runtime.database.read() as session:
            row = session.get(JobStep, (self.job.id, name))
            if row is not None:
                return typed_json.load(returns, row.result)
        result = make()
        self.check()
        self._keep(name, typed_json.dump(returns, result))
        return result

    @retry_while_db_down
    def _keep(self, name: str, result: Any) -> None:  # JSON values
        with self.runtime.database.write() as session:
            self._still_mine(session)
            session.execute(
                delete(JobStep).where(JobStep.job_id == self.job.id, JobStep.name == name)
            )
            session.execute(
                insert(JobStep).values(
                    job_id=self.job.id, name=name, state=PartState.DONE, result=result
                )
            )

    def kept(self, name: str, *, returns: type[T]) -> T | None:
        """What a finished step returned; None when it has not finished."""
        with self.runtime.database.read() as session:
            row = session.get(JobStep, (self.job.id, name))
            return None if row is None else typed_json.load(returns, row.result)

    @retry_while_db_down
    def start_over(self, name: str, result: str) -> None:
        """Another way is tried: this step stays, all others and the retries are deleted.

        Parts of the new way need a name of their own: a helper may still be at an old one.
        """
        with self.runtime.database.write() as session:
            self._still_mine(session)
            claims.change_mine(session, job_id=self.job.id, attempt=self.job.attempt, retries=0)
            session.execute(delete(JobStep).where(JobStep.job_id == self.job.id))
            session.execute(
                insert(JobStep).values(
                    job_id=self.job.id, name=name, state=PartState.DONE, result=result
                )
            )

    def parts(self, name: str, parts: Sequence[object], *, returns: type[T], total: int) -> list[T]:
        """Every part's result, in order. Other processes help; finished parts are kept.

        Parts and results have the operation's types ``part`` and ``part_result``; ``total`` is
        that of progress.
        """
        database = self.runtime.database
        planned = [typed_json.dump(type(part), part) for part in parts]
        with database.write() as session:
            self._still_mine(session)
            claims.plan_parts(session, job_id=self.job.id, name=name, parts=planned)
        for _ in range(min(len(parts) - 1, MAX_HELP_CALLS)):
            self.runtime.wake(self.job.queue)
        self._tell_all = lambda: self._tell_parts(name, total)
        while True:
            self.check()
            self._tell_all()
            step = self._next_part()
            if step is not None:
                self._run_part(step)
                continue
            results = self._finished_parts(name)
            if len(results) == len(parts):
                self.progress(name, total, total)
                return [typed_json.load(returns, result) for result in results]
            self._gone.wait(POLL_PARTS_S)

    @retry_while_db_down
    def _next_part(self) -> JobStep | None:
        with self.runtime.database.write() as session:
            return claims.claim_part(
                session,
                job_id=self.job.id,
                worker=self._worker,
                lease_s=self.runtime.settings.jobs.job_lease_s,
            )

    def _tell_parts(self, name: str, total: int) -> None:
        """Progress over all parts, whoever works on them; also while this process is at one."""
        if name == self._stage and time.monotonic() - self._told < self._progress_every_s:
            return
        self.progress(name, self._done(name), total)

    @retry_while_db_down
    def _done(self, name: str) -> int:
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

    def _still_mine(self, session: Session) -> None:
        if not claims.still_mine(session, job_id=self.job.id, attempt=self.job.attempt):
            self.stop()
            raise Interrupted(self.job.id)


def _eta_ms(gained: int, left: int, elapsed_s: float) -> int | None:
    """At the speed of this stage so far; None while there is none."""
    if gained <= 0 or elapsed_s <= 0:
        return None
    return int(left * elapsed_s * 1000 / gained)
