"""The front door of paid work: a repeated request, the hold, the job and the answer.

Used by every slice that sells something::

    def accept_retitle(session, caller, transcription_id):
        def make() -> Accepted:
            job = submit(session, caller, RETITLE, params, subject_id=transcription_id)
            return Accepted.of(job, id=transcription_id)

        return accept(session, caller, ("retitle", transcription_id), Accepted, make)
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, Self, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.money import to_credits
from mp4totext.jobs import service
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.holds import quoted_lines
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import AnyOperation, Operations
from mp4totext.jobs.quotes import LineOut, lines_out
from mp4totext.kit.db import Database
from mp4totext.kit.errors import AppError
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.queue import Priority


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


OperationsDep = Annotated[Operations, Depends(_operations)]


class Accepted(BaseModel):
    """Long work was accepted; follow the job for progress."""

    id: str
    task_id: str
    status: Literal["queued"] = "queued"
    quote: list[LineOut]
    held: float
    warnings: list[str] = []

    @classmethod
    def of(cls, job: Job, *, warnings: Iterable[str] = (), **more: Any) -> Self:
        """``more``: ``id``, of what is made, and the other fields of a subclass."""
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
    request: tuple[Any, ...],  # JSON values: what makes two requests the same one
    answer: type[Answer],
    make: Callable[[], Answer],
) -> Answer:
    """What ``make`` answers, or answered when the same Idempotency-Key was sent before.

    ``make`` refuses before anything is held, submits the job and stores what belongs to it, all in
    this session. Raises AppError, and then nothing of it stays.
    """
    earlier = _earlier(session, caller, request, answer)
    if earlier is not None:
        return earlier
    made = make()
    remember(session, caller, request, made)
    return made


def accept_apart(
    database: Database,
    caller: Caller,
    request: tuple[Any, ...],
    answer: type[Answer],
    make: Callable[[], Answer],
) -> Answer:
    """The same for work that must not hold a transaction open, such as storing a file.

    ``make`` opens its own, and calls ``remember`` in the one that stores the job. A repeat is
    answered as before also while its twin is being accepted.
    """

    def repeated() -> Answer | None:
        with database.read() as session:
            return _earlier(session, caller, request, answer)

    if (earlier := repeated()) is not None:
        return earlier
    try:
        return make()
    except AppError:  # the twin's row, or that it took the last credits or the upload
        if (earlier := repeated()) is not None:
            return earlier
        raise


def remember(session: Session, caller: Caller, request: tuple[Any, ...], answer: BaseModel) -> None:
    remember_answer(
        session,
        owner=caller.user_id,
        key=caller.idempotency_key,
        request=fingerprint(*request),
        answer=answer.model_dump(mode="json"),
    )


def _earlier(
    session: Session, caller: Caller, request: tuple[Any, ...], answer: type[Answer]
) -> Answer | None:
    kept = earlier_answer(
        session,
        owner=caller.user_id,
        key=caller.idempotency_key,
        request=fingerprint(*request),
    )
    return None if kept is None else answer.model_validate(kept)


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
    """Job and hold, for the caller. Raises InsufficientCredits, and then no row stays.

    A priority above the default that the caller may not ask for becomes the default, with a
    warning.
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
