"""The front door of paid work: who asks, and what an accepted job answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from mp4totext.auth.identity import Identity
from mp4totext.credits.money import to_credits
from mp4totext.credits.quotes import Line
from mp4totext.jobs.operation import Operations


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


OperationsDep = Annotated[Operations, Depends(_operations)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and how a repeat of the request is recognised."""

    user: Identity
    request_id: str | None = None
    idempotency_key: str | None = None


def caller_of(request: Request, user: Identity, key: str | None) -> Caller:
    request_id = getattr(request.state, "request_id", None)
    return Caller(user=user, request_id=request_id, idempotency_key=key)


class LineOut(BaseModel):
    key: str
    quantity: float
    amount: float


def lines_out(lines: Iterable[Line]) -> list[LineOut]:
    return [
        LineOut(
            key=line.key, quantity=line.quantity_milli / 1000, amount=to_credits(line.amount_uc)
        )
        for line in lines
    ]
