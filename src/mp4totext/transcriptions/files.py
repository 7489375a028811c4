"""Where the objects of a recording are."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.jobs.operation import StoredFiles
from mp4totext.transcriptions.models import Transcription

PREFIX = "recordings"


def recording_folder(transcription_id: str) -> str:
    return f"{PREFIX}/{transcription_id}"


def media_key(transcription_id: str) -> str:
    """Opaque: nothing of the user's file name."""
    return f"{recording_folder(transcription_id)}/media"


def peaks_key(transcription_id: str) -> str:
    return f"{recording_folder(transcription_id)}/peaks"


def playback_key(transcription_id: str) -> str:
    """Of a copy that browsers play."""
    return f"{recording_folder(transcription_id)}/playback"


def poster_key(transcription_id: str) -> str:
    return f"{recording_folder(transcription_id)}/poster"


def _existing(session: Session, ids: list[str]) -> set[str]:
    return set(session.scalars(select(Transcription.id).where(Transcription.id.in_(ids))))


def _user_bytes(session: Session, user_id: str) -> int:
    total = select(func.sum(Transcription.size_bytes)).where(Transcription.user_id == user_id)
    return int(session.scalar(total) or 0)


RECORDING_FILES = StoredFiles(
    prefix=PREFIX, id_prefix="trn", existing=_existing, user_bytes=_user_bytes
)
