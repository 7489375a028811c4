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
from mp4totext.events.log import EventType
from mp4totext.jobs import claims
from mp4totext.jobs.errors import Interrupted
from mp4totext.jobs.holds import raise_hold
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobStep, PartState
from mp4totext.kit.db import DATABASE_AWAY, patiently
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.providers.errors import ProviderError
from mp4totext.runtime import Runtime

PROGRESS_EVERY_S = 1.0
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
        part: JobStep | None = None,
    ) -> None:
        """With ``part``: the context of one part, whose progress is counted in the part's row."""
        self.job = job
        self.runtime = runtime
        self.workdir = workdir
        self.warnings: list[str] = []
        self._worker = worker
        self._run_part = run_part
        self._part = part
        self._gone = threading.Event()
        self._stage = ""
        self._stage_began = time.monotonic()
        self._stage_base_ms = 0  # done already when the stage began: not this attempt's speed
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

    def progress(self, stage: str, done_ms: int, total_ms: int) -> None:
        """In milliseconds of audio. Written once a second; also checks whether to go on."""
        self.check()
        began = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._told = stage, began, 0.0
            self._stage_base_ms = done_ms
        if began - self._told < PROGRESS_EVERY_S and done_ms < total_ms:
            return
        self._told = began
        if self._part is not None:
            self._part_progress(self._part, done_ms)
            return
        gained_ms = done_ms - self._stage_base_ms
        eta_ms = _eta_ms(gained_ms, total_ms - done_ms, began - self._stage_began)
        try:
            self._tell(stage, done_ms, total_ms, eta_ms)
        except DATABASE_AWAY:  # whether to go on without it is the heartbeat's decision
            log.warning("job.progress_untold")

    def _tell(self, stage: str, done_ms: int, total_ms: int, eta_ms: int | None) -> None:
        with self.runtime.database.write() as session:
            mine = claims.change_mine(
                session,
                job_id=self.job.id,
                attempt=self.job.attempt,
                stage=stage,
                done_ms=done_ms,
                total_ms=total_ms,
                eta_ms=eta_ms,
            )
            if not mine:
                raise Interrupted(self.job.id)
            event_log.append(
                session,
                user_id=self.job.user_id,
                type="progress",
                job_id=self.job.id,
                subject_id=self.job.subject_id,
                stage=stage,
                done_ms=done_ms,
                total_ms=total_ms,
                eta_ms=eta_ms,
            )

    def _part_progress(self, part: JobStep, done_ms: int) -> None:
        try:
            with self.runtime.database.write() as session:
                mine = claims.change_my_part(session, part, done_ms=done_ms)
        except DATABASE_AWAY:
            return
        if not mine:
            raise Interrupted(self.job.id)
        self._tell_all()

    def tell_text(self, *, text_id: str, kind: str, at: int, text: str) -> None:
        """A piece of a text that is being written; ``at`` is its place, 0 begins anew."""
        self.tell("text_delta", text_id=text_id, kind=kind, at=at, text=text)

    def tell(
        self,
        type: EventType,  # noqa: A002  the field's name on the wire
        *,
        replacing: Sequence[EventType] = (),
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
                event_log.forget(session, self.job.id, *replacing)
            event_log.append(
                session,
                user_id=self.job.user_id,
                type=type,
                job_id=self.job.id,
                subject_id=self.job.subject_id,
                **body,
            )

    # Credits

    @patiently
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
        except Exception:
            log.exception("step.bug", step=what)
            self.warnings.append(f"No {what}: something is wrong on our side. It is not billed.")
        return None

    # Checkpoints

    def step(self, name: str, make: Callable[[], Any]) -> Any:
        """The JSON that ``make`` returned, this time or the last: it is never paid for twice."""
        self.check()
        with self.runtime.database.read() as session:
            found = session.get(JobStep, (self.job.id, name))
            if found is not None:
                return found.result
        result = make()
        self.check()
        self._keep(name, result)
        return result

    @patiently
    def _keep(self, name: str, result: Any) -> None:
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

    def kept(self, name: str) -> Any:
        """What a finished step returned, or None."""
        with self.runtime.database.read() as session:
            found = session.get(JobStep, (self.job.id, name))
            return None if found is None else found.result

    @patiently
    def start_over(self, name: str, result: Any) -> None:
        """Another way is tried: this step stays, all others and the retries are forgotten.

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

    def parts(self, name: str, parts: Sequence[dict[str, Any]], *, total_ms: int) -> list[Any]:
        """Every part's result, in order. Other processes help; finished parts are kept."""
        database = self.runtime.database
        with database.write() as session:
            self._still_mine(session)
            claims.plan_parts(session, job_id=self.job.id, name=name, parts=parts)
        for _ in range(min(len(parts) - 1, MAX_HELP_CALLS)):
            self.runtime.ring(self.job.queue)
        self._tell_all = lambda: self._tell_parts(name, total_ms)
        while True:
            self.check()
            self._tell_all()
            part = self._next_part()
            if part is not None:
                self._run_part(part)
                continue
            results = self._finished_parts(name)
            if len(results) == len(parts):
                self.progress(name, total_ms, total_ms)
                return results
            self._gone.wait(POLL_PARTS_S)

    @patiently
    def _next_part(self) -> JobStep | None:
        with self.runtime.database.write() as session:
            return claims.claim_part(
                session,
                job_id=self.job.id,
                worker=self._worker,
                lease_s=self.runtime.settings.jobs.job_lease_s,
            )

    def _tell_parts(self, name: str, total_ms: int) -> None:
        """Progress over all parts, whoever works on them; also while this process is at one."""
        if name == self._stage and time.monotonic() - self._told < PROGRESS_EVERY_S:
            return
        self.progress(name, self._done_ms(name), total_ms)

    @patiently
    def _done_ms(self, name: str) -> int:
        with self.runtime.database.read() as session:
            done_ms = session.scalar(
                select(func.sum(JobStep.done_ms)).where(
                    JobStep.job_id == self.job.id, JobStep.name.startswith(f"{name}:")
                )
            )
        return int(done_ms or 0)

    @patiently
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


def _eta_ms(gained_ms: int, left_ms: int, elapsed_s: float) -> int | None:
    """At the speed of this stage so far; None while there is none."""
    if gained_ms <= 0 or elapsed_s <= 0:
        return None
    return int(left_ms * elapsed_s * 1000 / gained_ms)
