"""Every SELECT of texts; all for users go through ``owned``."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from mp4totext.jobs.models import Job
from mp4totext.texts.errors import TextNotFound
from mp4totext.texts.models import TextSource, WrittenText
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.generate.source import Recording


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
    if transcription_id is None:
        statement = statement.where(WrittenText.id.not_in(bereft()))
    found = session.scalar(
        statement.options(
            undefer(WrittenText.body), undefer(WrittenText.data), undefer(WrittenText.citations)
        )
    )
    if found is None:
        raise TextNotFound(text_id)
    return found


def bereft() -> Select[str]:
    """Ids of answers that hold words of a recording that was deleted."""
    left = (
        select(func.count())
        .where(TextSource.text_id == WrittenText.id)
        .correlate(WrittenText)
        .scalar_subquery()
    )
    return select(WrittenText.id).where(
        WrittenText.transcription_id.is_(None), left < WrittenText.sources
    )


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
        transcript=transcript_of(session, transcriptions.version(session, found, version)),
    )
