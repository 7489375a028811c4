"""Accounts, logins and tickets.

Functions that hash a password take the runtime instead of a session: hashing takes a third of a
second, and no transaction may be open while it lasts.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import EmailStr, TypeAdapter, ValidationError
from sqlalchemy import Row, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.auth import audit, queries
from mp4totext.auth.errors import (
    AccountDeactivated,
    BadCredentials,
    EmailTaken,
    RefreshTokenReused,
    RegistrationClosed,
    WrongLogin,
    WrongPassword,
)
from mp4totext.auth.identity import Identity, Scope, identity_of, signer
from mp4totext.auth.local_user import local_user
from mp4totext.auth.models import (
    Login,
    PasswordCode,
    Preferences,
    RefreshToken,
    Role,
    SignInCode,
    User,
    WsTicket,
)
from mp4totext.auth.passwords import hash_password, refuse_weak, verify_password
from mp4totext.auth.tokens import CLIENT_SECRET, REFRESH, TICKET, hashed, new_secret
from mp4totext.credits import ledger, prices
from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError, Invalid, NotFound, WrongState
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.runtime import Runtime

TICKET_LIFETIME_S = 30
PREFERENCES_BYTES_MAX = 64 * 1024
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    access_token: str
    refresh_token: str
    expires_in: int  # seconds


# Accounts


def register(
    runtime: Runtime, *, email: str, password: str, full_name: str = "", language: str | None = None
) -> User:
    """Raises RegistrationClosed, EmailTaken, WeakPassword."""
    auth = runtime.settings.auth
    if not auth.registration_open:
        raise RegistrationClosed
    email = normal_email(email)
    refuse_weak(password, email=email)
    # Before the slow hash; of two registrations at once the unique index refuses the second.
    with runtime.database.read() as session:
        if queries.user_by_email(session, email) is not None:
            raise EmailTaken(email)
    password_hash = hash_password(password, rounds=auth.bcrypt_rounds)
    with runtime.database.write() as session:
        user = add_user(
            session,
            email=email,
            password_hash=password_hash,
            full_name=full_name,
            language=language,
        )
    log.info("user.registered", user_id=user.id)
    return user


def create_account(
    session: Session, *, email: str, password: str, role: Role = Role.USER, rounds: int = 12
) -> User:
    """Creates an account from the command line.

    ``session`` must be unused, so that no lock is held while the password is hashed.
    """
    email = normal_email(email)
    refuse_weak(password, email=email)
    password_hash = hash_password(password, rounds=rounds)
    user = add_user(session, email=email, password_hash=password_hash, role=role)
    audit.record(session, actor_id=audit.COMMAND, action=f"{role}.created", target=user.id)
    return user


def set_password(runtime: Runtime, *, email: str, new: str) -> User:
    """Sets a forgotten password from the command line. Ends all logins of the account."""
    refuse_weak(new, email=normal_email(email))
    new_hash = hash_password(new, rounds=runtime.settings.auth.bcrypt_rounds)
    with runtime.database.write() as session:
        user = user_named(session, email)
        user.password_hash = new_hash
        end_logins(session, user.id)
        audit.record(session, actor_id=audit.COMMAND, action="password.set", target=user.id)
        return user


def user_named(session: Session, email: str) -> User:
    user = queries.user_by_email(session, registered_email(email))
    if user is None:
        raise NotFound(f"There is no user {email!r}.")
    return user


def local_account(session: Session) -> Identity:
    """The identity of the local command."""
    return identity_of(local_user(session))


def normal_email(email: str) -> str:
    """The address in lower case. Raises Invalid."""
    try:
        return _EMAIL.validate_python(email.strip()).lower()
    except ValidationError as error:
        raise Invalid(f"{email!r} is not an e-mail address.", code="invalid_email") from error


def registered_email(email: str) -> str:
    """The spelling stored at registration: composed accents, and the domain in its own letters."""
    try:
        return normal_email(email)
    except Invalid:  # no account has such an address, so the lookup finds none
        return email.strip().lower()


def get_user(session: Session, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id!r}.")
    return user


def change_profile(session: Session, user_id: str, changes: dict[str, Any]) -> User:
    """``changes`` may have ``full_name`` and ``language``."""
    user = get_user(session, user_id)
    for name, value in changes.items():
        setattr(user, name, value)
    return user


def preferences(session: Session, user_id: str) -> dict[str, Any]:
    """The stored preferences of the page; empty if there are none."""
    row = session.get(Preferences, user_id)
    return {} if row is None else row.body


def keep_preferences(session: Session, user_id: str, body: dict[str, Any]) -> None:
    """Replaces the stored preferences. Raises AppError 413 above PREFERENCES_BYTES_MAX."""
    size = len(json.dumps(body))
    if size > PREFERENCES_BYTES_MAX:
        raise AppError(
            f"The preferences have {size} bytes; at most {PREFERENCES_BYTES_MAX} are stored.",
            status=413,
            code="too_large",
        )
    session.merge(Preferences(user_id=user_id, body=body, updated_at=now()))


def change_password(runtime: Runtime, user_id: str, *, current: str, new: str) -> Tokens:
    """Ends all logins of the account and opens a new one. API keys keep working.

    Raises WrongPassword or WeakPassword.
    """
    with _password_change(runtime, user_id, current=current, new=new) as session:
        end_logins(session, user_id)
        return _open_login(session, runtime, user_id)


def change_password_in_session(
    runtime: Runtime, user_id: str, *, current: str, new: str, login_id: str | None
) -> None:
    """Ends all logins except ``login_id``. Raises WrongPassword or WeakPassword."""
    with _password_change(runtime, user_id, current=current, new=new) as session:
        end_logins(session, user_id, excluding=login_id)


@contextmanager
def _password_change(
    runtime: Runtime, user_id: str, *, current: str, new: str
) -> Iterator[Session]:
    """A transaction with the changed password."""
    rounds = runtime.settings.auth.bcrypt_rounds
    with runtime.database.read() as session:
        user = get_user(session, user_id)
    if not verify_password(current, user.password_hash, rounds=rounds):
        raise WrongPassword
    refuse_weak(new, email=user.email)
    new_hash = hash_password(new, rounds=rounds)
    with runtime.database.write() as session:
        same_as_verified(session, user).password_hash = new_hash
        audit.record(session, actor_id=user_id, action="password.changed", target=user_id)
        yield session


# Logins


def log_in(runtime: Runtime, *, email: str, password: str) -> Tokens:
    """Raises WrongLogin or AccountDeactivated."""
    user = verified(runtime, email=email, password=password)
    with runtime.database.write() as session:
        same_as_verified(session, user)
        return _open_login(session, runtime, user.id)


def verified(runtime: Runtime, *, email: str, password: str) -> User:
    """The account. Raises WrongLogin, the same for a wrong password and an unknown address.

    Hashing takes a while: check ``same_as_verified`` in the transaction that relies on it.
    """
    with runtime.database.read() as session:
        user = queries.user_by_email(session, registered_email(email))
    password_hash = user.password_hash if user else None
    right = verify_password(password, password_hash, rounds=runtime.settings.auth.bcrypt_rounds)
    if user is None or not right:
        raise WrongLogin
    if not user.active:  # only revealed to someone who knows the password
        raise AccountDeactivated
    return user


def same_as_verified(session: Session, user: User) -> User:
    """The row, locked. Raises WrongLogin when the account changed while the password was hashed."""
    fresh = session.get(User, user.id, with_for_update=True)
    if fresh is None or not fresh.active or fresh.password_hash != user.password_hash:
        raise WrongLogin
    return fresh


def refresh(runtime: Runtime, token: str) -> Tokens:
    """New tokens for an unused refresh token. A used one ends its login.

    Of two parallel refreshes with the same token, the second ends the login of the first. So a
    client must not refresh in two places at the same time.
    """
    with runtime.database.write() as session:
        login = queries.login_of_refresh_token(session, hashed(token))
        if login is None:
            raise BadCredentials
        tokens = _rotate(session, runtime, login, hashed(token))
    if tokens is None:  # raised after the commit, so that the login stays ended
        log.warning("login.refresh_token_reused", user_id=login.user_id, login_id=login.id)
        raise RefreshTokenReused
    return tokens


def log_out(session: Session, token: str) -> None:
    """Ends the login of a refresh token. Its access tokens are refused from now on."""
    login = queries.login_of_refresh_token(session, hashed(token))
    if login is not None:
        _end_login(session, login.id)


def end_logins(session: Session, user_id: str, *, excluding: str | None = None) -> None:
    """Ends the logins of the account, except ``excluding``, and deletes all tickets."""
    # Tickets of all logins are deleted, as they are short-lived and clients can request another.
    ended = [Login.user_id == user_id, Login.revoked_at.is_(None)]
    if excluding is not None:
        ended.append(Login.id != excluding)
    session.execute(update(Login).where(*ended).values(revoked_at=now()))
    session.execute(delete(WsTicket).where(WsTicket.user_id == user_id))


# WebSocket tickets

_OF_TICKET = (
    WsTicket.user_id,
    WsTicket.scopes,
    WsTicket.login_id,
    WsTicket.key_id,
    WsTicket.expires_at,
)
_TicketRow = Row[str, list[str] | None, str | None, str | None, datetime]


def issue_ticket(session: Session, user: Identity) -> str:
    """A ticket with the scopes of the login or key that requests it, and which ends with it."""
    ticket = new_secret(TICKET)
    scopes = None if user.scopes is None else sorted(user.scopes)
    expires_at = now() + timedelta(seconds=TICKET_LIFETIME_S)
    session.add(_ticket_row(user, ticket, scopes=scopes, expires_at=expires_at))
    return ticket


def issue_client_secret(
    session: Session, user: Identity, *, scope: Scope, content: str, expires_at: datetime
) -> str:
    """A secret that opens WebSockets with one scope of the user until it expires.

    It carries ``content``, and ends with the login or key that requests it.
    """
    secret = f"{new_secret(CLIENT_SECRET)}.{content}"
    session.add(_ticket_row(user, secret, scopes=[scope], expires_at=expires_at))
    return secret


def _ticket_row(
    user: Identity, ticket: str, *, scopes: list[str] | None, expires_at: datetime
) -> WsTicket:
    return WsTicket(
        ticket_hash=hashed(ticket),
        user_id=user.user_id,
        scopes=scopes,
        login_id=user.login_id,
        key_id=user.key_id,
        expires_at=expires_at,
    )


def consume_ticket(session: Session, ticket: str) -> Identity | None:
    """The ticket's user. The ticket is deleted, so only one of several callers gets it."""
    consumed = delete(WsTicket).where(WsTicket.ticket_hash == hashed(ticket))
    return _owner(session, session.execute(consumed.returning(*_OF_TICKET)).first())


