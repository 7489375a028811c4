"""What everything that can be paid for looks like. See CONTRIBUTING for a new one."""

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote

if TYPE_CHECKING:
    from mp4totext.jobs.context import Context
    from mp4totext.jobs.job_view import JobView

Params = TypeVar("Params", bound=BaseModel)
Result = TypeVar("Result")


class Operation(Protocol[Params, Result]):
    """Slow work without a session, between two short transactions that have one."""

    name: str
    params: type[Params]

    def queue(self, params: Params) -> str | None:
        """A queue of its own (``gpu``), or None for the one of its priority."""

    def time_limit_s(self, params: Params) -> int:
        """How long it may run; scales with the recording."""

    def quote(self, params: Params, prices: PriceList) -> Quote:
        """The most it can cost. Pure; raises AppError for what cannot be bought."""

    def run(self, params: Params, ctx: "Context") -> Result:
        """The work. May be killed anywhere and started again: pay for things in ``ctx.step``."""

    def save(self, session: Session, job: "JobView", result: Result) -> tuple[Line, ...]:
        """Stores the result in the transaction that charges for it; returns what to charge."""


class Divisible(Operation[Params, Result], Protocol[Params, Result]):
    """An operation that calls ``ctx.parts``."""

    def run_part(self, params: Params, part: dict[str, Any], ctx: "Context") -> Any:
        """One part, maybe in another process; returns JSON."""


AnyOperation = Operation[Any, Any]
