"""Grants, holds, settlements and releases. Only this file writes the tables of credits.

Entries are never changed. A hold is taken from the available credits by one conditional UPDATE, so
parallel requests cannot spend the same credits twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.models import (
    CreditAccount,
    CreditEntry,
    CreditHold,
    EntryKind,
    HoldState,
)
from mp4totext.credits.money import to_credits
from mp4totext.credits.quotes import Line, lines_to_json, total_uc
from mp4totext.events import log as event_log
from mp4totext.kit.db import after_commit, new, new_values, sums_by_day
from mp4totext.kit.errors import Invalid
from mp4totext.kit.log import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    balance_uc: int
    held_uc: int

    @property
    def available_uc(self) -> int:
        return self.balance_uc - self.held_uc


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The run of a job to which an entry belongs."""

    user_id: str
    job_id: str
    run: int
    operation: str
    subject_id: str | None = None


# Built once, as building a statement takes longer than executing it.
_ACCOUNTS = cast("Table", CreditAccount.__table__)
_HOLDS = cast("Table", CreditHold.__table__)
_ENTRIES = cast("Table", CreditEntry.__table__)

_ACCOUNT = select(_ACCOUNTS.c.balance_uc, _ACCOUNTS.c.held_uc).where(
    _ACCOUNTS.c.user_id == new(_ACCOUNTS.c.user_id)
)
_BALANCE_AFTER = _ACCOUNTS.c.balance_uc + new(_ACCOUNTS.c.balance_uc)
_HELD_AFTER = _ACCOUNTS.c.held_uc + new(_ACCOUNTS.c.held_uc)
# The condition is the whole protection against overspending: the database evaluates it on the row
# it locks, so of two requests for the same credits the second finds them gone.
_CHANGE_ACCOUNT = (
    update(_ACCOUNTS)
    .where(_ACCOUNTS.c.user_id == new(_ACCOUNTS.c.user_id), _BALANCE_AFTER >= _HELD_AFTER)
    .values(balance_uc=_BALANCE_AFTER, held_uc=_HELD_AFTER)
    .returning(_ACCOUNTS.c.balance_uc, _ACCOUNTS.c.held_uc)
)
_MAKE_HOLD = insert(_HOLDS).values(
    job_id=new(_HOLDS.c.job_id),
    run=new(_HOLDS.c.run),
    user_id=new(_HOLDS.c.user_id),
    amount_uc=new(_ENTRIES.c.held_uc),
    state=HoldState.HELD,
)
# Only an open hold changes. A second worker that settles the same run finds none: HoldIsGone.
_CHANGE_HOLD = (
    update(_HOLDS)
    .where(
        _HOLDS.c.job_id == new(_HOLDS.c.job_id),
        _HOLDS.c.run == new(_HOLDS.c.run),
        _HOLDS.c.state == HoldState.HELD,
    )
    .returning(_HOLDS.c.amount_uc)
)
_TAKE_HOLD = _CHANGE_HOLD.values(state=new(_HOLDS.c.state))
_EXTEND_HOLD = _CHANGE_HOLD.values(amount_uc=_HOLDS.c.amount_uc + new(_ENTRIES.c.held_uc))
_MAKE_ENTRY = insert(_ENTRIES).values(
    {column: new(column) for column in _ENTRIES.c if column.key != "id"}
)
_ENTRY = event_log.Appending(_MAKE_ENTRY)
_HOLD_AND_ENTRY = event_log.Appending(_MAKE_HOLD, _MAKE_ENTRY)


def _settling() -> ReturningUpdate[int, int, int]:
    """Ends the hold and changes the account in one statement, so in one round trip."""
    ended_hold = _TAKE_HOLD.returning(_HOLDS.c.user_id).cte("ended_hold")
    charged = func.least(new(_ENTRIES.c.amount_uc), ended_hold.c.amount_uc)
    return (
        update(_ACCOUNTS)
        .where(_ACCOUNTS.c.user_id == ended_hold.c.user_id)
        .values(
            balance_uc=_ACCOUNTS.c.balance_uc - charged,
            held_uc=_ACCOUNTS.c.held_uc - ended_hold.c.amount_uc,
        )
        .returning(_ACCOUNTS.c.balance_uc, _ACCOUNTS.c.held_uc, ended_hold.c.amount_uc)
    )


_SETTLE = _settling()


class HoldIsGone(Exception):
    """The hold is already settled or released: another worker has finished this run."""


def open_account(session: Session, *, user_id: str, gift_uc: int) -> None:
    """Creates the account; the sign-up gift is its first entry."""
    session.execute(insert(CreditAccount).values(user_id=user_id, balance_uc=0, held_uc=0))
    event_log.open_log(session, user_id)
    if gift_uc > 0:
        grant(session, user_id=user_id, amount_uc=gift_uc, key=f"gift:{user_id}", reason="gift")


