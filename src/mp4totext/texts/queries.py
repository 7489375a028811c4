"""Every SELECT of texts; all for users go through ``owned``."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from mp4totext.jobs.models import Job
from mp4totext.texts.errors import TextNotFound
from mp4totext.texts.material import Recording
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.service import transcript_of


def owned(user_id: str) -> Select[WrittenText]:
    return select(WrittenText).where(WrittenText.user_id == user_id)


def listed(user_id: str, *, transcription_id: str, kind: str | None) -> Select[WrittenText]:
    """Without the words of the texts."""
    statement = owned(user_id).where(WrittenText.transcription_id == transcription_id)
    return statement if kind is None else statement.where(WrittenText.kind == kind)


def get(
    session: Session, *, user_id: str, text_id: str, transcription_id: str | None
) -> WrittenText:
    statement = owned(user_id).where(
        WrittenText.id == text_id, WrittenText.transcription_id == transcription_id
    )
    found = session.scalar(
        statement.options(
            undefer(WrittenText.body), undefer(WrittenText.data), undefer(WrittenText.citations)
        )
    )
    if found is None:
        raise TextNotFound(text_id)
    return found


def jobs_of(session: Session, texts: list[WrittenText]) -> dict[str, Job]:
    ids = [text.job_id for text in texts if text.job_id is not None]
    return {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(ids)))}


def recording(
    session: Session, *, user_id: str, transcription_id: str, version: int | None
) -> Recording:
    """Raises NotReady without a transcript, and not-found for someone else's."""
    found = transcriptions.get(session, user_id=user_id, transcription_id=transcription_id)
    return Recording(
        transcription_id=found.id,
        title=found.title,
        transcript=transcript_of(transcriptions.version(session, found, version)),
    )
