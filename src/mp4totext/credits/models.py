"""Tables of credits and prices. Only ledger.py and prices.py write them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class EntryKind(StrEnum):
    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    REFUND = "refund"
    ADJUST = "adjust"


class HoldState(StrEnum):
    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"


class CreditAccount(Base):
    """The sums of a user's entries, so that one conditional UPDATE can refuse an overdraft."""

    __tablename__ = "credit_accounts"
    __table_args__ = (
        CheckConstraint("held_uc >= 0", name="held_not_negative"),
        CheckConstraint("balance_uc >= held_uc", name="balance_covers_held"),
    )

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True
    )
    balance_uc: Mapped[int] = mapped_column(BigInteger, default=0)
    held_uc: Mapped[int] = mapped_column(BigInteger, default=0)


class CreditEntry(Base):
    """Immutable. ``amount_uc`` changes the balance (deductions are negative)."""

    __tablename__ = "credit_entries"
    __table_args__ = (Index("ix_credit_entries_user_id_id", "user_id", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("credit_accounts.user_id", ondelete="RESTRICT")
    )
    kind: Mapped[str] = mapped_column(String(16))
    amount_uc: Mapped[int] = mapped_column(BigInteger)
    held_uc: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    operation: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)
    subject_id: Mapped[str | None] = mapped_column(String(40), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class CreditHold(Base):
    """One for each run of a job. It is settled or released exactly once."""

    __tablename__ = "credit_holds"

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    run: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("credit_accounts.user_id", ondelete="RESTRICT"), index=True
    )
    amount_uc: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16), default=HoldState.HELD)


class PriceRow(Base):
    """A price set by an administrator. Without a row the default in prices.py applies."""

    __tablename__ = "prices"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    amount_uc: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