def owner_of_client_secret(session: Session, secret: str) -> Identity | None:
    valid = select(*_OF_TICKET).where(WsTicket.ticket_hash == hashed(secret))
    return _owner(session, session.execute(valid).first())


def _owner(session: Session, row: _TicketRow | None) -> Identity | None:
    if row is None or row.expires_at <= now():
        return None
    issuer_id = row.login_id or row.key_id or row.user_id
    if issuer_id not in queries.still_allowed(session, [issuer_id]):
        return None
    return identity_of(
        session.get_one(User, row.user_id),
        scopes=None if row.scopes is None else frozenset(row.scopes),
        login_id=row.login_id,
        key_id=row.key_id,
    )


def remove_expired(session: Session) -> None:
    """Deletes expired tickets, codes, refresh tokens and logins; called by the sweeper."""
    at = now()
    session.execute(delete(WsTicket).where(WsTicket.expires_at < at))
    session.execute(delete(SignInCode).where(SignInCode.expires_at < at))
    session.execute(delete(PasswordCode).where(PasswordCode.expires_at < at))
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < at))
    session.execute(delete(Login).where(Login.expires_at < at))


# For administrators


def set_active(session: Session, *, actor_id: str, user_id: str, active: bool) -> User:
    """Deactivating ends all logins and suspends API keys. Raises WrongState on the last admin."""
    user = get_user(session, user_id)
    if user.active == active:
        return user
    if not active:
        _refuse_last_admin(session, user)
        end_logins(session, user_id)
    user.active = active
    if active:
        user.delete_at = None
    action = "user.activated" if active else "user.deactivated"
    audit.record(session, actor_id=actor_id, action=action, target=user_id)
    return user


