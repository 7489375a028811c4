"""Leases by name: of the process that sweeps, and of each worker, which show that it is alive."""

import hashlib
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.jobs.models import Lease
from mp4totext.kit.clock import now

# A lease that ends further ahead than this many of its durations was set before the clock was set
# back. More than one, as the clocks of machines differ.
LEASES_AHEAD = 3
_AHEAD_MIN = timedelta(minutes=5)  # processes with other settings may have longer leases
_NAME_CHARACTERS = 40  # width of the column


def take(session: Session, *, name: str, holder: str, seconds: float) -> bool:
    """Take or renew the lease ``name``. False while another process holds it."""
    at = now()
    until = at + timedelta(seconds=seconds)
    # A lease that ends far ahead was taken before the clock was set back, so it counts as ended.
    latest = at + max(LEASES_AHEAD * (until - at), _AHEAD_MIN)
    ended = or_(Lease.until < at, Lease.until > latest)
    updated_name = session.scalar(
        update(Lease)
        .where(Lease.name == name, or_(ended, Lease.holder == holder))
        .values(holder=holder, until=until)
        .returning(Lease.name)
    )
    if updated_name is not None:
        return True
    if session.get(Lease, name) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Lease(name=name, holder=holder, until=until))
    except IntegrityError:
        return False  # another process inserted it first
    return True


def name_of(holder: str) -> str:
    """The name of the lease that ``holder`` has for itself.

    Long host names are cut to the column's width, with a hash that keeps them unique.
    """
    if len(holder) <= _NAME_CHARACTERS:
        return holder
    digest = hashlib.sha256(holder.encode()).hexdigest()[:12]
    return f"{holder[: _NAME_CHARACTERS - 13]}#{digest}"


def live_workers(session: Session) -> int:
    """How many worker processes have a lease that has not expired."""
    return (
        session.scalar(
            select(func.count()).where(Lease.name.startswith("worker:"), Lease.until > now())
        )
        or 0
    )
