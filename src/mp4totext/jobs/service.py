"""Submit, cancel, retry, look. Every verb takes the session that commits it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from mp4totext.credits import ledger, prices
from mp4totext.credits.money import to_credits
from mp4totext.credits.quotes import Quote, lines_from_json, lines_to_json
from mp4totext.events import log as event_log
from mp4totext.jobs.errors import JobNotActive, JobNotFound, JobNotRetryable
from mp4totext.jobs.holds import charge_of
from mp4totext.jobs.models import ENDED, Job, JobState, JobStep, PartState
from mp4totext.jobs.operation import AnyOperation
from mp4totext.jobs.webhooks import WEBHOOK, WebhookParams
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue import PRIORITIES, Priority

log = get_logger()


def quote(
    session: Session, operation: AnyOperation, params: BaseModel, *, metered: bool
) -> tuple[Quote, prices.PriceList]:
    """What it can cost at today's prices."""
    current = prices.current(session)
    offer = operation.quote(params, current)
    return (offer if metered else offer.free()), current


def submit(
    session: Session,
    *,
    operation: AnyOperation,
    params: BaseModel,
    user_id: str,
    metered: bool,
    subject_id: str | None = None,
    priority: Priority = "default",
    request_id: str | None = None,
) -> Job:
    """Job, price snapshot and hold in the caller's transaction; the wake-up goes after it.

    Raises InsufficientCredits, and then no row stays.
    """
    offer, current = quote(session, operation, params, metered=metered)
    at = now()
    job = Job(
        id=new_id("job"),
        user_id=user_id,
        operation=operation.name,
        params=params.model_dump(mode="json"),
        subject_id=subject_id,
        request_id=request_id,
        metered=metered,
        makes_version=operation.makes_version,
        queue=operation.queue(params) or priority,
        priority=PRIORITIES.index(priority),
        time_limit_s=operation.time_limit_s(params),
        prices=prices.to_json(current),
        quote=lines_to_json(offer.lines),
        held_uc=offer.total_uc,
        warnings=[],
        created_at=at,
        queued_at=at,
    )
    session.add(job)
    session.flush()
    ledger.hold(session, charge_of(job), offer.total_uc)
    wake(session, job)
    log.info("job.accepted", job_id=job.id, operation=job.operation, amount_uc=offer.total_uc)
    return job


def wake(session: Session, job: Job) -> None:
    """Wakes a worker of the job's queue once the transaction is committed."""
    job.woken_at = now()
    send, queue = session.info["wake"], job.queue
    after_commit(session, lambda: send(queue))


def owned(user_id: str) -> Select[Job]:
    return select(Job).where(Job.user_id == user_id)


def get(session: Session, *, user_id: str, job_id: str) -> Job:
    job = session.scalar(owned(user_id).where(Job.id == job_id))
    if job is None:
        raise JobNotFound(job_id)
    return job


def cancel(session: Session, job: Job) -> Job:
    """Ends the job now and gives its hold back; its worker notices within two seconds.

    What a live job has delivered by then is paid, as its user has it.
    """
    if not _end(session, job, state=JobState.CANCELLED, code="cancelled", message="Cancelled."):
        raise JobNotActive(f"The job has {job.state} already, so it cannot be cancelled.")
    return job


def fail(session: Session, job: Job, *, code: str, message: str) -> bool:
    """Ends a job nobody runs any more. False when it had ended."""
    return _end(session, job, state=JobState.FAILED, code=code, message=message)


