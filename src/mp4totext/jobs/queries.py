"""Queries of jobs; those of one user go through ``owned``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from mp4totext.jobs.errors import JobNotFound
from mp4totext.jobs.models import Job, JobState, WebhookTarget
from mp4totext.kit.clock import now
from mp4totext.kit.db import sums_by_day


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    queue: str
    state: str
    jobs: int
    oldest_queued_at: datetime


def owned(user_id: str) -> Select[Job]:
    return select(Job).where(Job.user_id == user_id)


def get(session: Session, *, user_id: str, job_id: str) -> Job:
    job = session.scalar(owned(user_id).where(Job.id == job_id))
    if job is None:
        raise JobNotFound(job_id)
    return job


def webhook_targets_for(session: Session, job: Job) -> list[WebhookTarget]:
    """The webhooks of the user that select the end of this job."""
    active = select(WebhookTarget).where(
        WebhookTarget.user_id == job.user_id, WebhookTarget.active.is_(True)
    )
    event = f"job.{job.state}"
    return [
        target
        for target in session.scalars(active.order_by(WebhookTarget.id))
        if event in (target.events or (event,))
        and job.operation in (target.operations or (job.operation,))
    ]


def queue_places(session: Session, jobs: Iterable[Job]) -> dict[str, int]:
    """The place of each waiting job, from 1, among those of its account in its queue.

    Accounts take turns, so those of others say little about when a job begins.
    """
    ids = {job.id: job.user_id for job in jobs if job.state == JobState.QUEUED}
    if not ids:
        return {}
    place = func.row_number().over(
        partition_by=(Job.user_id, Job.queue), order_by=(Job.priority.desc(), Job.id)
    )
    waiting = (
        select(Job.id, place.label("place"))
        .where(Job.state == JobState.QUEUED, Job.user_id.in_(set(ids.values())))
        .subquery()
    )
    rows = session.execute(select(waiting).where(waiting.c.id.in_(ids)))
    return {row.id: row.place for row in rows}


def by_id(session: Session, ids: Iterable[str | None]) -> dict[str, Job]:
    """The jobs with these ids; None is ignored."""
    statement = select(Job).where(Job.id.in_([job_id for job_id in ids if job_id is not None]))
    return {job.id: job for job in session.scalars(statement)}


def has_jobs(session: Session, *, user_id: str, subject_id: str) -> bool:
    """Whether the user has, or had, an object with this id that jobs worked on."""
    jobs = select(Job.id).where(Job.user_id == user_id, Job.subject_id == subject_id)
    return session.scalar(jobs.limit(1)) is not None


def counts_by_state(session: Session) -> dict[str, int]:
    rows = session.execute(select(Job.state, func.count().label("jobs")).group_by(Job.state))
    return {row.state: row.jobs for row in rows}


def ended_by_day(session: Session, since: datetime, *, excluding: str) -> dict[date, int]:
    """The number of successful jobs of each day, without those of the operation ``excluding``."""
    return sums_by_day(
        session,
        Job.finished_at,
        literal(1),
        Job.finished_at >= since,
        Job.state == JobState.SUCCEEDED,
        Job.operation != excluding,
    )


def counts_by_queue(session: Session) -> list[QueueCount]:
    rows = session.execute(
        select(
            Job.queue,
            Job.state,
            func.count().label("jobs"),
            func.min(Job.queued_at).label("oldest"),
        ).group_by(Job.queue, Job.state)
    )
    return [
        QueueCount(queue=row.queue, state=row.state, jobs=row.jobs, oldest_queued_at=row.oldest)
        for row in rows
    ]


def stuck(session: Session, at: datetime) -> list[Job]:
    """Running jobs whose lease had expired at ``at``: the next sweep returns them to the queue."""
    return list(
        session.scalars(select(Job).where(Job.state == JobState.RUNNING, Job.lease_until < at))
    )


def listed(*, state: JobState | None, user_id: str | None, stuck: bool) -> Select[Job]:
    """Jobs that match all filters. ``stuck``: only running jobs whose lease has expired."""
    statement = select(Job)
    if state is not None:
        statement = statement.where(Job.state == state)
    if user_id is not None:
        statement = statement.where(Job.user_id == user_id)
    if stuck:
        statement = statement.where(Job.state == JobState.RUNNING, Job.lease_until < now())
    return statement
