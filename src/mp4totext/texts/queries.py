"""Queries for texts; those for users go through ``owned``."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from mp4totext.events import log as events
from mp4totext.texts.errors import TextNotFound
from mp4totext.texts.models import TextSource, WrittenText
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.writing.generate.source import Recording


def owned(user_id: str) -> Select[WrittenText]:
    return select(WrittenText).where(WrittenText.user_id == user_id)


def listed(user_id: str, *, transcription_id: str, kind: str | None) -> Select[WrittenText]:
    """Texts of a recording, without their bodies."""
    statement = owned(user_id).where(WrittenText.transcription_id == transcription_id)
    return statement if kind is None else statement.where(WrittenText.kind == kind)


def of_recording(transcription_id: str) -> Select[WrittenText]:
    """The finished texts of a recording, newest first, without their bodies."""
    return (
        select(WrittenText)
        .where(WrittenText.transcription_id == transcription_id, WrittenText.body.is_not(None))
        .order_by(WrittenText.id.desc())
    )


def get(
    session: Session, *, user_id: str, text_id: str, transcription_id: str | None
) -> WrittenText:
    """A text with its body. ``transcription_id`` None: an answer from several recordings.

    Raises TextNotFound, also for an answer from a recording that was deleted since.
    """
    statement = owned(user_id).where(
        WrittenText.id == text_id, WrittenText.transcription_id == transcription_id
    )
    if transcription_id is None:  # the sweeper deletes such answers, but only within a minute
        statement = statement.where(WrittenText.id.not_in(answers_of_deleted()))
    text = session.scalar(
        statement.options(
            undefer(WrittenText.body), undefer(WrittenText.data), undefer(WrittenText.citations)
        )
    )
    if text is None:
        raise TextNotFound(text_id)
    return text


def answers_of_deleted() -> Select[str]:
    """Ids of answers from several recordings, one of which was deleted."""
    source_count = (
        select(func.count())
        .where(TextSource.text_id == WrittenText.id)
        .correlate(WrittenText)
        .scalar_subquery()
    )
    return select(WrittenText.id).where(
        WrittenText.transcription_id.is_(None), source_count < WrittenText.sources
    )


def written_so_far(session: Session, text: WrittenText) -> str:
    """The Markdown that a model has sent so far of a text in progress; "" if none."""
    written = ""
    for delta in events.bodies(session, text.job_id or "", "text_delta"):
        written = written[: delta["at"]] + delta["text"]
    return written


def recording(
    session: Session, *, user_id: str, transcription_id: str, version: int | None
) -> Recording:
    """A recording of the user with a version of its transcript; None: the current one.

    Raises TranscriptionNotFound, or NotReady if it has no transcript.
    """
    row = transcriptions.get(session, user_id=user_id, transcription_id=transcription_id)
    return Recording(
        transcription_id=row.id,
        title=row.title,
        transcript=transcript_of(session, transcriptions.version(session, row, version)),
    )
