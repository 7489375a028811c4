"""Change a recording. Every verb takes the session that commits it."""

from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import TranscriptionChange


def change(session: Session, transcription: Transcription, wanted: TranscriptionChange) -> None:
    if wanted.title is not None:
        transcription.title = wanted.title
    if wanted.version is not None:
        version = queries.version(session, transcription, wanted.version)
        transcription.version = version.number
        transcription.language = version.language
    transcription.updated_at = now()
