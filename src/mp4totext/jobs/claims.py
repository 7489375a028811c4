"""Claims and fences: the SQL by which a process gets, keeps or loses work.

A claim raises the row's ``attempt``. Every later write repeats that number in its WHERE clause (a
fencing token), so a process whose lease has expired can no longer change the row.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from mp4totext.jobs.leases import LEASES_AHEAD
from mp4totext.jobs.models import Job, JobState, JobStep, PartState
from mp4totext.kit.clock import now
from mp4totext.kit.db import Instant, lock_name
from mp4totext.kit.queue_names import LIVE_QUEUE, PRIORITIES, SHARED

_UNLIMITED = 2**31 - 1


def _eligible(queues: Any, at: Any) -> Any:  # values or bind parameters; returns a SQL condition
    return and_(
        Job.state == JobState.QUEUED,
        Job.queue.in_(queues),
        or_(Job.not_before.is_(None), Job.not_before <= at),
    )


def claim(
    session: Session,
    *,
    queues: Sequence[str],
    worker: str,
    lease_s: int,
    most_per_user: int | None = None,
) -> Job | None:
    """Claim the best queued job: set it running with a lease of ``lease_s``. None if none waits.

    Best is the highest priority, then the user with the fewest running jobs, then the user who was
    served longest ago, then the oldest job: a user's first job does not wait for the thousand of
    another user. A user who has ``most_per_user`` running in these queues, and in those that share
    workers with them, gets no further one.
    """
    limits = _claim_limits(queues, most_per_user)
    while (best := _best_job(session, limits)) is not None:
        # Rolling a savepoint back releases the lock taken in it. So a claimer that waits for one
        # user's lock holds no other, and claimers cannot deadlock.
        with suppress(_ClaimedByAnother), session.connection().begin_nested():
            if most_per_user is not None:
                # One claim of a user at a time, as each counts the previous ones.
                lock_name(session, f"claims of {best.user_id}")
            return _set_running(session, best, limits, worker=worker, lease_s=lease_s)
    return None


def _claim_limits(queues: Sequence[str], most_per_user: int | None) -> dict[str, Any]:
    """The parameters of ``_BEST`` that stay the same during a claim."""
    counted = [name for shared in SHARED if set(shared) & set(queues) for name in shared]
    most = _UNLIMITED if most_per_user is None else most_per_user
    return {"queues": list(queues), "counted": counted, "most": most}


def _best_job(session: Session, limits: dict[str, Any]) -> Any:  # a row: id, user_id, priority
    """The best job, priority by priority, as a user at the limit must not hide those below."""
    at = now()
    for priority in reversed(range(len(PRIORITIES))):
        best = session.execute(_BEST, {**limits, "at": at, "priority": priority}).first()
        if best is not None:
            return best
    return None


class _ClaimedByAnother(Exception):
    """Another process was faster: there is one job fewer, or one user at the limit."""


def _set_running(
    session: Session,
    best: Any,
    limits: dict[str, Any],
    *,
    worker: str,
    lease_s: int,
) -> Job:
    """Set the job running. Raises _ClaimedByAnother.

    Both conditions are checked again: since the job was chosen another process may have claimed it,
    or another job of its user.
    """
    at = now()
    statement = (
        update(Job)
        .where(Job.id == best.id, Job.state == JobState.QUEUED)
        .where(_is_below_limit(best.user_id, Job.queue))
        .values(
            state=JobState.RUNNING,
            attempt=Job.attempt + 1,
            worker=worker,
            lease_until=at + timedelta(seconds=lease_s),
            started_at=at,
            not_before=None,
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    job: Job | None = session.scalar(
        statement, {"counted": limits["counted"], "most": limits["most"]}
    )
    if job is None:
        raise _ClaimedByAnother
    return job


def _is_below_limit(user_id: Any, queue: Any) -> Any:  # values or columns; SQLAlchemy's clause
    """Whether the user runs fewer than ``most`` jobs. Live sessions never wait."""
    other = aliased(Job)
    running = select(func.count()).where(
        other.user_id == user_id,
        other.state == JobState.RUNNING,
        other.queue.in_(bindparam("counted", expanding=True)),
    )
    return or_(queue == LIVE_QUEUE, running.scalar_subquery() < bindparam("most"))


def _best() -> Select[str, str, int]:
    """The query for the best job of one priority. Its cost grows with waiting users, not jobs.

    A recursive CTE steps along the index from the first job of one user to the first job of the
    next (a loose index scan); DISTINCT or GROUP BY would read every waiting job.
    """
    eligible = _eligible(bindparam("queues", expanding=True), bindparam("at", type_=Instant))
    best = and_(eligible, Job.priority == bindparam("priority"))
    by_user = (
        select(Job.user_id, Job.id, Job.queue).where(best).order_by(Job.user_id, Job.id).limit(1)
    )
    first = by_user.subquery("first")
    # One job per user.
    heads = select(first.c.user_id, first.c.id, first.c.queue).cte("heads", recursive=True)
    next_id = (
        by_user.with_only_columns(Job.id).where(Job.user_id > heads.c.user_id).correlate(heads)
    )
    next_job = aliased(Job)
    heads = heads.union_all(
        select(next_job.user_id, next_job.id, next_job.queue).join(
            heads, next_job.id == next_id.scalar_subquery()
        )
    )
    other = aliased(Job)
    same_user = other.user_id == heads.c.user_id
    running = select(func.count()).where(same_user, other.state == JobState.RUNNING)
    served = select(func.max(other.started_at)).where(same_user)
    return (
        select(heads.c.id, heads.c.user_id, bindparam("priority", type_=Integer).label("priority"))
        .where(_is_below_limit(heads.c.user_id, heads.c.queue))
        .order_by(running.scalar_subquery(), served.scalar_subquery().asc().nulls_first())
        .order_by(heads.c.id)
        .limit(1)
    )


_BEST = _best()


def has_queued(session: Session, queues: Sequence[str]) -> bool:
    return bool(session.scalar(select(exists().where(_eligible(queues, now())))))


def is_current_attempt(session: Session, *, job_id: str, attempt: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING
                )
            )
        )
    )


def lock_current_attempt(session: Session, *, job_id: str, attempt: int) -> Job | None:
    """The job with its row locked; None if this attempt no longer runs it."""
    job = session.get_one(Job, job_id, with_for_update=True)
    return job if job.attempt == attempt and job.state == JobState.RUNNING else None


def extend_lease(session: Session, *, job_id: str, attempt: int, lease_s: int) -> bool:
    """False if this attempt no longer runs the job."""
    return update_current_attempt(
        session, job_id=job_id, attempt=attempt, lease_until=now() + timedelta(seconds=lease_s)
    )


def update_current_attempt(session: Session, *, job_id: str, attempt: int, **values: Any) -> bool:
    """The fence of a job: write ``values`` only while ``attempt`` runs it, else return False."""
    updated_id = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)
        .values(**values)
        .returning(Job.id)
    )
    return updated_id is not None


# Parts: pieces of one job, such as its windows, that any free worker may run.


def plan_parts(
    session: Session, *, job_id: str, name: str, parts: Iterable[dict[str, Any]]
) -> None:
    """Insert the parts that an earlier attempt has not inserted. ``parts`` are JSON values."""
    # A restarted job plans the same parts again; finished ones keep their results.
    existing = set(session.scalars(select(JobStep.name).where(JobStep.job_id == job_id)))
    rows = [
        {
            "job_id": job_id,
            "name": f"{name}:{position}",
            "position": position,
            "state": PartState.PENDING,
            "params": params,
        }
        for position, params in enumerate(parts)
        if f"{name}:{position}" not in existing
    ]
    if rows:
        session.execute(insert(JobStep), rows)


# Only these are for helpers.
_UNTRIED = and_(JobStep.state == PartState.PENDING, JobStep.attempt == 0)


def claim_part_ahead(
    session: Session,
    *,
    queues: Sequence[str],
    worker: str,
    lease_s: int,
    most_per_user: int | None = None,
) -> JobStep | None:
    """Claim a part that precedes the next job: of a short job, if that is from a long queue.

    Otherwise an account with a thousand small jobs would always have one before the parts of
    another account's recording, which would be left to a single process. None if the next job is
    first, or if there is no part.
    """
    if not has_free_part(session, queues):
        return None
    best = _best_job(session, _claim_limits(queues, most_per_user))
    if best is None:
        return None
    left = func.count().label("left")
    shortest = session.execute(
        select(Job.id, left)
        .join(JobStep, JobStep.job_id == Job.id)
        .where(_UNTRIED, Job.state == JobState.RUNNING, Job.queue.in_(queues))
        .where(Job.priority >= best.priority, Job.user_id != best.user_id)
        .group_by(Job.id)
        .order_by(left, Job.id)
        .limit(1)
    ).first()
    if shortest is None:
        return None
    waiting = select(Job.id).where(Job.user_id == best.user_id, _eligible(queues, now()))
    longer = waiting.limit(shortest.left + 1).subquery()
    if session.scalar(select(func.count()).select_from(longer)) <= shortest.left:
        return None
    return claim_part(session, worker=worker, lease_s=lease_s, queues=queues, job_id=shortest.id)


def claim_part(
    session: Session,
    *,
    worker: str,
    lease_s: int,
    queues: Sequence[str] | None = None,
    job_id: str | None = None,
) -> JobStep | None:
    """Claim a part that no process works on; None if there is none.

    Without ``queues`` the caller is the process of the job ``job_id``, which also takes over parts
    whose helper died. With ``queues`` it is a helper, for any running job of them or for
    ``job_id``, and gets only parts that were never tried: if a part fails or kills its process, the
    job's own process decides.
    """
    at = now()
    if queues is None:
        abandoned = and_(JobStep.state == PartState.RUNNING, JobStep.lease_until < at)
        free = or_(JobStep.state == PartState.PENDING, abandoned)
        candidates = select(JobStep.job_id, JobStep.name).where(free)
    else:
        free = _UNTRIED
        candidates = (
            select(JobStep.job_id, JobStep.name)
            .join(Job, Job.id == JobStep.job_id)
            .where(free, Job.state == JobState.RUNNING, Job.queue.in_(queues))
        )
    if job_id is not None:
        candidates = candidates.where(JobStep.job_id == job_id)
    first = candidates.order_by(JobStep.job_id, JobStep.position).limit(1)
    # The update repeats the condition: where another process was first, it finds no row, and the
    # next candidate is tried.
    while (row := session.execute(first).first()) is not None:
        part: JobStep | None = session.scalar(
            update(JobStep)
            .where(JobStep.job_id == row.job_id, JobStep.name == row.name, free)
            .values(
                state=PartState.RUNNING,
                worker=worker,
                attempt=JobStep.attempt + 1,
                lease_until=at + timedelta(seconds=lease_s),
                done=0,
            )
            .returning(JobStep)
        )
        if part is not None:
            return part
    return None


def update_current_part(session: Session, part: JobStep, **values: Any) -> bool:
    """The fence of a part: write ``values`` only while ``part.attempt`` runs it, else False."""
    updated_name = session.scalar(
        update(JobStep)
        .where(
            JobStep.job_id == part.job_id,
            JobStep.name == part.name,
            JobStep.attempt == part.attempt,
            JobStep.state == PartState.RUNNING,
        )
        .values(**values)
        .returning(JobStep.name)
    )
    return updated_name is not None


def is_current_part(session: Session, part: JobStep) -> bool:
    """Whether a helper should continue: its attempt still runs the part, and the job still runs."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    JobStep.job_id == part.job_id,
                    JobStep.name == part.name,
                    JobStep.attempt == part.attempt,
                    JobStep.state == PartState.RUNNING,
                    Job.id == JobStep.job_id,
                    Job.state == JobState.RUNNING,
                )
            )
        )
    )


def has_free_part(session: Session, queues: Sequence[str]) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    _UNTRIED,
                    Job.id == JobStep.job_id,
                    Job.state == JobState.RUNNING,
                    Job.queue.in_(queues),
                )
            )
        )
    )


def shorten_leases(session: Session, at: datetime, *, lease_s: int) -> None:
    """Shorten leases that end far ahead, because the clock was set back since they were taken.

    Otherwise the job of a dead worker would wait until the clock has caught up. A living worker
    extends its lease long before the shorter one ends.
    """
    latest = at + LEASES_AHEAD * timedelta(seconds=lease_s)
    for row, running in ((Job, JobState.RUNNING), (JobStep, PartState.RUNNING)):
        ahead = and_(row.state == running, row.lease_until > latest)
        if session.scalar(select(exists().where(ahead))):
            session.execute(update(row).where(ahead).values(lease_until=latest))


def shorten_pauses(session: Session, by: timedelta) -> None:
    """Shorten the pauses before retries by as much as the clock was set back."""
    waiting = and_(Job.state == JobState.QUEUED, Job.not_before > now() + by)
    for job in session.scalars(select(Job).where(waiting).with_for_update(skip_locked=True)):
        assert job.not_before is not None
        job.not_before -= by
