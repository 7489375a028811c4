"""Accepts paid work: replays repeated requests, takes the hold, stores the job, builds the answer.

Every slice with a paid operation uses it: ``accept_job`` where a request is one job and nothing
else, ``accept`` where it also stores rows or has more to answer.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.money import to_credits
from mp4totext.jobs import service
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.holds import quoted_lines
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import AnyOperation
from mp4totext.jobs.quotes import LineOut, lines_out
from mp4totext.kit.db import Database
from mp4totext.kit.errors import AppError
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.queue_names import Priority


class Accepted(BaseModel):
    """The work is queued; ``task_id`` is the job to follow for progress."""

    id: str
    task_id: str
    status: Literal["queued"] = "queued"
    quote: list[LineOut]
    held: float
    warnings: list[str] = []

    @classmethod
    def of(cls, job: Job, *, warnings: Iterable[str] = (), **more: Any) -> Self:
        """``more``: ``id`` of the new object, and the fields that a subclass adds."""
        return cls(
            task_id=job.id,
            quote=lines_out(quoted_lines(job)),
            held=to_credits(job.held_uc),
            warnings=[*job.warnings, *warnings],
            **more,
        )


Answer = TypeVar("Answer", bound=BaseModel)


def accept(
    session: Session,
    caller: Caller,
    request: tuple[Any, ...],  # JSON values that identify the request: equal ones are a repeat
    answer: type[Answer],
    make: Callable[[], Answer],
    *,
    subject_id: str | None = None,  # the recording whose words are in the answer
) -> Answer:
    """Return ``make()``, or the stored answer of an earlier request with this Idempotency-Key.

    Also for requests without a job that a client may repeat, such as adding a webhook. ``make``
    validates, submits the job and stores its rows, all in ``session``. Raises AppError;
    the transaction is then rolled back, so no row and no hold remains.
    """
    earlier = _earlier(session, caller, request, answer)
    if earlier is not None:
        return earlier
    accepted = make()
    remember(session, caller, request, accepted, subject_id=subject_id)
    return accepted


def accept_job(
    session: Session,
    caller: Caller,
    operation: AnyOperation,
    params: BaseModel,
    *,
    subject_id: str,
) -> Accepted:
    """``accept`` for a request that is one job. Its answer has the subject's id."""

    def make() -> Accepted:
        job = submit(session, caller, operation, params, subject_id=subject_id)
        return Accepted.of(job, id=subject_id)

    request = (operation.name, subject_id, params.model_dump(mode="json"))
    return accept(session, caller, request, Accepted, make)


def accept_without_transaction(
    database: Database,
    caller: Caller,
    request: tuple[Any, ...],
    answer: type[Answer],
    make: Callable[[], Answer],
) -> Answer:
    """Like ``accept``, for work that must not keep a transaction open, such as storing a file.

    ``make`` opens its own transactions and calls ``remember`` in the one that stores the job. Of
    two identical requests at the same time, both get the answer of the one that commits first.
    """

    def find_earlier() -> Answer | None:
        with database.read() as session:
            return _earlier(session, caller, request, answer)

    if (earlier := find_earlier()) is not None:
        return earlier
    try:
        return make()
    except AppError:
        # The parallel request may have caused it: its answer has the same key, or it used up the
        # credits or the upload. Then its answer is ours too.
        if (earlier := find_earlier()) is not None:
            return earlier
        raise


def remember(
    session: Session,
    caller: Caller,
    request: tuple[Any, ...],
    answer: BaseModel,
    *,
    subject_id: str | None = None,
) -> None:
    """Store the answer under the caller's Idempotency-Key, if one was sent."""
    remember_answer(
        session,
        owner=caller.user_id,
        key=caller.idempotency_key,
        request=fingerprint(*request),
        answer=answer.model_dump(mode="json"),
        subject_id=subject_id,
    )


def _earlier(
    session: Session, caller: Caller, request: tuple[Any, ...], answer: type[Answer]
) -> Answer | None:
    stored = earlier_answer(
        session,
        owner=caller.user_id,
        key=caller.idempotency_key,
        request=fingerprint(*request),
    )
    return None if stored is None else answer.model_validate(stored)


def submit(
    session: Session,
    caller: Caller,
    operation: AnyOperation,
    params: BaseModel,
    *,
    subject_id: str | None = None,
    priority: Priority = "default",
    webhook_url: str | None = None,
) -> Job:
    """Store a job and its hold for the caller; ``webhook_url`` is notified when it ends.

    A priority above the default that the caller may not ask for becomes the default, with a
    warning. Raises InsufficientCredits; the transaction is then rolled back.
    """
    granted = caller.priority(priority)
    job = service.submit(
        session,
        operation=operation,
        params=params,
        user_id=caller.user_id,
        metered=caller.metered,
        subject_id=subject_id,
        priority=granted,
        request_id=caller.request_id,
    )
    if granted != priority:
        job.warnings = [f"The priority {priority!r} is for administrators; it is {granted!r}."]
    job.webhook_url = webhook_url
    return job
