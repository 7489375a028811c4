"""Quotes: the cost of an operation, as the response of a route."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from mp4totext.credits import ledger
from mp4totext.credits.money import round_to_cents, to_credits
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs.caller import Caller
from mp4totext.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteContext:
    """What an operation needs to price a request."""

    session: Session
    runtime: Runtime
    caller: Caller
    prices: PriceList  # the current ones


class QuoteRequest(BaseModel):
    """The options to price. Subclasses narrow ``operation`` to a Literal: the operation's name."""

    model_config = ConfigDict(extra="forbid")

    operation: str


class LineOut(BaseModel):
    key: str
    quantity: float
    amount: float


class QuoteOut(BaseModel):
    lines: list[LineOut]
    total: float
    available: float
    enough: bool = Field(
        description="Whether `available` covers `total`, which is held when the job is accepted."
    )

    @classmethod
    def of(cls, ctx: QuoteContext, offer: Quote, **more: Any) -> Self:
        """``more``: the fields that a subclass adds."""
        offer = offer if ctx.caller.metered else offer.free()
        available_uc = ledger.balance(ctx.session, ctx.caller.user_id).available_uc
        return cls(
            lines=lines_out(offer.lines),
            total=to_credits(offer.total_uc),
            available=to_credits(available_uc),
            enough=available_uc >= offer.total_uc,
            **more,
        )


def lines_out(lines: Iterable[Line]) -> list[LineOut]:
    """The lines in credits with two decimals, rounded so that their sum is the total.

    Only the total is rounded when it is charged. Each line therefore shows by how much it raises
    the rounded total, which differs from its exact amount by less than a hundredth of a credit.
    """
    shown = []
    sum_uc = 0
    for line in lines:
        before_uc, sum_uc = sum_uc, sum_uc + line.amount_uc
        amount_uc = round_to_cents(sum_uc) - round_to_cents(before_uc)
        quantity = line.quantity_milli / 1000
        shown.append(LineOut(key=line.key, quantity=quantity, amount=to_credits(amount_uc)))
    return shown