def set_role(session: Session, *, actor_id: str, user_id: str, role: Role) -> User:
    """Raises WrongState on the last admin."""
    user = get_user(session, user_id)
    if user.role == role:
        return user
    _refuse_last_admin(session, user)
    facts = {"from": str(user.role), "to": str(role)}
    user.role = role
    audit.record(
        session, actor_id=actor_id, action="user.role_changed", target=user_id, facts=facts
    )
    return user


def _refuse_last_admin(session: Session, user: User) -> None:
    if queries.lock_active_admins(session) == [user.id]:
        raise WrongState(
            f"{user.email!r} is the last active administrator: appoint another one first.",
            code="last_admin",
        )


def add_user(
    session: Session,
    *,
    email: str,
    password_hash: str | None,
    full_name: str = "",
    language: str | None = None,
    role: Role = Role.USER,
) -> User:
    user = User(
        id=new_id("usr"),
        email=email,
        password_hash=password_hash,
        full_name=full_name,
        language=language,
        role=role,
        active=True,
        metered=True,
        created_at=now(),
    )
    _insert(session, user)
    ledger.open_account(session, user_id=user.id, gift_uc=prices.gift_uc(session))
    return user


def _insert(session: Session, user: User) -> None:
    email = user.email  # after a rollback the row cannot be read
    try:
        # A savepoint, as in PostgreSQL the violation would end the whole transaction.
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise EmailTaken(email) from error


