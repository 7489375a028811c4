"""All SELECTs of speaker profiles; they go through ``owned``."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from mp4totext.providers.diarization import voice_prints
from mp4totext.providers.diarization.voice_prints import VoicePrint
from mp4totext.transcriptions.speaker_profiles.errors import (
    SpeakerProfileNotFound,
    TooManySpeakerProfiles,
)
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile, SpeakerProfileConsent

MAX_PROFILES = 200


def owned(user_id: str) -> Select[SpeakerProfile]:
    return select(SpeakerProfile).where(SpeakerProfile.user_id == user_id)


def get(session: Session, *, user_id: str, profile_id: str) -> SpeakerProfile:
    found = session.scalar(owned(user_id).where(SpeakerProfile.id == profile_id))
    if found is None:
        raise SpeakerProfileNotFound(profile_id)
    return found


def consent(session: Session, user_id: str, *, lock: bool = False) -> SpeakerProfileConsent | None:
    statement = select(SpeakerProfileConsent).where(SpeakerProfileConsent.user_id == user_id)
    return session.scalar(statement.with_for_update() if lock else statement)


def count(session: Session, user_id: str) -> int:
    counted = (
        select(func.count()).select_from(SpeakerProfile).where(SpeakerProfile.user_id == user_id)
    )
    return session.scalar(counted) or 0


def refuse_above_limit(session: Session, user_id: str) -> None:
    """Raises TooManySpeakerProfiles."""
    if count(session, user_id) >= MAX_PROFILES:
        raise TooManySpeakerProfiles(
            f"An account has at most {MAX_PROFILES} speaker profiles: delete one first."
        )


def voice_prints_of(session: Session, user_id: str) -> dict[str, VoicePrint]:
    """Voice prints by profile id; none without the account's consent."""
    if consent(session, user_id) is None:
        return {}
    rows = session.scalars(owned(user_id).options(undefer(SpeakerProfile.embedding)))
    return {row.id: voice_prints.from_bytes(row.embedding) for row in rows}
