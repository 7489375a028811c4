"""Reads of shares; all for users go through ``owned``."""

from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from mp4totext.auth.models import User
from mp4totext.shares.errors import CommentNotFound, ShareNotFound
from mp4totext.shares.models import Share, ShareComment
from mp4totext.transcriptions.models import Transcription


def owned(user_id: str) -> Select[Share]:
    return select(Share).where(Share.user_id == user_id)


def get(session: Session, *, user_id: str, share_id: str) -> Share:
    share = session.scalar(owned(user_id).where(Share.id == share_id))
    if share is None:
        raise ShareNotFound
    return share


def count(session: Session, transcription_id: str) -> int:
    statement = select(func.count()).where(Share.transcription_id == transcription_id)
    return session.scalar(statement) or 0


def owned_comments(user_id: str) -> Select[ShareComment]:
    return select(ShareComment).where(ShareComment.user_id == user_id)


def comment(session: Session, *, user_id: str, comment_id: str) -> ShareComment:
    """Raises CommentNotFound."""
    row = session.scalar(owned_comments(user_id).where(ShareComment.id == comment_id))
    if row is None:
        raise CommentNotFound(comment_id)
    return row


def comments_of(session: Session, share: Share) -> list[ShareComment]:
    """Comments that were written through the link, by their times in the recording."""
    statement = select(ShareComment).where(ShareComment.share_id == share.id)
    return list(session.scalars(statement.order_by(ShareComment.at_ms, ShareComment.id)))


def comment_counts(session: Session, share: Share) -> tuple[int, int]:
    """The number of comments of the link, and of its recording."""
    counted = select(func.count().filter(ShareComment.share_id == share.id), func.count()).where(
        ShareComment.transcription_id == share.transcription_id
    )
    of_link, of_recording = session.execute(counted).one()
    return of_link, of_recording


def titles(session: Session, shares: list[Share]) -> dict[str, str]:
    ids = [share.transcription_id for share in shares]
    statement = select(Transcription.id, Transcription.title).where(Transcription.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(statement)}


def opened_by(session: Session, token_hash: str, at: datetime) -> tuple[Share, Transcription]:
    """Raises ShareNotFound, also if the recording is in the bin or its owner deactivated."""
    row = session.execute(_open(at).where(Share.token_hash == token_hash)).first()
    if row is None:
        raise ShareNotFound
    return row[0], row[1]


def is_open(session: Session, share_id: str, at: datetime) -> bool:
    return session.execute(_open(at).where(Share.id == share_id)).first() is not None


def _open(at: datetime) -> Select[Share, Transcription]:
    """Shares that visitors may open, with their recordings."""
    return (
        select(Share, Transcription)
        .join(Transcription, Transcription.id == Share.transcription_id)
        .join(User, User.id == Share.user_id)
        .where(
            or_(Share.expires_at.is_(None), Share.expires_at > at),
            Transcription.binned_at.is_(None),
            User.active.is_(True),
        )
    )
