"""Requests and responses of the routes of credits; amounts are credits with two decimals."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.credits.ledger import Balance
from mp4totext.credits.models import CreditEntry
from mp4totext.credits.money import to_credits
from mp4totext.kit.pagination import Page


class BalanceOut(BaseModel):
    balance: float
    held: float
    available: float

    @classmethod
    def of(cls, amounts: Balance) -> Self:
        return cls(
            balance=to_credits(amounts.balance_uc),
            held=to_credits(amounts.held_uc),
            available=to_credits(amounts.available_uc),
        )


class EntryOut(BaseModel):
    id: int
    kind: str
    amount: float = Field(description="Change of the balance in credits. Deductions are negative.")
    held: float = Field(description="Change of the held amount in credits.")
    operation_type: str
    job_id: str | None
    subject_id: str | None
    metadata: dict[str, Any]
    created_at: datetime


class Totals(BaseModel):
    """Totals of all entries, not only of this page."""

    granted: float
    spent: float
    entries: int


class HistoryOut(Page[EntryOut]):
    totals: Totals


class PriceOut(BaseModel):
    key: str
    amount: float
    unit: str
    description: str


class ModelPriceOut(BaseModel):
    provider: str
    model: str
    multiplier: float
    per_1000_characters: float
    default: bool
    retires_at: date | None = Field(
        description="First day on which the model is no longer available."
    )
    replaced_by: str | None


class PricingOut(BaseModel):
    credit_in_usd: float = 0.02
    prices: list[PriceOut]
    models: list[ModelPriceOut]


class PriceChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: Annotated[float, Field(ge=0, le=1_000_000)]


class ModelPriceChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    multiplier: Annotated[float, Field(gt=0, le=1000)]
    per_1000_characters: Annotated[float, Field(ge=0, le=10_000)]
    active: bool = True


def entry_out(entry: CreditEntry) -> EntryOut:
    return EntryOut(
        id=entry.id,
        kind=entry.kind,
        amount=to_credits(entry.amount_uc),
        held=to_credits(entry.held_uc),
        operation_type=entry.operation,
        job_id=entry.job_id,
        subject_id=entry.subject_id,
        metadata=entry.facts,
        created_at=entry.created_at,
    )
