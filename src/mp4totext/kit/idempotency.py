"""Idempotency-Key: a repeated request takes effect once and gets the same response."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from mp4totext.kit.clock import now
from mp4totext.kit.db import Base
from mp4totext.kit.errors import Invalid, WrongState

KEEP = timedelta(hours=24)


class IdempotentAnswer(Base):
    __tablename__ = "idempotent_answers"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The recording whose words are in the answer, which is deleted with it.
    subject_id: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]


def fingerprint(*parts: Any) -> str:  # JSON values
    """Equal for equal requests."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def earlier_answer(
    session: Session, *, owner: str, key: str | None, request: str
) -> dict[str, Any] | None:
    """The stored answer for this key, or None. Raises Invalid for another request's key."""
    if key is None:
        return None
    row = session.get(IdempotentAnswer, (owner, key))
    if row is None or row.created_at < now() - KEEP:
        return None
    if row.fingerprint != request:
        raise Invalid(
            f"Idempotency-Key {key!r} was used for another request. Use a new key.",
            code="idempotency_key_reused",
        )
    return row.answer


def remember_answer(
    session: Session,
    *,
    owner: str,
    key: str | None,
    request: str,
    answer: dict[str, Any],
    subject_id: str | None = None,
) -> None:
    """Call it in the transaction of the effect. Raises WrongState when a repeat commits first.

    ``subject_id``: the recording whose words are in the answer.
    """
    if key is None:
        return
    session.execute(
        delete(IdempotentAnswer).where(
            IdempotentAnswer.owner == owner,
            IdempotentAnswer.key == key,
            IdempotentAnswer.created_at < now() - KEEP,
        )
    )
    session.flush()  # so that the error below can only come from a repeat
    row = IdempotentAnswer(
        owner=owner,
        key=key,
        fingerprint=request,
        answer=answer,
        subject_id=subject_id,
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise WrongState(
            f"Another request with Idempotency-Key {key!r} was accepted at the same time. Send "
            "this one again to get its answer.",
            code="idempotent_twin",
            retry_after_s=1,
        ) from error


def stored_answer(session: Session, *, owner: str, key: str) -> IdempotentAnswer | None:
    """The row itself, whatever its request was. Its ``created_at`` may be renewed."""
    return session.get(IdempotentAnswer, (owner, key))


def forget_answer(session: Session, *, owner: str, key: str) -> None:
    """Forget the response: the next request with this key is a new one."""
    session.execute(
        delete(IdempotentAnswer).where(IdempotentAnswer.owner == owner, IdempotentAnswer.key == key)
    )


def forget_answers_about(session: Session, subject_id: str) -> None:
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.subject_id == subject_id))


def forget_old_answers(session: Session) -> None:
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now() - KEEP))
