"""Accounts beyond their routes: commands, races, expiry."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from mp4totext.auth import passwords, queries, service
from mp4totext.auth.errors import EmailTaken, WeakPassword, WrongLogin
from mp4totext.auth.identity import Identity, authenticate
from mp4totext.auth.models import AuditEntry, Login, RefreshToken, Role, User, WsTicket
from mp4totext.credits import ledger
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid, NotFound
from mp4totext.runtime import Runtime
from tests.conftest import PASSWORD, Account


def identity(runtime: Runtime, user: Account) -> Identity:
    return authenticate(runtime, user.access_token)


def test_twenty_consumers_of_one_ticket(runtime: Runtime, user: Account) -> None:
    with runtime.database.write() as session:
        ticket = service.issue_ticket(session, identity(runtime, user))

    def consume(_: int) -> str | None:
        with runtime.database.write() as session:
            found = service.consume_ticket(session, ticket)
            return None if found is None else found.user_id

    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(consume, range(20)))
    assert sorted(got, key=str) == [None] * 19 + [user.id]


def test_ticket_of_before_is_too_late(runtime: Runtime, user: Account) -> None:
    with runtime.database.write() as session:
        ticket = service.issue_ticket(session, identity(runtime, user))
        session.flush()
        assert session.scalars(select(WsTicket.ticket_hash)).one() != ticket
        session.execute(update(WsTicket).values(expires_at=now()))
    with runtime.database.write() as session:
        assert service.consume_ticket(session, ticket) is None


def test_ticket_of_a_deactivated_account(runtime: Runtime, user: Account) -> None:
    with runtime.database.write() as session:
        ticket = service.issue_ticket(session, identity(runtime, user))
    with runtime.database.write() as session:
        session.execute(update(User).values(active=False))
    with runtime.database.write() as session:
        assert service.consume_ticket(session, ticket) is None


def test_an_administrator_is_created(runtime: Runtime) -> None:
    def create(email: str, password: str = PASSWORD) -> User:
        with runtime.database.write() as session:
            return service.create_account(
                session, email=email, password=password, role=Role.ADMIN, rounds=4
            )

    made = create(" Root@Example.com")
    assert (made.email, made.role) == ("root@example.com", Role.ADMIN)
    with pytest.raises(EmailTaken):
        create("root@example.com")
    with pytest.raises(WeakPassword):
        create("second@example.com", "12345678")
    with pytest.raises(Invalid, match="not an e-mail address"):
        create("root")
    with runtime.database.read() as session:
        assert session.scalars(select(AuditEntry.actor_id)).all() == ["command"]
        assert session.scalar(select(func.count(User.id))) == 1


def test_local_account_is_one_and_not_metered(runtime: Runtime) -> None:
    def local(_: int) -> str:
        with runtime.database.write() as session:
            identity = service.local_account(session)
            assert not identity.metered
            assert identity.scopes is None
            return identity.user_id

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(local, range(4)))
    assert len(made) == 1
    with runtime.database.read() as session:
        assert ledger.balance(session, made.pop()).balance_uc == 0


def test_local_account_made_by_another_process_at_the_same_time(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtime.database.write() as session:
        first = service.local_account(session)
    monkeypatch.setattr(queries, "user_by_email", lambda _session, _email: None)
    with runtime.database.write() as session:
        assert service.local_account(session) == first


def test_account_changed_while_its_password_was_hashed(
    runtime: Runtime, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = passwords.verify_password

    def verify_while_it_changes(password: str, password_hash: str | None, *, rounds: int) -> bool:
        right = verify(password, password_hash, rounds=rounds)
        with runtime.database.write() as session:
            session.execute(update(User).values(password_hash="another"))
        return right

    monkeypatch.setattr(service, "verify_password", verify_while_it_changes)
    with pytest.raises(WrongLogin):
        service.log_in(runtime, email=user.email, password=PASSWORD)


def test_hashing_holds_no_lock(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    hash_password = passwords.hash_password

    def hash_while_others_write(password: str, *, rounds: int) -> str:
        with runtime.database.write() as session:
            service.remove_expired(session)
        return hash_password(password, rounds=rounds)

    monkeypatch.setattr(service, "hash_password", hash_while_others_write)
    service.register(runtime, email="a@example.com", password=PASSWORD)
    with runtime.database.write() as session:
        service.create_account(session, email="b@example.com", password=PASSWORD, rounds=4)


def test_forgets_what_has_expired(runtime: Runtime, user: Account, other_user: Account) -> None:
    past = now() - timedelta(seconds=1)
    with runtime.database.write() as session:
        service.issue_ticket(session, identity(runtime, user))
        service.issue_ticket(session, identity(runtime, other_user))
    with runtime.database.write() as session:
        mine = select(Login.id).where(Login.user_id == user.id)
        session.execute(update(WsTicket).where(WsTicket.user_id == user.id).values(expires_at=past))
        session.execute(
            update(RefreshToken).where(RefreshToken.login_id.in_(mine)).values(expires_at=past)
        )
        session.execute(update(Login).where(Login.user_id == user.id).values(expires_at=past))
    with runtime.database.write() as session:
        service.remove_expired(session)
    with runtime.database.read() as session:
        assert session.scalars(select(WsTicket.user_id)).all() == [other_user.id]
        assert session.scalars(select(Login.user_id)).all() == [other_user.id]
        assert session.scalar(select(func.count(RefreshToken.token_hash))) == 1
    service.refresh(runtime, other_user.refresh_token)


def test_unknown_user(runtime: Runtime) -> None:
    with runtime.database.read() as session, pytest.raises(NotFound):
        service.get_user(session, "usr_none")


@pytest.mark.parametrize(
    "address", ["jose\u0301@example.com", "ana@xn--bcher-kva.com", "ANA@Bücher.com"]
)
def test_an_address_logs_in_however_its_letters_are_written(runtime: Runtime, address: str) -> None:
    service.register(runtime, email=address, password=PASSWORD)
    assert service.log_in(runtime, email=address, password=PASSWORD)
    with runtime.database.read() as session:
        assert service.user_named(session, address).active
