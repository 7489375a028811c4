"""Every SELECT of voices; all go through ``owned``."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from mp4totext.transcriptions.speaker_profiles.errors import VoiceNotFound
from mp4totext.transcriptions.speaker_profiles.models import Voice, VoiceConsent


def owned(user_id: str) -> Select[Voice]:
    return select(Voice).where(Voice.user_id == user_id)


def get(session: Session, *, user_id: str, voice_id: str) -> Voice:
    found = session.scalar(owned(user_id).where(Voice.id == voice_id))
    if found is None:
        raise VoiceNotFound(voice_id)
    return found


def consent(session: Session, user_id: str, *, lock: bool = False) -> VoiceConsent | None:
    statement = select(VoiceConsent).where(VoiceConsent.user_id == user_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def count(session: Session, user_id: str) -> int:
    counted = select(func.count()).select_from(Voice).where(Voice.user_id == user_id)
    return session.scalar(counted) or 0


def known(session: Session, user_id: str) -> list[Voice]:
    """With their embeddings; none without the account's consent."""
    if consent(session, user_id) is None:
        return []
    return list(session.scalars(owned(user_id).options(undefer(Voice.embedding))))
