"""Looks up the account of a credential, for each request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from sqlalchemy import or_, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mp4totext.auth import queries
from mp4totext.auth.errors import BadCredentials, ScopeMissing, SessionEnded
from mp4totext.auth.models import ApiKey, Login, Role, User
from mp4totext.auth.tokens import API_KEY, SESSION, Signer, hashed
from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.kit.log import get_logger
from mp4totext.runtime import Runtime

Scope = Literal[
    "transcriptions:read",
    "transcriptions:write",
    "jobs:read",
    "jobs:write",
    "credits:read",
    "account",
    "admin",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
SUBPROTOCOL = "bearer"
# "Last used" is only displayed: one write in five minutes suffices, and most requests only read.
LAST_USED_EVERY = timedelta(minutes=5)
SESSION_IDLE = timedelta(days=30)
SESSION_LONGEST = timedelta(days=90)

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    user_id: str
    email: str
    role: Role
    scopes: frozenset[str] | None = None  # of the API key; None: a login, which has all scopes
    # The login or key of the credential. Both None: the account of the local command.
    login_id: str | None = None
    key_id: str | None = None
    metered: bool = True
    active: bool = True

    @property
    def credential_id(self) -> str:
        """The id of the login or key, or of the account of the local command."""
        return self.login_id or self.key_id or self.user_id

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def require(self, scope: Scope) -> None:
        """Raises ScopeMissing."""
        if self.scopes is not None and scope not in self.scopes:
            raise ScopeMissing(scope)


def identity_of(
    user: User,
    *,
    scopes: frozenset[str] | None = None,
    login_id: str | None = None,
    key_id: str | None = None,
) -> Identity:
    return Identity(
        user_id=user.id,
        email=user.email,
        role=Role(user.role),
        scopes=scopes,
        login_id=login_id,
        key_id=key_id,
        metered=user.metered,
        active=user.active,
    )


def signer(runtime: Runtime) -> Signer:
    auth = runtime.settings.auth
    return Signer(
        secret=runtime.settings.jwt_secret,
        algorithm=auth.jwt_algorithm,
        lifetime_s=auth.jwt_expiration,
    )


def authenticate(runtime: Runtime, credential: str) -> Identity:
    """The account of a token, an API key or a session, read in a separate database session.

    Raises BadCredentials, TokenExpired or SessionEnded. A deactivated account, a revoked key and an
    ended login are refused from the next request on.
    """
    if credential.startswith(API_KEY):
        return _by_key(runtime.database, credential)
    with reading_as(runtime, credential) as (_, user):
        return user


@contextmanager
def reading_as(runtime: Runtime, credential: str) -> Iterator[tuple[Session, Identity]]:
    """A read session and the account of the credential. Raises what ``authenticate`` raises."""
    if credential.startswith(API_KEY):
        user = _by_key(runtime.database, credential)  # may write, so in a separate session
        with runtime.database.read() as session:
            yield session, user
        return
    if credential.startswith(SESSION):
        user = _by_session(runtime.database, credential)  # may write
        with runtime.database.read() as session:
            yield session, user
        return
    user_id, login_id = signer(runtime).read(credential)
    with runtime.database.read() as session:
        yield session, _by_login(session, user_id, login_id)


def _by_login(session: Session, user_id: str, login_id: str) -> Identity:
    row = queries.user_of_login(session, user_id=user_id, login_id=login_id)
    if row is None or not row.active:
        raise BadCredentials
    return Identity(
        user_id=row.id,
        email=row.email,
        role=Role(row.role),
        login_id=login_id,
        metered=row.metered,
        active=True,
    )


def _by_session(database: Database, secret: str) -> Identity:
    """The account of a browser's session. Raises SessionEnded."""
    at = now()
    with database.read() as session:
        row = queries.user_of_session(session, secret_hash=hashed(secret), at=at)
    if row is None or not row.active:
        raise SessionEnded
    if row.last_used_at is None or row.last_used_at < at - LAST_USED_EVERY:
        _record_session_use(database, row.login_id)
    return Identity(
        user_id=row.id,
        email=row.email,
        role=Role(row.role),
        metered=row.metered,
        active=True,
        login_id=row.login_id,
    )


def _record_session_use(database: Database, login_id: str) -> None:
    """Extend the session by SESSION_IDLE, but not beyond SESSION_LONGEST in total."""
    at = now()
    try:
        with database.write() as session:
            login = session.get_one(Login, login_id)
            login.last_used_at = at
            login.expires_at = min(at + SESSION_IDLE, login.created_at + SESSION_LONGEST)
    except OperationalError:  # a busy database must not invalidate a session
        log.warning("session.use_not_noted", login_id=login_id)


def bearer_of(subprotocols: Sequence[str]) -> str | None:
    """The credential of a WebSocket opened with ``["bearer", credential]``.

    The server must accept with ``SUBPROTOCOL``, or browsers close the socket.
    """
    match list(subprotocols):
        case [first, credential] if first == SUBPROTOCOL:
            return credential
    return None


def _by_key(database: Database, secret: str) -> Identity:
    with database.read() as session:
        row = queries.key_with_user(session, hashed(secret))
    if row is None:
        raise BadCredentials
    key, user = row
    expired = key.expires_at is not None and key.expires_at <= now()
    if key.revoked_at is not None or expired or not user.active:
        raise BadCredentials
    if key.last_used_at is None or key.last_used_at < now() - LAST_USED_EVERY:
        _record_use(database, key.id)
    return identity_of(user, scopes=frozenset(key.scopes), key_id=key.id)


def _record_use(database: Database, key_id: str) -> None:
    at = now()
    # Checked again in the statement: of parallel requests with one key only one must write.
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < at - LAST_USED_EVERY)
    try:
        with database.write() as session:
            session.execute(
                update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=at)
            )
    except OperationalError:  # a busy database must not invalidate a key
        log.warning("key.use_not_noted", key_id=key_id)
