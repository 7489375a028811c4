"""The event log: rows written in the transaction of what they report, numbered for each user."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Insert,
    Integer,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from mp4totext.kit.clock import now
from mp4totext.kit.db import Base, after_commit, new, new_values

PAGE = 500

# How jobs ended and what was paid. All other events report work in progress (words, progress) and
# are deleted a day after the end of their job, or with their recording.
LASTING = ("job_complete", "error", "credit_update")


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_user_id_seq", "user_id", "seq", unique=True),
        Index("ix_events_job_id_seq", "job_id", "seq"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    user_id: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(24))
    job_id: Mapped[str | None] = mapped_column(String(40))
    # Useful only while the job runs: its result has the same content.
    passing: Mapped[bool] = mapped_column(default=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)


class EventCursor(Base):
    """The last number of a user's log. The lock on this row makes numbers follow commit order."""

    __tablename__ = "event_cursors"

    user_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)


def open_log(session: Session, user_id: str) -> None:
    """Create the log of an account, once."""
    session.add(EventCursor(user_id=user_id, seq=0))
    session.flush()


_LOG = cast("Table", Event.__table__)
_NUMBER = (
    update(cast("Table", EventCursor.__table__))
    .where(EventCursor.user_id == new(EventCursor.user_id))
    .values(seq=EventCursor.seq + 1)
)
_LAST = select(EventCursor.seq).where(EventCursor.user_id == new(EventCursor.user_id))
_COLUMNS = ("user_id", "type", "job_id", "passing", "body", "created_at")


class Appending:
    """Inserts rows and the event that reports them: ``Appending(insert(...), ...)``, built once.

    On PostgreSQL all of it is one statement, so one round trip. SQLite has no round trips, but it
    cannot write inside WITH: there the statements run one after another.
    """

    def __init__(self, *rows: Insert) -> None:
        values = [new(_LOG.c[name]) for name in _COLUMNS]
        numbered = _NUMBER.returning(EventCursor.seq).cte("numbered")
        log = insert(_LOG).execution_options(preserve_rowcount=True)
        together = log.from_select([*_COLUMNS, "seq"], select(*values, numbered.c.seq))
        self._together = together.add_cte(*(row.cte(f"row_{n}") for n, row in enumerate(rows)))
        numbered_before = select(*values, _LAST.scalar_subquery())
        self._event = log.from_select([*_COLUMNS, "seq"], numbered_before)
        self._rows = rows

    def append(
        self,
        session: Session,
        values: dict[str, Any],  # of the rows, named by new_values()
        *,
        user_id: str,
        type: str,  # noqa: A002  the field's name on the wire
        job_id: str | None = None,
        passing: bool = False,
        **body: Any,  # JSON values
    ) -> None:
        """Call it last in a transaction: it locks the user's log until the commit."""
        values = values | new_values(
            user_id=user_id,
            type=type,
            job_id=job_id,
            passing=passing,
            body=body,
            created_at=now(),
        )
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            for statement in (*self._rows, _NUMBER):
                connection.execute(statement, values)
            result = connection.execute(self._event, values)
        else:
            result = connection.execute(self._together, values)
        assert result.rowcount == 1, f"{user_id} has no event log"
        publish = session.info.get("publish")
        if publish is not None:
            after_commit(session, lambda: publish(user_id))


_ALONE = Appending()


def append(
    session: Session,
    *,
    user_id: str,
    type: str,  # noqa: A002  the field's name on the wire
    job_id: str | None = None,
    passing: bool = False,
    **body: Any,  # JSON values
) -> None:
    """Call it last in a transaction: it locks the user's log until the commit."""
    _ALONE.append(session, {}, user_id=user_id, type=type, job_id=job_id, passing=passing, **body)


def remove(session: Session, job_id: str, types: Sequence[str]) -> None:
    """Delete the events of these types of one job."""
    session.execute(delete(Event).where(Event.job_id == job_id, Event.type.in_(types)))


def remove_passing(session: Session, job_id: str) -> None:
    session.execute(delete(Event).where(Event.job_id == job_id, Event.passing))


def remove_contents(session: Session, jobs: Select[str]) -> None:
    """Delete the contents of recordings in the events of these jobs; their end events stay."""
    session.execute(delete(Event).where(Event.job_id.in_(jobs), Event.type.not_in(LASTING)))


def latest(session: Session, job_id: str, type: str) -> Event | None:  # noqa: A002
    """The last event of this type of a job."""
    statement = select(Event).where(Event.job_id == job_id, Event.type == type)
    return session.scalar(statement.order_by(Event.seq.desc()).limit(1))


def bodies(session: Session, job_id: str, type: str) -> list[dict[str, Any]]:  # noqa: A002
    """The bodies of the events of this type of a job, oldest first."""
    statement = select(Event.body).where(Event.job_id == job_id, Event.type == type)
    return list(session.scalars(statement.order_by(Event.seq)))


def since(session: Session, *, user_id: str, seq: int, limit: int = PAGE) -> list[Event]:
    """Events after ``seq``, oldest first."""
    statement = select(Event).where(Event.user_id == user_id, Event.seq > seq)
    return list(session.scalars(statement.order_by(Event.seq).limit(limit)))


def seqs_of_job(session: Session, job_id: str) -> tuple[int, int]:
    """The numbers of the first and the last event of a job; 0 and 0 if it has none."""
    first, last = session.execute(
        select(func.min(Event.seq), func.max(Event.seq)).where(Event.job_id == job_id)
    ).one()
    return first or 0, last or 0


def last_seqs(session: Session, user_ids: set[str]) -> dict[str, int]:
    rows = session.execute(
        select(EventCursor.user_id, EventCursor.seq).where(EventCursor.user_id.in_(user_ids))
    )
    return {user_id: seq for user_id, seq in rows}  # noqa: C416  typed unpacking of rows
