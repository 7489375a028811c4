"""Reads of renditions."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.jobs.models import ENDED, Job
from mp4totext.transcriptions.renditions.errors import NotMade
from mp4totext.transcriptions.renditions.models import Rendition


def made(session: Session, transcription_id: str) -> Rendition:
    """Raises NotMade."""
    row = session.get(Rendition, transcription_id)
    if row is None:
        raise NotMade
    return row


def active_job(session: Session, transcription_id: str, *, operation: str) -> Job | None:
    statement = select(Job).where(
        Job.subject_id == transcription_id, Job.operation == operation, Job.state.not_in(ENDED)
    )
    return session.scalar(statement.limit(1))
