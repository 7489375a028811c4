"""Queries over jobs of all users, for operators, and over webhooks; ``service`` has the rest."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from mp4totext.jobs.models import Job, JobState, WebhookTarget
from mp4totext.kit.clock import now
from mp4totext.kit.db import sums_by_day


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    queue: str
    state: str
    jobs: int
    oldest_queued_at: datetime


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


def counts_by_state(session: Session) -> dict[str, int]:
    rows = session.execute(select(Job.state, func.count().label("jobs")).group_by(Job.state))
    return {row.state: row.jobs for row in rows}


def ended_by_day(session: Session, since: datetime, *, besides: str) -> dict[date, int]:
    """The number of successful jobs of each day. ``besides``: an operation that does not count."""
    return sums_by_day(
        session,
        Job.finished_at,
        literal(1),
        Job.finished_at >= since,
        Job.state == JobState.SUCCEEDED,
        Job.operation != besides,
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
