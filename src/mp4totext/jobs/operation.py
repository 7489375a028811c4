"""What everything that can be paid for looks like. See CONTRIBUTING for a new one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

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
    """Where an operation keeps objects: ``{prefix}/{id}/...``, one folder for each row.

    The sweeper removes folders whose rows are gone, and a signed link dies with its row.
    """

    prefix: str
    id_prefix: str  # of the rows' ids, as kit.ids makes them
    existing: Callable[[Session, list[str]], set[str]]  # which of these ids still have a row


class Operation(ABC, Generic[Params, Result]):
    """Slow work without a session, between two short transactions that have one.

    What ``run`` returns is stored and paid for by ``save``, in the commit that ends the job.
    """

    name: ClassVar[str]
    params: type[Params]
    # Stores a version of a transcript when it succeeds: no second one runs beside it.
    makes_version: ClassVar[bool] = False
    # Types of events that are of use only while the job runs, such as half-written text.
    passing_events: ClassVar[frozenset[str]] = frozenset()
    files: ClassVar[StoredFiles | None] = None
    # The body of POST /credits/quote that asks for its price, and the answer; None: not for sale.
    quote_request: ClassVar[type[QuoteRequest] | None] = None
    quote_answer: ClassVar[type[QuoteOut]] = QuoteOut

    def queue(self, params: Params) -> str | None:  # noqa: ARG002  most use the default
        """A queue of its own (``gpu``), or None for the one of the job's priority."""
        return None

    @abstractmethod
    def time_limit_s(self, params: Params) -> int:
        """How long it may run; scales with the recording."""

    @abstractmethod
    def quote(self, params: Params, prices: PriceList) -> Quote:
        """The most it can cost. Pure; raises AppError for what cannot be bought."""

    def estimate(self, request: Any, ctx: QuoteContext) -> QuoteOut:  # a ``quote_request``
        """Plans as for a job, so it refuses what a job would."""
        raise NotImplementedError(f"{self.name} declares no quote_request")

    @abstractmethod
    def run(self, params: Params, ctx: Context) -> Result:
        """The work. May be killed anywhere and started again: pay for things in ``ctx.step``."""

    @abstractmethod
    def save(self, session: Session, job: JobView, result: Result) -> tuple[Line, ...]:
        """Stores the result in the transaction that charges for it; returns what to charge."""

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        """Removes what it keeps of a recording, in the transaction that deletes the recording.

        Called before the jobs' steps are deleted. Objects under ``files`` go by themselves.
        """


class Divisible(Operation[Params, Result], Generic[Params, Result, Part, PartResult]):
    """An operation that calls ``ctx.parts``: whoever is free helps with its parts."""

    part: type[Part]
    part_result: type[PartResult]

    @abstractmethod
    def run_part(self, params: Params, part: Part, ctx: Context) -> PartResult:
        """One part, maybe in another process."""


AnyOperation = Operation[Any, Any]
Operations = Mapping[str, AnyOperation]
"""By name."""
