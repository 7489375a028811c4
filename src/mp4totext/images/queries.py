"""Queries for pictures; all that read for a user go through ``owned``."""

from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mp4totext.images.errors import ImageNotFound
from mp4totext.images.models import StoredPicture
from mp4totext.jobs.models import ENDED, Job


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


def existing(
    session: Session, *, user_id: str, image_ids: Iterable[str]
) -> dict[str, StoredPicture]:
    """Those pictures that belong to the user, by id."""
    statement = owned(user_id).where(StoredPicture.id.in_(list(image_ids)))
    return {picture.id: picture for picture in session.scalars(statement)}


def being_made(session: Session, *, user_id: str) -> dict[str, str]:
    """The id of each picture that is being made, and its job."""
    statement = select(Job.id, Job.params).where(
        Job.user_id == user_id, Job.operation == "generate_images", Job.state.not_in(ENDED)
    )
    return {
        image_id: job_id
        for job_id, params in session.execute(statement)
        for image_id in params.get("image_ids", ())
    }


def of_job(session: Session, *, user_id: str, job_id: str) -> list[StoredPicture]:
    """The pictures of a job, in the order of the request."""
    statement = owned(user_id).where(StoredPicture.job_id == job_id)
    return list(session.scalars(statement.order_by(StoredPicture.id)))
