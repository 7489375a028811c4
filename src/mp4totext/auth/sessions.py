"""Sessions of browsers, and the codes that sign the local account in.

A session is a login whose secret is in a cookie instead of refresh tokens: those are valid once, so
two tabs that refresh at the same moment would end the login.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.auth import audit, queries, service
from mp4totext.auth.errors import AccountDeactivated, WrongCode
from mp4totext.auth.identity import SESSION_IDLE
from mp4totext.auth.local_user import local_user
from mp4totext.auth.models import Login, Role, SignInCode, User
from mp4totext.auth.tokens import CODE, SESSION, hashed, new_secret
from mp4totext.kit.clock import now
from mp4totext.kit.errors import NotFound
from mp4totext.kit.ids import new_id
from mp4totext.kit.pagination import PageQuery, fetch_page
from mp4totext.runtime import Runtime

CODE_LIFETIME = timedelta(minutes=10)
DEVICE_CHARS = 300  # the description by a browser is shorter


@dataclass(frozen=True, slots=True)
class OpenedSession:
    user: User
    secret: str


def sign_in(runtime: Runtime, *, email: str, password: str, device: str) -> OpenedSession:
    """Raises WrongLogin or AccountDeactivated, as ``service.log_in`` does."""
    user = service.verified(runtime, email=email, password=password)
    with runtime.database.write() as session:
        service.same_as_verified(session, user)
        return OpenedSession(user, open_session(session, user.id, device=device))


def sign_in_with_code(session: Session, code: str, *, device: str) -> OpenedSession:
    """Sign the local account in, which becomes an administrator. Raises WrongCode.

    Whoever can create a code can read and write the whole database, so it adds no right.
    """
    expires_at = session.scalar(
        delete(SignInCode)
        .where(SignInCode.code_hash == hashed(code))
        .returning(SignInCode.expires_at)
    )
    if expires_at is None or expires_at <= now():
        raise WrongCode
    user = local_user(session)
    if not user.active:
        raise AccountDeactivated
    if user.role != Role.ADMIN:
        user.role = Role.ADMIN
        audit.record(session, actor_id=audit.COMMAND, action="admin.created", target=user.id)
    return OpenedSession(user, open_session(session, user.id, device=device))


def make_code(session: Session) -> str:
    """A code that signs the local account in once, on this machine, within CODE_LIFETIME."""
    code = new_secret(CODE)
    session.add(SignInCode(code_hash=hashed(code), expires_at=now() + CODE_LIFETIME))
    return code


def open_session(session: Session, user_id: str, *, device: str) -> str:
    """The secret for the cookie; only its hash is stored."""
    secret = new_secret(SESSION)
    at = now()
    login = Login(
        id=new_id("lgn"),
        user_id=user_id,
        created_at=at,
        expires_at=at + SESSION_IDLE,
        secret_hash=hashed(secret),
        last_used_at=at,
        device=device[:DEVICE_CHARS],
    )
    session.add(login)
    session.flush()
    return secret


def list_sessions(
    session: Session, user_id: str, page: PageQuery
) -> tuple[list[Login], str | None]:
    """All signed-in devices: browsers, and clients with refresh tokens."""
    return fetch_page(session, queries.open_logins(user_id, now()), by=Login.id, page=page)


def end_session(session: Session, user_id: str, login_id: str) -> None:
    """End a session; its cookie or tokens are refused from now on. Raises NotFound."""
    login = session.scalar(queries.open_logins(user_id, now()).where(Login.id == login_id))
    if login is None:
        raise NotFound(f"You have no open session {login_id!r}.")
    login.revoked_at = now()
