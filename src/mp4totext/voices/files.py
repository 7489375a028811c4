"""Where the sound of speeches is stored."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.jobs.operation import StoredFiles
from mp4totext.voices.models import Speech

PREFIX = "speeches"
WAV, MP3 = "speech.wav", "speech.mp3"


def folder(speech_id: str) -> str:
    return f"{PREFIX}/{speech_id}"


def key(speech_id: str, name: str) -> str:
    return f"{folder(speech_id)}/{name}"


def _existing(session: Session, ids: list[str]) -> set[str]:
    return set(session.scalars(select(Speech.id).where(Speech.id.in_(ids))))


def _user_bytes(session: Session, user_id: str) -> int:
    total = select(func.sum(Speech.size_bytes)).where(Speech.user_id == user_id)
    return int(session.scalar(total) or 0)


SPEECH_FILES = StoredFiles(
    prefix=PREFIX, id_prefix="spk", existing=_existing, user_bytes=_user_bytes
)
