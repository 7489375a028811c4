"""Queries of the ledger for a user's history."""

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from mp4totext.billing.schemas import Totals
from mp4totext.credits.models import CreditEntry
from mp4totext.credits.money import to_credits


def entries_of(user_id: str) -> Select[CreditEntry]:
    return select(CreditEntry).where(CreditEntry.user_id == user_id)


def totals_of(session: Session, user_id: str) -> Totals:
    amount = CreditEntry.amount_uc
    row = session.execute(
        select(
            func.coalesce(func.sum(case((amount > 0, amount), else_=0)), 0).label("granted"),
            func.coalesce(func.sum(case((amount < 0, amount), else_=0)), 0).label("spent"),
            func.count().label("entries"),
        ).where(CreditEntry.user_id == user_id)
    ).one()
    return Totals(
        granted=to_credits(int(row.granted)),
        spent=to_credits(-int(row.spent)),
        entries=row.entries,
    )
