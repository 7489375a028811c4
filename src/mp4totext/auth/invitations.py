"""Accounts created by administrators, and links by which users set their own password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mp4totext.auth import audit, service
from mp4totext.auth.errors import AccountDeactivated, WrongCode
from mp4totext.auth.local_user import LOCAL_EMAIL
from mp4totext.auth.models import PasswordCode, Role, User
from mp4totext.auth.passwords import hash_password, refuse_weak
from mp4totext.auth.sessions import OpenedSession, open_session
from mp4totext.auth.tokens import INVITATION, hashed, new_secret
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.runtime import Runtime

LIFETIME = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    user: User
    code: str
    expires_at: datetime


def invite(
    session: Session, *, actor_id: str, email: str, full_name: str, role: Role
) -> Invitation:
    """A new account without a password. Raises EmailTaken."""
    email = service.normal_email(email)
    user = service.add_user(
        session, email=email, password_hash=None, full_name=full_name, role=role
    )
    audit.record(
        session,
        actor_id=actor_id,
        action="user.invited",
        target=user.id,
        facts={"role": str(role)},
    )
    return _invitation(session, user)


def password_link(session: Session, *, actor_id: str, user_id: str) -> Invitation:
    """A new link; the previous one stops working. Raises WrongState for the local account."""
    user = service.get_user(session, user_id)
    if user.email == LOCAL_EMAIL:
        raise WrongState(
            "This machine's local account has no password: sign in with `mp4totext open`.",
            code="no_password",
        )
    audit.record(session, actor_id=actor_id, action="password.link_made", target=user.id)
    return _invitation(session, user)


def set_password(runtime: Runtime, *, code: str, new: str, device: str) -> OpenedSession:
    """Set the password, end all logins, and sign in.

    Raises WrongCode, WeakPassword, AccountDeactivated.
    """
    with runtime.database.read() as session:
        user = _owner(session, code)
    refuse_weak(new, email=user.email)
    new_hash = hash_password(new, rounds=runtime.settings.auth.bcrypt_rounds)
    with runtime.database.write() as session:
        user = _owner(session, code)
        session.execute(delete(PasswordCode).where(PasswordCode.user_id == user.id))
        user.password_hash = new_hash
        service.end_logins(session, user.id)
        audit.record(session, actor_id=user.id, action="password.set", target=user.id)
        return OpenedSession(user, open_session(session, user.id, device=device))


def _owner(session: Session, code: str) -> User:
    user = session.scalar(
        select(User)
        .join(PasswordCode, PasswordCode.user_id == User.id)
        .where(PasswordCode.code_hash == hashed(code), PasswordCode.expires_at > now())
    )
    if user is None:
        raise WrongCode
    if not user.active:
        raise AccountDeactivated
    return user


def _invitation(session: Session, user: User) -> Invitation:
    code, expires_at = new_secret(INVITATION), now() + LIFETIME
    session.merge(PasswordCode(user_id=user.id, code_hash=hashed(code), expires_at=expires_at))
    return Invitation(user=user, code=code, expires_at=expires_at)