def balance(session: Session, user_id: str) -> Balance:
    row = session.execute(_ACCOUNT, new_values(user_id=user_id)).one()
    return Balance(balance_uc=row.balance_uc, held_uc=row.held_uc)


def balance_of_all(session: Session) -> Balance:
    """The sum over every account."""
    row = session.execute(
        select(func.sum(CreditAccount.balance_uc), func.sum(CreditAccount.held_uc))
    ).one()
    return Balance(balance_uc=int(row[0] or 0), held_uc=int(row[1] or 0))


def spent_by_day(session: Session, since: datetime) -> dict[date, int]:
    """Micro-credits charged on each day, minus refunds."""
    return sums_by_day(
        session,
        CreditEntry.created_at,
        -CreditEntry.amount_uc,
        CreditEntry.created_at >= since,
        CreditEntry.kind.in_((EntryKind.SETTLE, EntryKind.REFUND)),
    )


def _change_account(
    session: Session, user_id: str, *, balance_uc: int = 0, held_uc: int = 0
) -> Balance | None:
    """The balance after both changes. None, without any change, when it does not cover them."""
    values = new_values(user_id=user_id, balance_uc=balance_uc, held_uc=held_uc)
    row = session.connection().execute(_CHANGE_ACCOUNT, values).first()
    return None if row is None else Balance(balance_uc=row.balance_uc, held_uc=row.held_uc)


def grant(
    session: Session,
    *,
    user_id: str,
    amount_uc: int,
    key: str,
    reason: str,
    facts: dict[str, Any] | None = None,
) -> None:
    """Adds credits, or removes some if negative, but never held ones. Raises Invalid."""
    after = _change_account(session, user_id, balance_uc=amount_uc)
    if after is None:
        current = balance(session, user_id)
        raise Invalid(
            f"Only {to_credits(current.available_uc):.2f} credits can be taken from this account.",
            code="not_enough_to_take",
            available=to_credits(current.available_uc),
        )
    _add_entry(
        session,
        _ENTRY,
        after,
        kind=EntryKind.GRANT if amount_uc >= 0 else EntryKind.ADJUST,
        user_id=user_id,
        amount_uc=amount_uc,
        held_uc=0,
        key=key,
        operation=reason,
        subject_id=None,
        facts=facts or {},
    )


def hold(session: Session, charge: Charge, amount_uc: int) -> None:
    """Holds ``amount_uc``. Raises InsufficientCredits, and then changes nothing."""
    after = _hold_amount(session, charge.user_id, amount_uc)
    if amount_uc == 0:  # an account that is not metered has a hold, but no entries
        values = new_values(job_id=charge.job_id, run=charge.run, user_id=charge.user_id, held_uc=0)
        session.connection().execute(_MAKE_HOLD, values)
        return
    _add_run_entry(
        session,
        charge,
        after,
        EntryKind.HOLD,
        amount_uc=0,
        held_uc=amount_uc,
        facts={},
    )


def extend(session: Session, charge: Charge, amount_uc: int) -> None:
    """Adds to the open hold of a run, for work whose length is not known when it is accepted.

    Raises InsufficientCredits, and HoldIsGone when the run has ended; then nothing changes.
    """
    # The caller has locked the job's row, as has whoever settles or releases its hold: so the two
    # cannot lock the account and the hold in opposite orders and wait for each other.
    after = _hold_amount(session, charge.user_id, amount_uc)
    values = new_values(job_id=charge.job_id, run=charge.run, held_uc=amount_uc)
    held_uc: int | None = session.connection().execute(_EXTEND_HOLD, values).scalar()
    if held_uc is None:
        raise HoldIsGone(f"{charge.job_id} run {charge.run}")
    _add_run_entry(
        session,
        charge,
        after,
        EntryKind.HOLD,
        amount_uc=0,
        held_uc=amount_uc,
        facts={},
        up_to_uc=held_uc,
    )


def _hold_amount(session: Session, user_id: str, amount_uc: int) -> Balance:
    after = _change_account(session, user_id, held_uc=amount_uc)
    if after is None:
        current = balance(session, user_id)
        raise InsufficientCredits(required_uc=amount_uc, available_uc=current.available_uc)
    return after


def settle(session: Session, charge: Charge, delivered: Iterable[Line]) -> int:
    """Charges what was delivered, at most the hold, and releases the rest. Returns the charge."""
    lines = tuple(delivered)
    held_uc, after = _end_hold(session, charge, HoldState.SETTLED, most_uc=total_uc(lines))
    charged_uc = min(total_uc(lines), held_uc)
    _add_run_entry(
        session,
        charge,
        after,
        EntryKind.SETTLE,
        amount_uc=-charged_uc,
        held_uc=-held_uc,
        facts={"lines": lines_to_json(lines)},
    )
    return charged_uc


