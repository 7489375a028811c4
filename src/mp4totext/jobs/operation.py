"""The interface of everything that can be paid for. See CONTRIBUTING for how to add one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import FromClause, func, select
from sqlalchemy.orm import Session

from mp4totext.auth.models import User
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.quotes import QuoteContext, QuoteOut, QuoteRequest
from mp4totext.runtime import Runtime

Params = TypeVar("Params", bound=BaseModel)
Result = TypeVar("Result")
Part = TypeVar("Part")
PartResult = TypeVar("PartResult")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFiles:
    """Where an operation stores objects: ``{prefix}/{id}/...``, one folder per row.

    The sweeper removes folders without a row. A signed link stops working with its row and account.
    """

    prefix: str
    id_prefix: str  # of the rows' ids, as kit.ids makes them
    table: FromClause  # has the columns id, user_id and size_bytes
    counted: bool = True  # counts for the storage quota; False for caches

    def existing(self, session: Session, ids: Sequence[str]) -> set[str]:
        """The ids that have a row."""
        row_id = self.table.c.id
        return set(session.scalars(select(row_id).where(row_id.in_(ids))))

    def is_open(self, session: Session, row_id: str) -> bool:
        """Whether the row exists and its user's account is active."""
        columns = self.table.c
        row = (
            select(columns.id)
            .join(User, User.id == columns.user_id)
            .where(columns.id == row_id, User.active.is_(True))
        )
        return session.scalar(row) is not None

    def user_bytes(self, session: Session, user_id: str) -> int:
        """The size of a user's objects, by their rows."""
        columns = self.table.c
        total = select(func.sum(columns.size_bytes)).where(columns.user_id == user_id)
        return int(session.scalar(total) or 0)


class Operation(ABC, Generic[Params, Result]):
    """Slow work without a database session, between two short transactions.

    The first accepts the job and holds ``quote``. ``run`` then works without a session. The second
    calls ``save``, which stores what ``run`` returned and says what to charge for it.
    """

    name: ClassVar[str]
    params: type[Params]
    # Whether it stores a version of a transcript: only one such job runs for a recording at a time.
    makes_version: ClassVar[bool] = False
    # Event types that are deleted after the job, such as pieces of a text being written.
    passing_events: ClassVar[frozenset[str]] = frozenset()
    files: ClassVar[tuple[StoredFiles, ...]] = ()
    # The body and answer of POST /credits/quote for this operation; None: it has no public price.
    quote_request: ClassVar[type[QuoteRequest] | None] = None
    quote_answer: ClassVar[type[QuoteOut]] = QuoteOut

    def queue(self, params: Params) -> str | None:
        """The name of a queue, such as ``gpu``; None for that of the job's priority."""
        return None

    @abstractmethod
    def time_limit_s(self, params: Params) -> int:
        """Seconds it may run; scale it with the recording."""

    @abstractmethod
    def quote(self, params: Params, prices: PriceList) -> Quote:
        """The highest cost. Pure. Raises AppError for options without a price."""

    def estimate(self, request: Any, ctx: QuoteContext) -> QuoteOut:  # a ``quote_request``
        """The answer of POST /credits/quote. Plans like a job, so it raises what a job would.

        Override it where the request is not the ``params`` themselves.
        """
        return QuoteOut.of(ctx, self.quote(request, ctx.prices))

    @abstractmethod
    def run(self, params: Params, ctx: Context) -> Result:
        """Do the work. It may be killed anywhere and restarted: make paid calls in ``ctx.step``."""

    @abstractmethod
    def save(self, session: Session, job: JobView, result: Result) -> tuple[Line, ...]:
        """Store the result in the transaction that charges for it; return the lines to charge."""

    def publish(self, session: Session, job: JobView, result: Result) -> None:
        """Append events about the result, after settlement: they lock the user's log."""

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        """Delete its rows of a recording, in the transaction that deletes the recording.

        Called before the jobs' steps are deleted. The sweeper deletes objects under ``files``.
        """


class Divisible(Operation[Params, Result], Generic[Params, Result, Part, PartResult]):
    """An operation that calls ``ctx.parts``: idle workers help with its parts."""

    part: type[Part]
    part_result: type[PartResult]

    @abstractmethod
    def run_part(self, params: Params, part: Part, ctx: Context) -> PartResult:
        """Do one part, possibly in another process than ``run``."""


AnyOperation = Operation[Any, Any]
Operations = Mapping[str, AnyOperation]
"""Operations by their name."""
