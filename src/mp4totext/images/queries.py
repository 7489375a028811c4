"""Queries for pictures; all that read for a user go through ``owned``."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mp4totext.images.errors import ImageNotFound
from mp4totext.images.models import StoredPicture


def owned(user_id: str) -> Select[StoredPicture]:
    return select(StoredPicture).where(StoredPicture.user_id == user_id)


def listed(user_id: str, *, transcription_id: str | None = None) -> Select[StoredPicture]:
    statement = owned(user_id)
    if transcription_id is None:
        return statement
    return statement.where(StoredPicture.transcription_id == transcription_id)


def get(session: Session, *, user_id: str, image_id: str) -> StoredPicture:
    """Raises ImageNotFound."""
    picture = session.scalar(owned(user_id).where(StoredPicture.id == image_id))
    if picture is None:
        raise ImageNotFound(image_id)
    return picture


def of_job(session: Session, *, user_id: str, job_id: str) -> list[StoredPicture]:
    """In the order they were asked for."""
    statement = owned(user_id).where(StoredPicture.job_id == job_id)
    return list(session.scalars(statement.order_by(StoredPicture.id)))
