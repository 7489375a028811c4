"""Claim, lease, fence: every statement by which a process gets, keeps or loses work."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from mp4totext.jobs.models import Job, JobState, JobStep, Lease, PartState
from mp4totext.kit.clock import now
from mp4totext.kit.db import Instant, lock_name
from mp4totext.kit.queue import LIVE_QUEUE, PRIORITIES, SHARED

_LEASE_CHARS = 40
_UNLIMITED = 2**31 - 1


def _eligible(queues: Any, at: Any) -> Any:  # values, or parameters; SQLAlchemy's clause
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
    """The best queued job, now running and ours; or None.

    Best: highest priority, then the user with the fewest running jobs, then the user served
    longest ago, then age. So one user's thousand jobs do not delay another's first. A user who has
    ``most_per_user`` running in these queues, and in those that share workers with them, gets no
    further one.
    """
    counted = [name for shared in SHARED if set(shared) & set(queues) for name in shared]
    most = _UNLIMITED if most_per_user is None else most_per_user
    looking = {"queues": list(queues), "counted": counted, "most": most}
    while (best := _best_of(session, looking)) is not None:
        if most_per_user is not None:
            lock_name(session, f"claims of {best.user_id}")  # so that its claims are counted
        # Whoever loses a race looks again: there is one job less, or a user at the limit.
        job = _taken(session, best, looking, worker=worker, lease_s=lease_s)
        if job is not None:
            return job
    return None


def _best_of(session: Session, looking: dict[str, Any]) -> Any:  # a row: id, user_id
    """From the highest priority down, as a user at the limit must not hide those below."""
    at = now()
    for priority in reversed(range(len(PRIORITIES))):
        best = session.execute(_BEST, {**looking, "at": at, "priority": priority}).first()
        if best is not None:
            return best
    return None


def _taken(
    session: Session,
    best: Any,
    looking: dict[str, Any],
    *,
    worker: str,
    lease_s: int,
) -> Job | None:
    at = now()
    statement = (
        update(Job)
        .where(Job.id == best.id, Job.state == JobState.QUEUED)
        .where(_has_room(best.user_id, Job.queue))
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
    taken: Job | None = session.scalar(
        statement, {"counted": looking["counted"], "most": looking["most"]}
    )
    return taken


def _has_room(user_id: Any, queue: Any) -> Any:  # values or columns; SQLAlchemy's clause
    other = aliased(Job)
    running = select(func.count()).where(
        other.user_id == user_id,
        other.state == JobState.RUNNING,
        other.queue.in_(bindparam("counted", expanding=True)),
    )
    return or_(queue == LIVE_QUEUE, running.scalar_subquery() < bindparam("most"))


def _best() -> Select[str, str]:
    """Id and user of the best job. Its cost grows with the users that wait, not with their jobs.

    From the first job of a user to that of the next along an index (a loose index scan), where
    DISTINCT or GROUP BY would read every job that waits.
    """
    eligible = _eligible(bindparam("queues", expanding=True), bindparam("at", type_=Instant))
    best = and_(eligible, Job.priority == bindparam("priority"))
    in_turn = (
        select(Job.user_id, Job.id, Job.queue).where(best).order_by(Job.user_id, Job.id).limit(1)
    )
    first = in_turn.subquery("first")
    heads = select(first.c.user_id, first.c.id, first.c.queue).cte("heads", recursive=True)
    after = in_turn.with_only_columns(Job.id).where(Job.user_id > heads.c.user_id).correlate(heads)
    following = aliased(Job)
    heads = heads.union_all(
        select(following.user_id, following.id, following.queue).join(
            heads, following.id == after.scalar_subquery()
        )
    )
    other = aliased(Job)
    theirs = other.user_id == heads.c.user_id
    running = select(func.count()).where(theirs, other.state == JobState.RUNNING)
    served = select(func.max(other.started_at)).where(theirs)
    return (
        select(heads.c.id, heads.c.user_id)
        .where(_has_room(heads.c.user_id, heads.c.queue))
        .order_by(running.scalar_subquery(), served.scalar_subquery().asc().nulls_first())
        .order_by(heads.c.id)
        .limit(1)
    )


_BEST = _best()


def has_queued(session: Session, queues: Sequence[str]) -> bool:
    return bool(session.scalar(select(exists().where(_eligible(queues, now())))))


def still_mine(session: Session, *, job_id: str, attempt: int) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING
                )
            )
        )
    )


def extend(session: Session, *, job_id: str, attempt: int, lease_s: int) -> bool:
    """False when the job is no longer ours."""
    return change_mine(
        session, job_id=job_id, attempt=attempt, lease_until=now() + timedelta(seconds=lease_s)
    )


def change_mine(session: Session, *, job_id: str, attempt: int, **values: Any) -> bool:
    """The fence: changes the running job only while this attempt holds it."""
    changed = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)
        .values(**values)
        .returning(Job.id)
    )
    return changed is not None


# Parts: one job's windows, run by whoever is free.


def plan_parts(
    session: Session, *, job_id: str, name: str, parts: Iterable[dict[str, Any]]
) -> None:
    """Adds the parts that are not there yet."""
    known = set(session.scalars(select(JobStep.name).where(JobStep.job_id == job_id)))
    rows = [
        {
            "job_id": job_id,
            "name": f"{name}:{position}",
            "position": position,
            "state": PartState.PENDING,
            "params": params,
        }
        for position, params in enumerate(parts)
        if f"{name}:{position}" not in known
    ]
    if rows:
        session.execute(insert(JobStep), rows)


def claim_part(
    session: Session,
    *,
    worker: str,
    lease_s: int,
    queues: Sequence[str] | None = None,
    job_id: str | None = None,
) -> JobStep | None:
    """A part that nobody works on, now ours; or None.

    With ``job_id`` for the job's own process, which also takes what a helper left. Without, for a
    helper of any running job of ``queues``: it takes only parts that nobody has tried, so a part
    that fails or kills is decided on by the job's own process.
    """
    at = now()
    abandoned = and_(JobStep.state == PartState.RUNNING, JobStep.lease_until < at)
    free = or_(JobStep.state == PartState.PENDING, abandoned)
    if job_id is None:
        free = and_(JobStep.state == PartState.PENDING, JobStep.attempt == 0)
    wanted = select(JobStep.job_id, JobStep.name).where(free)
    if job_id is not None:
        wanted = wanted.where(JobStep.job_id == job_id)
    else:
        wanted = wanted.join(Job, Job.id == JobStep.job_id).where(
            Job.state == JobState.RUNNING, Job.queue.in_(queues or ())
        )
    best = wanted.order_by(JobStep.job_id, JobStep.position).limit(1)
    while (row := session.execute(best).first()) is not None:
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


def change_my_part(session: Session, part: JobStep, **values: Any) -> bool:
    """The fence of a part. False when someone else took it over."""
    changed = session.scalar(
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
    return changed is not None


def part_goes_on(session: Session, part: JobStep) -> bool:
    """Whether a helper should go on: the part is still its own and the job still runs."""
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
                    JobStep.state == PartState.PENDING,
                    JobStep.attempt == 0,
                    Job.id == JobStep.job_id,
                    Job.state == JobState.RUNNING,
                    Job.queue.in_(queues),
                )
            )
        )
    )


def take_lease(session: Session, *, name: str, holder: str, seconds: float) -> bool:
    """True when ``name`` is ours for a while: nobody held it, or we did."""
    at = now()
    until = at + timedelta(seconds=seconds)
    taken = session.scalar(
        update(Lease)
        .where(Lease.name == name, or_(Lease.until < at, Lease.holder == holder))
        .values(holder=holder, until=until)
        .returning(Lease.name)
    )
    if taken is not None:
        return True
    if session.get(Lease, name) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Lease(name=name, holder=holder, until=until))
    except IntegrityError:
        return False  # another process was first
    return True


def lease_name(holder: str) -> str:
    """``holder`` as the name of its own lease: long host names are cut, and stay different."""
    if len(holder) <= _LEASE_CHARS:
        return holder
    digest = hashlib.sha256(holder.encode()).hexdigest()[:12]
    return f"{holder[: _LEASE_CHARS - 13]}#{digest}"


def live_workers(session: Session) -> int:
    """Worker processes that said within the last half minute that they are there."""
    return (
        session.scalar(
            select(func.count()).where(Lease.name.startswith("worker:"), Lease.until > now())
        )
        or 0
    )
