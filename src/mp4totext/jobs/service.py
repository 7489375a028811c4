"""Submit, cancel and retry jobs. Each function works in its caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.credits import ledger, prices
from mp4totext.credits.money import to_credits
from mp4totext.credits.quotes import Quote, lines_from_json, lines_to_json
from mp4totext.events import log as event_log
from mp4totext.jobs import queries
from mp4totext.jobs.errors import JobNotActive, JobNotRetryable
from mp4totext.jobs.failure import Failure
from mp4totext.jobs.holds import charge_of
from mp4totext.jobs.models import ENDED, Job, JobState, JobStep, PartState
from mp4totext.jobs.operation import AnyOperation
from mp4totext.jobs.webhooks import WEBHOOK, WebhookParams
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.idempotency import forget_answers_about
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.queue_names import PRIORITIES, Priority

log = get_logger()

# Jobs that no user requested, so that the account's webhooks are not notified: notifications
# themselves, deletions at vendors, and indexing.
_WITHOUT_MESSAGE = frozenset({WEBHOOK.name, "vendor_deletion", "embed"})


def quote(
    session: Session, operation: AnyOperation, params: BaseModel, *, metered: bool
) -> tuple[Quote, prices.PriceList]:
    """The highest cost at current prices, and those prices."""
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
    """Store the job, its prices and its hold; a worker is woken after the commit.

    Raises InsufficientCredits; the caller's transaction is then rolled back.
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
    """Wake a worker of the job's queue after the commit."""
    job.woken_at = now()
    send, queue = session.info["wake"], job.queue
    after_commit(session, lambda: send(queue))


def cancel(session: Session, job: Job) -> Job:
    """End the job and release its hold at once; its worker stops within two seconds.

    Lines a live job has delivered by then are charged. Raises JobNotActive.
    """
    if not cancel_unless_ended(session, job):
        raise JobNotActive(f"The job is {job.state} and cannot be cancelled any more.")
    return job


def cancel_unless_ended(session: Session, job: Job) -> bool:
    """``cancel``, but False if the job has ended."""
    session.refresh(job, with_for_update=True)  # a worker may have claimed it since it was read
    return _end(session, job, state=JobState.CANCELLED, failure=Failure.of("cancelled"))


def fail(session: Session, job: Job, failure: Failure) -> bool:
    """End the job as failed and release its hold. False if it had ended before."""
    return _end(session, job, state=JobState.FAILED, failure=failure)


def _end(session: Session, job: Job, *, state: JobState, failure: Failure) -> bool:
    ended_id = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.attempt == job.attempt, Job.state.not_in(ENDED))
        .values(
            state=state,
            error_code=failure.code,
            error_message=failure.message,
            error_sentence=failure.stored(),
            finished_at=now(),
            lease_until=None,
            eta_ms=None,
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(job)  # the update bypassed the session's copy
    if ended_id is None:
        return False
    stop_parts(session, job.id)
    if state == JobState.CANCELLED and job.delivered:
        job.charged_uc = ledger.settle(session, charge_of(job), lines_from_json(job.delivered))
    else:
        ledger.release(session, charge_of(job), reason=failure.code)
    event_log.remove_passing(session, job.id)  # such as pieces of a text that stays incomplete
    publish_end(session, job)
    log.info("job.ended", job_id=job.id, state=str(state), code=failure.code)
    return True


def return_to_queue(job: Job, *, pause_s: float = 0) -> None:
    """Queue the job again with its hold and finished steps, and fence out the old attempt."""
    job.state = JobState.QUEUED
    job.attempt += 1
    job.worker = None
    job.lease_until = None
    job.eta_ms = None
    job.not_before = now() + timedelta(seconds=pause_s) if pause_s else None
    job.woken_at = None


def requeue(session: Session, job: Job) -> Job:
    """Take a running job from its worker and queue it again. Raises JobNotActive."""
    session.refresh(job, with_for_update=True)
    if job.state not in (JobState.RUNNING, JobState.QUEUED):
        raise JobNotActive(f"The job is {job.state}: only queued or running jobs can be requeued.")
    return_to_queue(job)
    stop_parts(session, job.id)
    wake(session, job)
    return job


def stop_parts(session: Session, job_id: str) -> None:
    """Set unfinished parts back to pending and fence out their helpers."""
    session.execute(
        update(JobStep)
        .where(JobStep.job_id == job_id, JobStep.state == PartState.RUNNING)
        .values(state=PartState.PENDING, lease_until=None, attempt=JobStep.attempt + 1)
    )


def publish_end(session: Session, job: Job) -> None:
    """Append the job's last event, ``job_complete`` or ``error``, and submit its webhooks."""
    if job.webhook_url is not None:
        params = WebhookParams(job_id=job.id, url=job.webhook_url, event=f"job.{job.state}")
        submit_webhook(session, job.user_id, params, job.subject_id, job.request_id)
    if job.operation not in _WITHOUT_MESSAGE:
        for target in queries.webhook_targets_for(session, job):
            params = WebhookParams(
                job_id=job.id, url=target.url, target_id=target.id, event=f"job.{job.state}"
            )
            submit_webhook(session, job.user_id, params, target.id, job.request_id)
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
        sentence=job.error_sentence,
        **body,
    )