def _open_login(session: Session, runtime: Runtime, user_id: str) -> Tokens:
    login = Login(id=new_id("lgn"), user_id=user_id, created_at=now(), expires_at=now())
    session.add(login)
    session.flush()
    return _issue_tokens(session, runtime, login)


def _issue_tokens(session: Session, runtime: Runtime, login: Login) -> Tokens:
    at = now()
    token = new_secret(REFRESH)
    login.expires_at = at + timedelta(days=runtime.settings.auth.refresh_expiration_days)
    session.add(
        RefreshToken(token_hash=hashed(token), login_id=login.id, expires_at=login.expires_at)
    )
    token_signer = signer(runtime)
    access = token_signer.access_token(user_id=login.user_id, login_id=login.id, issued_at=at)
    return Tokens(access_token=access, refresh_token=token, expires_in=token_signer.lifetime_s)


def _rotate(session: Session, runtime: Runtime, login: Login, token_hash: str) -> Tokens | None:
    """New tokens; None if the token was used before, in which case its login is ended."""
    expires_at = session.scalar(
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash, RefreshToken.used_at.is_(None))
        .values(used_at=now())
        .returning(RefreshToken.expires_at)
    )
    if expires_at is None:
        _end_login(session, login.id)
        return None
    if login.revoked_at is not None or expires_at <= now():
        raise BadCredentials
    if not get_user(session, login.user_id).active:
        raise BadCredentials
    return _issue_tokens(session, runtime, login)


def _end_login(session: Session, login_id: str) -> None:
    session.execute(
        update(Login)
        .where(Login.id == login_id, Login.revoked_at.is_(None))
        .values(revoked_at=now())
    )
