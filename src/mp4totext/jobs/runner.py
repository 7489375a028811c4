"""One wake-up of a worker: claim the best job or a part of one, run it, store how it ended."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete

from mp4totext.credits import ledger
from mp4totext.jobs import claims, service
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import Interrupted, StepAside
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.heartbeat import Worker, heartbeat, job_beat, part_beat
from mp4totext.jobs.holds import charge_of
from mp4totext.jobs.job_view import JobView, view
from mp4totext.jobs.models import Job, JobState, JobStep, PartState
from mp4totext.jobs.operation import AnyOperation, Divisible
from mp4totext.kit import typed_json
from mp4totext.kit.clock import now
from mp4totext.kit.counts import counts
from mp4totext.kit.db import DATABASE_AWAY, retry_while_db_down
from mp4totext.kit.errors import AppError
from mp4totext.kit.log import get_logger
from mp4totext.kit.received_files import DISK_FULL
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.kit.tracing import span
from mp4totext.media.errors import MediaError
from mp4totext.providers.errors import ProviderError
from mp4totext.runtime import Runtime

MAX_PAUSE_S = 60  # between retries: during longer outages, jobs are retried at this interval
# Error codes on which the runner's decisions depend.
VENDOR_IN_PROGRESS = "in_progress"  # the vendor is still working on it: not counted as a retry
VENDOR_AWAY = "connection"
STORAGE_AWAY = "storage_unavailable"
DISK_IS_FULL = "worker_disk_full"

log = get_logger()


def work_once(worker: Worker) -> bool:
    """Run one job, or one part of another worker's job. False when there was nothing to do."""
    job: Job | None = None
    with worker.runtime.database.write() as session:
        by: Any = {"worker": worker.name, "lease_s": worker.lease_s, "queues": worker.queues}
        part = claims.claim_part_ahead(session, **by, most_per_user=worker.most_per_user)
        if part is None:
            job = claims.claim(session, **by, most_per_user=worker.most_per_user)
        if part is None and job is None:
            part = claims.claim_part(session, **by)
        parent = session.get(Job, part.job_id) if part is not None else None
    if job is not None:
        run_claimed(worker, job)
        return True
    if part is None or parent is None:
        return False
    _run_helper_part(worker, parent, part)
    return True


def has_work(worker: Worker) -> bool:
    """Whether a job or a part waits for a worker of these queues."""
    with worker.runtime.database.read() as session:
        return claims.has_queued(session, worker.queues) or claims.has_free_part(
            session, worker.queues
        )


def run_claimed(worker: Worker, job: Job) -> None:
    """Run a claimed job to its end. A failure is not raised but written to the job row."""
    with structlog.contextvars.bound_contextvars(job_id=job.id, request_id=job.request_id):
        log.info("job.started", operation=job.operation, attempt=job.attempt)
        began = time.perf_counter()
        outcome, code = "interrupted", ""
        try:
            with span(
                f"job {job.operation}",
                job_id=job.id,
                request_id=job.request_id,
                attempt=job.attempt,
            ):
                _run(worker, job)
            outcome = "succeeded"
        except Interrupted:
            log.info("job.interrupted")
        except StepAside:
            _step_aside(worker, job)
        except Exception as error:  # noqa: BLE001  every failure must end in the job row
            outcome, code = _settle_failure(worker, job, error)
            # The label of a metric must have few values; a vendor's own codes are unlimited.
            if isinstance(error, ProviderError):
                code = _error_code(error)
        counts().job_ended(job.operation, outcome, code, took_s=time.perf_counter() - began)


def _run(worker: Worker, job: Job) -> None:
    operation = worker.operations[job.operation]
    params = operation.params.model_validate(job.params)
    with _workdir(worker.runtime) as workdir:
        ctx = _context(worker, job, workdir, operation, params)
        with heartbeat(worker, ctx, job_beat(worker, ctx.job)):
            try:
                result = operation.run(params, ctx)
            except ProviderError as error:
                if not error.retryable:
                    ctx.forget_refused()
                raise
            ctx.check()
            finish(worker.runtime, operation, ctx.job, result, warnings=ctx.warnings)


@retry_while_db_down
def finish(
    runtime: Runtime,
    operation: AnyOperation,
    job: JobView,
    result: Any,  # the operation's own type
    *,
    warnings: Sequence[str],
) -> None:
    """Store result, charge, state and events in one commit. Raises Interrupted if it was fenced."""
    with runtime.database.write() as session:
        is_current = claims.update_current_attempt(
            session,
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.SUCCEEDED,
            finished_at=now(),
            lease_until=None,
            eta_ms=None,
            error_code=None,  # that of the previous attempt
            error_message=None,
            error_sentence=None,
            warnings=list(warnings),
        )
        if not is_current:
            raise Interrupted(job.id)
        lines = operation.save(session, job, result)
        row = session.get_one(Job, job.id)
        row.charged_uc = ledger.settle(session, charge_of(row), lines)
        session.execute(delete(JobStep).where(JobStep.job_id == job.id))
        session.flush()
        operation.publish(session, job, result)
        service.publish_end(session, row)
    log.info("job.succeeded", charged_uc=row.charged_uc)


@retry_while_db_down
def _step_aside(worker: Worker, job: Job) -> None:
    """Queue the job again. Nothing went wrong, so it counts as no retry and needs no pause."""
    with worker.runtime.database.write() as session:
        row = claims.lock_current_attempt(session, job_id=job.id, attempt=job.attempt)
        if row is not None:
            service.return_to_queue(row)
    log.info("job.stepped_aside")


