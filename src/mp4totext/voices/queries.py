"""Queries for speeches; all that read for a user go through ``owned``."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from mp4totext.voices.errors import SpeechNotFound
from mp4totext.voices.models import Speech


def owned(user_id: str) -> Select[Speech]:
    return select(Speech).where(Speech.user_id == user_id)


def get(session: Session, *, user_id: str, speech_id: str) -> Speech:
    """A speech with its text and words. Raises SpeechNotFound."""
    statement = owned(user_id).where(Speech.id == speech_id)
    speech = session.scalar(statement.options(undefer(Speech.text), undefer(Speech.words)))
    if speech is None:
        raise SpeechNotFound(speech_id)
    return speech