def _end(session: Session, job: Job, *, state: JobState, code: str, message: str) -> bool:
    ended = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.attempt == job.attempt, Job.state.not_in(ENDED))
        .values(
            state=state,
            error_code=code,
            error_message=message,
            finished_at=now(),
            lease_until=None,
            eta_ms=None,
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        session.refresh(job)
        return False
    session.refresh(job)
    stop_parts(session, job.id)
    if state == JobState.CANCELLED and job.delivered:
        job.charged_uc = ledger.settle(session, charge_of(job), lines_from_json(job.delivered))
    else:
        ledger.release(session, charge_of(job), reason=code)
    event_log.remove_passing(session, job.id)  # nothing half-written stays
    tell_ended(session, job)
    log.info("job.ended", job_id=job.id, state=str(state), code=code)
    return True


def give_back(job: Job, *, pause_s: float = 0) -> None:
    """Queued again with its hold and its finished steps; the old attempt is fenced out."""
    job.state = JobState.QUEUED
    job.attempt += 1
    job.worker = None
    job.lease_until = None
    job.eta_ms = None
    job.not_before = now() + timedelta(seconds=pause_s) if pause_s else None
    job.woken_at = None


def requeue(session: Session, job: Job) -> Job:
    """Takes a running job from its worker and queues it again. Raises JobNotActive."""
    session.refresh(job, with_for_update=True)
    if job.state not in (JobState.RUNNING, JobState.QUEUED):
        raise JobNotActive(f"The job has {job.state}: only queued or running ones can be requeued.")
    give_back(job)
    stop_parts(session, job.id)
    wake(session, job)
    return job


def stop_parts(session: Session, job_id: str) -> None:
    """Unfinished parts go back to pending, so that no helper holds one of an ended job."""
    session.execute(
        update(JobStep)
        .where(JobStep.job_id == job_id, JobStep.state == PartState.RUNNING)
        .values(state=PartState.PENDING, lease_until=None, attempt=JobStep.attempt + 1)
    )


def tell_ended(session: Session, job: Job) -> None:
    """``job_complete`` or ``error``, the last event of a job; and its webhook, if it has one."""
    if job.webhook_url is not None:
        submit(
            session,
            operation=WEBHOOK,
            params=WebhookParams(job_id=job.id, url=job.webhook_url),
            user_id=job.user_id,
            metered=False,
            subject_id=job.subject_id,
            priority="high",  # a moment's work that somebody waits for
            request_id=job.request_id,
        )
    body: dict[str, Any] = {
        "state": str(job.state),
        "operation": job.operation,
        "subject_id": job.subject_id,
        "charged": to_credits(job.charged_uc or 0),
    }
    if job.state == JobState.SUCCEEDED:
        event_log.append(
            session,
            user_id=job.user_id,
            type="job_complete",
            job_id=job.id,
            warnings=job.warnings,
            **body,
        )
        return
    event_log.append(
        session,
        user_id=job.user_id,
        type="error",
        job_id=job.id,
        code=job.error_code,
        message=job.error_message,
        **body,
    )


def retry(session: Session, job: Job, operations: Mapping[str, AnyOperation]) -> Job:
    """Accepts a failed or cancelled job again, at the price it had, from where it stopped."""
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise JobNotRetryable(
            f"The job has {job.state}: only failed or cancelled ones can run again."
        )
    if job.charged_uc:
        raise JobNotRetryable("What the job delivered is paid, so it cannot run again.")
    if job.operation not in operations:
        raise JobNotRetryable(f"{job.operation!r} is not offered any more.")
    try:
        operations[job.operation].params.model_validate(job.params)
    except ValidationError as error:  # forget() emptied them
        raise JobNotRetryable("What the job worked on was deleted.") from error
    accepted = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.run == job.run, Job.state == job.state)
        .values(
            state=JobState.QUEUED,
            run=Job.run + 1,
            crashes=0,
            retries=0,
            error_code=None,
            error_message=None,
            finished_at=None,
            not_before=None,
            charged_uc=None,
            delivered=None,
            queued_at=now(),
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(job)
    if accepted is None:
        raise JobNotRetryable(f"The job is {job.state} already.")
    ledger.hold(session, charge_of(job), job.held_uc)
    wake(session, job)
    return job


def active_of(session: Session, subject_id: str) -> list[Job]:
    return list(
        session.scalars(select(Job).where(Job.subject_id == subject_id, Job.state.not_in(ENDED)))
    )


def forget(session: Session, subject_id: str) -> None:
    """What jobs of a deleted recording still say of it: their steps and their options."""
    ids = select(Job.id).where(Job.subject_id == subject_id)
    session.execute(delete(JobStep).where(JobStep.job_id.in_(ids)))
    event_log.remove_contents(session, ids)
    session.execute(update(Job).where(Job.subject_id == subject_id).values(params={}, warnings=[]))


def forget_job(session: Session, job: Job) -> None:
    """The same for one job."""
    session.execute(delete(JobStep).where(JobStep.job_id == job.id))
    event_log.remove_passing(session, job.id)
    job.params, job.warnings = {}, []


def stuck(session: Session, at: datetime) -> list[Job]:
    """Running without a living worker: what the next sweep will take back."""
    return list(
        session.scalars(select(Job).where(Job.state == JobState.RUNNING, Job.lease_until < at))
    )