@retry_while_db_down
def _settle_failure(worker: Worker, job: Job, error: Exception) -> tuple[str, str]:
    """Postpone the job and keep its hold if a retry may help and is left; else fail it.

    Returns how the attempt ended, and the error's code.
    """
    failure, retry_after_s = _describe_failure(error)
    code = failure.code
    with worker.runtime.database.write() as session:
        row = claims.lock_current_attempt(session, job_id=job.id, attempt=job.attempt)
        if row is None:
            return "interrupted", code
        limit = _max_retries(worker, row, code)
        # The job did not cause an outage of storage or database, or a full disk: such retries do
        # not count, and the job waits until it expires.
        is_external = code in (STORAGE_AWAY, DISK_IS_FULL)
        if retry_after_s is not None and (is_external or row.retries < limit):
            # A claim and a return to the queue each raise the attempt by one.
            tries = row.attempt // 2 if is_external else row.retries
            # The exponent is capped so that the power cannot overflow a float.
            pause_s = max(retry_after_s, min(MAX_PAUSE_S, 2.0 ** min(tries + 1, 10)))
            service.return_to_queue(row, pause_s=pause_s)
            if not is_external and code != VENDOR_IN_PROGRESS:
                row.retries += 1
            row.error_code, row.error_message = code, failure.message
            row.error_sentence = failure.stored()
            service.stop_parts(session, job.id)
            log.warning("job.postponed", code=code, pause_s=pause_s)
            return "postponed", code
        service.fail(session, row, failure)
    if code == "internal":
        log.error("job.bug", exc_info=error)
    else:
        log.info("job.failed", code=code)
    return "failed", code


def _max_retries(worker: Worker, job: Job, code: str) -> int:
    limit = worker.runtime.settings.jobs.job_max_retries
    if code == VENDOR_AWAY and not job.done and worker.unreachable_retries is not None:
        return min(limit, worker.unreachable_retries)
    return limit


def _describe_failure(error: Exception) -> tuple[Failure, float | None]:
    """The failure for the user, and the seconds until a retry; None: a retry cannot help."""
    if isinstance(error, (*DATABASE_AWAY, StorageUnavailable)):
        return Failure.of(STORAGE_AWAY), 0.0
    match error:
        case ProviderError():
            retry_after_s = (error.retry_after_s or 0.0) if error.retryable else None
            kind = _error_code(error)
            code = error.code or kind
            names = (error.sentence,) if error.sentence else (code, kind)
            failure = Failure(code=code, message=error.message, names=names, values=error.values)
            return failure, retry_after_s
        case AppError() | MediaError():
            if isinstance(error, MediaError) or not error.says_its_sentence:
                return Failure.saying(error.code, error.message), error.retry_after_s
            names = (error.code,)
            failure = Failure(
                code=error.code, message=error.message, names=names, values=error.values
            )
            return failure, error.retry_after_s
        case ObjectMissing():
            return Failure.of("media_missing"), None
        case OSError():
            code = DISK_IS_FULL if error.errno in DISK_FULL else "worker_disk"
            reason = error.strerror or "I/O error"
            return Failure.of(code, sentence="worker_disk", reason=reason), 0.0
        case MemoryError():
            return Failure.of("out_of_memory"), 0.0
    return Failure.of("internal"), None


def _error_code(error: ProviderError) -> str:
    """The name of its class in snake case: ``provider_busy`` for ProviderBusy."""
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


# Helping with another worker's job


def _run_helper_part(worker: Worker, job: Job, part: JobStep) -> None:
    with structlog.contextvars.bound_contextvars(job_id=job.id, request_id=job.request_id):
        operation = worker.operations[job.operation]
        params = operation.params.model_validate(job.params)
        try:
            with _workdir(worker.runtime) as workdir:
                ctx = _context(worker, job, workdir, operation, params)
                with heartbeat(worker, ctx, part_beat(worker, part)):
                    _run_part(worker.runtime, operation, params, ctx, part)
        except Interrupted:
            log.info("part.interrupted", part=part.name)
        except Exception as error:  # noqa: BLE001  the job's own process retries or fails it
            log.warning("part.failed", part=part.name, reason=type(error).__name__)
        _release_part(worker.runtime, part)


@retry_while_db_down
def _release_part(runtime: Runtime, part: JobStep) -> None:
    """Leave an unfinished part to the job's own process; a finished one is not running any more."""
    with runtime.database.write() as session:
        claims.update_current_part(session, part, state=PartState.PENDING, lease_until=None, done=0)


def _run_part(
    runtime: Runtime, operation: AnyOperation, params: Any, ctx: Context, row: JobStep
) -> None:
    assert isinstance(operation, Divisible)
    part = typed_json.load(operation.part, row.params)
    result = operation.run_part(params, part, ctx.for_part(row))
    _store_part_result(runtime, row, typed_json.dump(operation.part_result, result))


@retry_while_db_down
def _store_part_result(runtime: Runtime, part: JobStep, result: Any) -> None:
    with runtime.database.write() as session:
        claims.update_current_part(
            session, part, state=PartState.DONE, result=result, lease_until=None
        )


def _context(
    worker: Worker, job: Job, workdir: Path, operation: AnyOperation, params: Any
) -> Context:
    def run_part(part: JobStep) -> None:
        _run_part(worker.runtime, operation, params, ctx, part)

    ctx = Context(  # run_part refers to it, and is called only after it exists
        job=view(job, max_retries=worker.runtime.settings.jobs.job_max_retries),
        runtime=worker.runtime,
        workdir=workdir,
        worker=worker.name,
        run_part=run_part,
        passing_events=operation.passing_events,
        progress_every_s=worker.progress_every_s,
    )
    return ctx


@contextmanager
def _workdir(runtime: Runtime) -> Iterator[Path]:
    folder = runtime.scratch.folder("jobs")
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        yield Path(name)
