"""Queries for accounts, logins and keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session

from mp4totext.auth.models import ApiKey, Login, RefreshToken, Role, User
from mp4totext.kit.clock import now

# For every request: built once, and it reads columns instead of ORM rows.
_OF_LOGIN = (
    select(User.id, User.email, User.role, User.metered, User.active)
    .join(Login, Login.user_id == User.id)
    .where(User.id == bindparam("user"), Login.id == bindparam("login"), Login.revoked_at.is_(None))
)

_OF_SESSION = (
    select(
        User.id,
        User.email,
        User.role,
        User.metered,
        User.active,
        Login.id.label("login_id"),
        Login.last_used_at,
    )
    .join(Login, Login.user_id == User.id)
    .where(
        Login.secret_hash == bindparam("secret_hash"),
        Login.revoked_at.is_(None),
        Login.expires_at > bindparam("at", type_=Login.expires_at.type),
    )
)


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email))


def user_of_login(
    session: Session, *, user_id: str, login_id: str
) -> Row[str, str, str, bool, bool] | None:
    """The columns of an Identity, or None when this login has ended."""
    return session.execute(_OF_LOGIN, {"user": user_id, "login": login_id}).first()


def user_of_session(
    session: Session, *, secret_hash: str, at: datetime
) -> Row[str, str, str, bool, bool, str, datetime | None] | None:
    """The columns of an Identity, the login's id and when it was last used; None: it has ended."""
    return session.execute(_OF_SESSION, {"secret_hash": secret_hash, "at": at}).first()


def open_logins(user_id: str, at: datetime) -> Select[Login]:
    return select(Login).where(
        Login.user_id == user_id, Login.revoked_at.is_(None), Login.expires_at > at
    )


def key_with_user(session: Session, secret_hash: str) -> tuple[ApiKey, User] | None:
    row = session.execute(
        select(ApiKey, User)
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.secret_hash == secret_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def login_of_refresh_token(session: Session, token_hash: str) -> Login | None:
    return session.scalar(
        select(Login)
        .join(RefreshToken, RefreshToken.login_id == Login.id)
        .where(RefreshToken.token_hash == token_hash)
    )


def still_allowed(session: Session, ids: Sequence[str]) -> set[str]:
    """The ids of logins, keys and users that are still valid, with active accounts.

    At most some hundreds at a time, as databases limit the parameters of a statement.
    """
    logins = (
        select(Login.id)
        .join(User, User.id == Login.user_id)
        .where(Login.id.in_(ids), Login.revoked_at.is_(None), User.active.is_(True))
    )
    unexpired = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now())
    keys = (
        select(ApiKey.id)
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.id.in_(ids), ApiKey.revoked_at.is_(None), unexpired, User.active.is_(True))
    )
    users = select(User.id).where(User.id.in_(ids), User.active.is_(True))
    return set(session.scalars(union_all(logins, keys, users)))


def owned_keys(user_id: str) -> Select[ApiKey]:
    """The keys of a user, without revoked ones."""
    return select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))


def count_live_keys(session: Session, user_id: str) -> int:
    live = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now())
    statement = owned_keys(user_id).where(live).with_only_columns(func.count(ApiKey.id))
    return session.scalar(statement) or 0


def lock_active_admins(session: Session) -> list[str]:
    """Ids of the administrators, locked, so that two cannot remove each other at the same time."""
    statement = select(User.id).where(User.role == Role.ADMIN, User.active.is_(True))
    return list(session.scalars(statement.order_by(User.id).with_for_update()))


def count_users(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def users_matching(search: str | None) -> Select[User]:
    """``search``: a part of the e-mail address or name, or a complete id."""
    if not search:
        return select(User)
    part = search.lower()
    return select(User).where(
        or_(
            User.email.contains(part, autoescape=True),
            func.lower(User.full_name).contains(part, autoescape=True),
            User.id == search,
        )
    )
