"""Closing of accounts by their users: suspended at once, and erased some days later."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.auth import audit, service
from mp4totext.auth.errors import WrongPassword
from mp4totext.auth.models import ApiKey, Login, PasswordCode, Preferences, User, WsTicket
from mp4totext.auth.passwords import verify_password
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.runtime import Runtime

# Refresh tokens are deleted with their logins.
_ROWS = (Preferences, Login, ApiKey, PasswordCode, WsTicket)


class NothingToEnd(WrongState):
    code = "local_account"


def end_account(runtime: Runtime, user_id: str, *, password: str) -> datetime:
    """Suspend the account; returns when it is erased. Until then an administrator can activate it.

    Raises WrongPassword, NothingToEnd, or WrongState on the last administrator.
    """
    with runtime.database.read() as session:
        user = service.get_user(session, user_id)
    if not user.has_password:
        raise NothingToEnd
    rounds = runtime.settings.auth.bcrypt_rounds
    if not verify_password(password, user.password_hash, rounds=rounds):
        raise WrongPassword
    delete_at = now() + timedelta(days=runtime.settings.ingest.bin_days)
    with runtime.database.write() as session:
        service.same_as_verified(session, user)  # hashing took a while, without a transaction
        row = service.set_active(session, actor_id=user_id, user_id=user_id, active=False)
        row.delete_at = delete_at
        revoked = update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
        session.execute(revoked.values(revoked_at=now()))
    return delete_at


def due(session: Session) -> list[str]:
    """Ids of accounts to erase now; at most ten, as their recordings are deleted as well."""
    return list(session.scalars(select(User.id).where(User.delete_at < now()).limit(10)))


def erase(session: Session, user_id: str) -> None:
    """Erase all data that identifies the person.

    The row stays, as the ledger refers to it, and ledger entries are never deleted.
    """
    for model in _ROWS:
        session.execute(delete(model).where(model.user_id == user_id))
    user = service.get_user(session, user_id)
    user.email = f"{user_id}@deleted.invalid"
    user.password_hash = user.language = user.delete_at = None
    user.full_name = ""
    audit.record(session, actor_id=user_id, action="user.erased", target=user_id)
