"""Reads of tags; all for users go through ``owned``."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mp4totext.transcriptions.library.errors import TagNotFound
from mp4totext.transcriptions.models import Tag, Transcription, TranscriptionTag


def owned(user_id: str) -> Select[Tag]:
    return select(Tag).where(Tag.user_id == user_id)


def get(session: Session, *, user_id: str, tag_id: str) -> Tag:
    tag = session.scalar(owned(user_id).where(Tag.id == tag_id))
    if tag is None:
        raise TagNotFound(tag_id)
    return tag


def count(session: Session, user_id: str) -> int:
    return session.scalar(select(func.count()).where(Tag.user_id == user_id)) or 0


def uses(session: Session, tags: Sequence[Tag]) -> dict[str, int]:
    """The number of recordings with each tag, without those in the bin."""
    statement = (
        select(TranscriptionTag.tag_id, func.count())
        .join(Transcription, Transcription.id == TranscriptionTag.transcription_id)
        .where(
            TranscriptionTag.tag_id.in_([tag.id for tag in tags]),
            Transcription.binned_at.is_(None),
        )
        .group_by(TranscriptionTag.tag_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
