"""Change recordings. Each function works in its caller's transaction."""

from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.recording_events import RecordingEvent, tell
from mp4totext.transcriptions.schemas import TranscriptionChange


def change(session: Session, transcription: Transcription, wanted: TranscriptionChange) -> None:
    if wanted.title is not None:
        transcription.title = wanted.title
    if wanted.version is not None:
        version = queries.version(session, transcription, wanted.version)
        transcription.version = version.number
        transcription.language = version.language
    at = now()
    if wanted.archived is not None:
        transcription.archived_at = (transcription.archived_at or at) if wanted.archived else None
    if wanted.binned is not None:
        transcription.binned_at = (transcription.binned_at or at) if wanted.binned else None
    transcription.updated_at = at
    session.flush()
    tell(session, transcription, _event(wanted))


def _event(wanted: TranscriptionChange) -> RecordingEvent:
    """For clients' lists, moving to the bin is a deletion, and restoring is a creation."""
    if wanted.binned is None:
        return "changed"
    return "deleted" if wanted.binned else "added"