def submit_webhook(
    session: Session,
    user_id: str,
    params: WebhookParams,
    subject_id: str | None,
    request_id: str | None = None,
) -> Job:
    """Submit a webhook job; it is free.

    ``subject_id``: the id of the target, by which its deliveries are listed.
    """
    return submit(
        session,
        operation=WEBHOOK,
        params=params,
        user_id=user_id,
        metered=False,
        subject_id=subject_id,
        priority="high",  # it takes seconds, and the receiver waits for it
        request_id=request_id,
    )


def retry(session: Session, job: Job, operations: Mapping[str, AnyOperation]) -> Job:
    """Queue a failed or cancelled job again at its old price; finished steps are not repeated.

    Raises JobNotRetryable or InsufficientCredits.
    """
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise JobNotRetryable(
            f"The job is {job.state}: only failed or cancelled jobs can be retried."
        )
    if job.charged_uc:
        raise JobNotRetryable("The job was charged for what it delivered. Submit a new one.")
    if job.operation not in operations:
        raise JobNotRetryable(f"{job.operation!r} is not offered any more.")
    try:
        operations[job.operation].params.model_validate(job.params)
    except ValidationError as error:  # erase_subject or erase_job has emptied them
        raise JobNotRetryable("The recording or text of the job was deleted.") from error
    accepted_id = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.run == job.run, Job.state == job.state)
        .values(
            state=JobState.QUEUED,
            run=Job.run + 1,
            crashes=0,
            retries=0,
            error_code=None,
            error_message=None,
            error_sentence=None,
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
    if accepted_id is None:
        raise JobNotRetryable(f"Another request has retried the job; it is {job.state}.")
    ledger.hold(session, charge_of(job), job.held_uc)
    wake(session, job)
    return job


def lock_active_jobs(session: Session, subject_ids: Sequence[str], *, user_id: str) -> list[Job]:
    """Lock the user's jobs for these subjects that have not ended.

    Call it before anything else is locked: a worker that finishes a job locks the job, then the
    recording, then the credits and the events, and two that lock in other orders wait for each
    other.
    """
    return list(
        session.scalars(
            select(Job)
            .where(
                Job.user_id == user_id,
                Job.subject_id.in_(subject_ids),
                Job.state.not_in(ENDED),
            )
            .order_by(Job.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def erase_subject(session: Session, subject_id: str) -> None:
    """Erase what jobs and stored answers contain of a deleted recording; the jobs' rows stay."""
    forget_answers_about(session, subject_id)
    ids = select(Job.id).where(Job.subject_id == subject_id)
    session.execute(delete(JobStep).where(JobStep.job_id.in_(ids)))
    event_log.remove_contents(session, ids)
    session.execute(update(Job).where(Job.subject_id == subject_id).values(params={}, warnings=[]))


def erase_job(session: Session, job: Job) -> None:
    """Erase the contents of a recording in one job; its row stays."""
    session.execute(delete(JobStep).where(JobStep.job_id == job.id))
    event_log.remove_passing(session, job.id)
    job.params, job.warnings = {}, []


def discard(session: Session, job_id: str | None) -> None:
    """Cancel a job unless it has ended, and erase its contents, as its result is deleted."""
    job = None if job_id is None else session.get(Job, job_id)
    if job is not None:
        cancel_unless_ended(session, job)
        erase_job(session, job)