def release(session: Session, charge: Charge, *, reason: str) -> None:
    """Releases the whole hold."""
    held_uc, after = _end_hold(session, charge, HoldState.RELEASED, most_uc=0)
    _add_run_entry(
        session,
        charge,
        after,
        EntryKind.RELEASE,
        amount_uc=0,
        held_uc=-held_uc,
        facts={"reason": reason},
    )


def _end_hold(
    session: Session, charge: Charge, state: HoldState, *, most_uc: int
) -> tuple[int, Balance | None]:
    """The amount held, and the balance after charging at most ``most_uc`` of it."""
    values = new_values(job_id=charge.job_id, run=charge.run, state=state)
    connection = session.connection()
    if connection.dialect.name == "sqlite":  # it cannot write inside WITH
        held_uc = connection.execute(_TAKE_HOLD, values).scalar()
        if held_uc is not None:
            charged_uc = min(most_uc, held_uc)
            return held_uc, _change_account(
                session, charge.user_id, balance_uc=-charged_uc, held_uc=-held_uc
            )
    else:
        row = connection.execute(_SETTLE, values | new_values(amount_uc=most_uc)).first()
        if row is not None:
            return row.amount_uc, Balance(balance_uc=row.balance_uc, held_uc=row.held_uc)
    raise HoldIsGone(f"{charge.job_id} run {charge.run}")


def _add_run_entry(
    session: Session,
    charge: Charge,
    after: Balance | None,
    kind: EntryKind,
    *,
    amount_uc: int,
    held_uc: int,
    facts: dict[str, Any],
    up_to_uc: int | None = None,
) -> None:
    """Adds an entry for the run of a job, under a key that is unique for each kind of change.

    ``up_to_uc``: the amount of an extended hold. It only grows, so it makes the key unique.
    """
    if amount_uc == held_uc == 0:
        return  # an account that is not metered
    makes_hold = kind is EntryKind.HOLD and up_to_uc is None
    _add_entry(
        session,
        _HOLD_AND_ENTRY if makes_hold else _ENTRY,
        after,
        kind=kind,
        user_id=charge.user_id,
        amount_uc=amount_uc,
        held_uc=held_uc,
        key=f"{charge.job_id}:{charge.run}:{kind}" + ("" if up_to_uc is None else f":{up_to_uc}"),
        operation=charge.operation,
        job_id=charge.job_id,
        run=charge.run,
        subject_id=charge.subject_id,
        facts=facts,
    )


def _add_entry(
    session: Session,
    rows: event_log.Appending,
    after: Balance | None,
    *,
    user_id: str,
    kind: EntryKind,
    amount_uc: int,
    held_uc: int,
    job_id: str | None = None,
    **values: Any,  # of the other columns
) -> None:
    assert after is not None, f"{user_id} has no account"
    rows.append(
        session,
        new_values(kind=kind, amount_uc=amount_uc, held_uc=held_uc, **values),
        user_id=user_id,
        type="credit_update",
        job_id=job_id,
        reason=str(kind),
        amount=to_credits(amount_uc),
        available=to_credits(after.available_uc),
        held=to_credits(after.held_uc),
    )
    moved = {"kind": str(kind), "amount_uc": amount_uc, "held_uc": held_uc}
    # After the commit, as a log entry about credits that a rollback returned would mislead.
    after_commit(
        session,
        lambda: log.info("credits.moved", user_id=user_id, job_id=job_id, **moved),
    )


def audit(session: Session) -> list[str]:
    """Sums all entries and holds and describes each account that differs; empty when none does."""
    # Balances are stored in addition to the entries, so that reading one takes one row.
    # This compares the two.
    sums = {
        row.user_id: (int(row.amount_uc), int(row.held_uc))
        for row in session.execute(
            select(
                CreditEntry.user_id,
                func.sum(CreditEntry.amount_uc).label("amount_uc"),
                func.sum(CreditEntry.held_uc).label("held_uc"),
            ).group_by(CreditEntry.user_id)
        )
    }
    open_holds = {
        row.user_id: int(row.total_uc)
        for row in session.execute(
            select(CreditHold.user_id, func.sum(CreditHold.amount_uc).label("total_uc"))
            .where(CreditHold.state == HoldState.HELD)
            .group_by(CreditHold.user_id)
        )
    }
    problems = []
    for account in session.scalars(select(CreditAccount).order_by(CreditAccount.user_id)):
        amount_uc, held_uc = sums.get(account.user_id, (0, 0))
        if amount_uc != account.balance_uc:
            problems.append(
                f"{account.user_id}: balance {account.balance_uc}, entries add up to {amount_uc}"
            )
        if held_uc != account.held_uc or held_uc != open_holds.get(account.user_id, 0):
            problems.append(
                f"{account.user_id}: held {account.held_uc}, entries {held_uc}, "
                f"open holds {open_holds.get(account.user_id, 0)}"
            )
    return problems
