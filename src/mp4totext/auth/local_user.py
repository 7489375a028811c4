"""The account of this machine, which its commands use."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.auth import queries
from mp4totext.auth.models import Role, User
from mp4totext.credits import ledger
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id

LOCAL_EMAIL = "local@mp4totext.invalid"  # no one can register an account with this domain


def local_user(session: Session) -> User:
    """The account of this machine, created on first use: without a password, and not metered."""
    user = queries.user_by_email(session, LOCAL_EMAIL)
    return _added(session) if user is None else user


def _added(session: Session) -> User:
    user = User(
        id=new_id("usr"),
        email=LOCAL_EMAIL,
        password_hash=None,
        full_name="Local command",
        role=Role.USER,
        active=True,
        metered=False,
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:  # another process has just created it
        return session.scalars(select(User).where(User.email == LOCAL_EMAIL)).one()
    ledger.open_account(session, user_id=user.id, gift_uc=0)
    return user
