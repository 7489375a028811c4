"""The ledger, compared with a model of plain integers."""

import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from structlog.testing import CapturingLogger

from mp4totext.auth.models import User
from mp4totext.credits import ledger
from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.ledger import Charge, HoldIsGone
from mp4totext.credits.models import CreditAccount, CreditEntry
from mp4totext.credits.money import UC_PER_CREDIT, to_uc
from mp4totext.credits.quotes import Line
from mp4totext.events import log as event_log
from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.kit.errors import Invalid

USER = "usr_one"


def add_user(session: Session, user_id: str = USER, gift: int = 10) -> None:
    session.add(
        User(
            id=user_id,
            email=f"{user_id}@example.com",
            full_name="",
            password_hash="x",
            role="user",
            active=True,
            metered=True,
            created_at=now(),
        )
    )
    session.flush()
    ledger.open_account(session, user_id=user_id, gift_uc=gift * UC_PER_CREDIT)


@pytest.fixture
def session(empty_database: Path, tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    with database.write() as session:
        add_user(session)
        yield session
    database.close()


def charge(job: str = "job_1", run: int = 1) -> Charge:
    return Charge(user_id=USER, job_id=job, run=run, operation="transcribe", subject_id="trn_1")


def lines(amount: str) -> tuple[Line, ...]:
    return (Line(key="transcription", quantity_milli=1000, amount_uc=to_uc(amount)),)


def test_gift_is_the_first_entry(session: Session) -> None:
    entry = session.scalars(select(CreditEntry)).one()
    assert (entry.kind, entry.amount_uc) == ("grant", 10 * UC_PER_CREDIT)
    assert ledger.balance(session, USER).available_uc == 10 * UC_PER_CREDIT


def test_every_movement_is_logged_once_it_is_committed(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()  # the real one may be configured already, and cached
    monkeypatch.setattr(ledger, "log", log)
    database = Database(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    with database.write() as session:
        add_user(session)
        ledger.hold(session, charge(), to_uc("4"))
        ledger.settle(session, charge(), lines("1.5"))
        assert log.calls == []
    with suppress(ZeroDivisionError), database.write() as session:
        ledger.hold(session, charge("job_2"), to_uc("1"))
        raise ZeroDivisionError
    database.close()
    assert {call.args for call in log.calls} == {("credits.moved",)}
    keys = ("kind", "job_id", "amount_uc", "held_uc")
    assert [tuple(call.kwargs[key] for key in keys) for call in log.calls] == [
        ("grant", None, to_uc("10"), 0),
        ("hold", "job_1", 0, to_uc("4")),
        ("settle", "job_1", -to_uc("1.5"), -to_uc("4")),
    ]


def test_hold_settle_charges_what_was_delivered_and_returns_the_rest(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    assert ledger.balance(session, USER).available_uc == to_uc("6")
    assert ledger.settle(session, charge(), lines("2.5")) == to_uc("2.5")
    after = ledger.balance(session, USER)
    assert (after.balance_uc, after.held_uc) == (to_uc("7.5"), 0)
    assert ledger.audit(session) == []


def test_never_more_than_the_hold_is_charged(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("1"))
    assert ledger.settle(session, charge(), lines("9")) == to_uc("1")
    assert ledger.audit(session) == []


def test_release_gives_everything_back(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    ledger.release(session, charge(), reason="failed")
    assert ledger.balance(session, USER).available_uc == to_uc("10")
    assert ledger.audit(session) == []


def test_hold_beyond_the_balance_is_refused_with_both_numbers(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("8"))
    with pytest.raises(InsufficientCredits) as refused:
        ledger.hold(session, charge("job_2"), to_uc("3"))
    assert refused.value.facts == {"required": 3.0, "available": 2.0}
    assert ledger.balance(session, USER).held_uc == to_uc("8")


@pytest.mark.parametrize("second", ["settle", "release"])
@pytest.mark.parametrize("first", ["settle", "release"])
def test_a_hold_ends_once(session: Session, first: str, second: str) -> None:
    def end(how: str) -> None:
        if how == "settle":
            ledger.settle(session, charge(), lines("1"))
        else:
            ledger.release(session, charge(), reason="test")

    ledger.hold(session, charge(), to_uc("4"))
    end(first)
    with pytest.raises(HoldIsGone):
        end(second)
    assert ledger.audit(session) == []


def test_the_same_run_cannot_be_held_twice(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("1"))
    with pytest.raises(IntegrityError):
        ledger.hold(session, charge(), to_uc("1"))


def test_the_database_itself_refuses_an_overdraft(session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(update(CreditAccount).values(balance_uc=-1))


def test_taking_back_stops_at_what_is_held(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    with pytest.raises(Invalid, match=r"Only 6\.00"):
        ledger.grant(session, user_id=USER, amount_uc=-to_uc("7"), key="k", reason="admin")
    ledger.grant(session, user_id=USER, amount_uc=-to_uc("6"), key="k", reason="admin")
    assert ledger.balance(session, USER).available_uc == 0


def test_a_hold_grows_step_by_step_and_is_settled_as_one(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    ledger.extend(session, charge(), to_uc("4"))
    with pytest.raises(InsufficientCredits) as refused:
        ledger.extend(session, charge(), to_uc("4"))
    assert refused.value.facts == {"required": 4.0, "available": 2.0}
    ledger.extend(session, charge(), to_uc("2"))
    assert ledger.balance(session, USER).held_uc == to_uc("10")
    assert ledger.audit(session) == []
    assert ledger.settle(session, charge(), lines("9")) == to_uc("9")
    kinds = list(session.scalars(select(CreditEntry.kind).order_by(CreditEntry.id)))
    assert kinds == ["grant", "hold", "hold", "hold", "settle"]
    assert ledger.audit(session) == []


def test_a_hold_that_ended_cannot_grow(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    ledger.release(session, charge(), reason="failed")
    with pytest.raises(HoldIsGone):
        ledger.extend(session, charge(), to_uc("1"))


def test_an_account_that_is_not_metered_leaves_no_empty_entries(session: Session) -> None:
    before = len(list(session.scalars(select(CreditEntry))))
    ledger.hold(session, charge(), 0)
    ledger.extend(session, charge(), 0)
    assert ledger.settle(session, charge(), lines("3")) == 0
    assert len(list(session.scalars(select(CreditEntry)))) == before


def test_every_movement_is_told(session: Session) -> None:
    ledger.hold(session, charge(), to_uc("4"))
    ledger.settle(session, charge(), lines("2.5"))
    told = event_log.since(session, user_id=USER, seq=0)
    assert [(e.type, e.body["available"]) for e in told] == [
        ("credit_update", 10.0),
        ("credit_update", 6.0),
        ("credit_update", 7.5),
    ]
    assert [e.seq for e in told] == [1, 2, 3]


def test_audit_finds_a_changed_balance_and_a_changed_hold(session: Session) -> None:
    session.execute(update(CreditAccount).values(balance_uc=CreditAccount.balance_uc + 1))
    assert "entries add up to" in ledger.audit(session)[0]
    session.execute(text("UPDATE credit_accounts SET balance_uc = balance_uc - 1, held_uc = 5"))
    assert "open holds 0" in ledger.audit(session)[0]


class Model:
    """What the ledger must agree with: a balance and the open holds, as plain integers."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.dice = random.Random(seed)
        self.balance = to_uc("10")
        self.held: dict[str, int] = {}
        self.jobs = 0

    def hold(self) -> None:
        amount = self.dice.randrange(0, to_uc("3"))
        self.jobs += 1
        job = f"job_{self.jobs}"
        if amount > self.balance - sum(self.held.values()):
            with pytest.raises(InsufficientCredits):
                ledger.hold(self.session, charge(job), amount)
            return
        ledger.hold(self.session, charge(job), amount)
        self.held[job] = amount

    def extend(self) -> None:
        if not self.held:
            return
        job = self.dice.choice(sorted(self.held))
        amount = self.dice.randrange(0, to_uc("1"))
        if amount > self.balance - sum(self.held.values()):
            with pytest.raises(InsufficientCredits):
                ledger.extend(self.session, charge(job), amount)
            return
        ledger.extend(self.session, charge(job), amount)
        self.held[job] += amount

    def grant(self) -> None:
        amount = self.dice.randrange(0, to_uc("1"))
        key = f"grant:{self.dice.random()}"
        ledger.grant(self.session, user_id=USER, amount_uc=amount, key=key, reason="test")
        self.balance += amount

    def settle(self) -> None:
        if not self.held:
            return
        job = self.dice.choice(sorted(self.held))
        wanted = self.dice.randrange(0, to_uc("4"))
        line = Line(key="t", quantity_milli=1, amount_uc=wanted)
        charged = ledger.settle(self.session, charge(job), (line,))
        assert charged <= self.held.pop(job)
        self.balance -= charged

    def release(self) -> None:
        if self.held:
            job = self.dice.choice(sorted(self.held))
            ledger.release(self.session, charge(job), reason="test")
            del self.held[job]

    def end_again(self) -> None:
        """A doubled message finds nothing to end."""
        job = f"job_{self.dice.randrange(self.jobs + 1)}"
        if job not in self.held:
            with pytest.raises(HoldIsGone):
                ledger.settle(self.session, charge(job), lines("1"))

    def agrees(self) -> bool:
        here = ledger.balance(self.session, USER)
        return (here.balance_uc, here.held_uc) == (self.balance, sum(self.held.values()))


def test_ten_thousand_random_interleavings_conserve_every_credit(session: Session) -> None:
    """Jobs of one account are held, settled, released and ended twice in random order."""
    model = Model(session, seed=20_261_122)
    actions = (
        *(model.hold, model.hold, model.extend, model.settle),
        *(model.release, model.end_again, model.grant),
    )
    for step in range(10_000):
        model.dice.choice(actions)()
        if step % 500 == 0:
            session.execute(text("DELETE FROM events"))
            assert model.agrees()
    assert model.agrees()
    assert ledger.audit(session) == []


def test_thirty_parallel_holds_against_a_balance_for_three(
    empty_database: Path, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{shutil.copy(empty_database, tmp_path)}")
    with database.write() as session:
        add_user(session, gift=3)
    granted: list[int] = []
    refused: list[int] = []

    def hold(n: int) -> None:
        try:
            with database.write() as session:
                ledger.hold(session, charge(f"job_{n}"), to_uc("1"))
            granted.append(n)
        except InsufficientCredits:
            refused.append(n)

    threads = [threading.Thread(target=hold, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(granted), len(refused)) == (3, 27)
    with database.read() as session:
        assert ledger.audit(session) == []
    database.close()
