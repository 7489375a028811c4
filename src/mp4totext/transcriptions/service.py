"""Change recordings. Each function works in its caller's transaction."""

from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.recording_events import RecordingEvent, publish
from mp4totext.transcriptions.schemas import TranscriptionChange


def change(session: Session, transcription: Transcription, changes: TranscriptionChange) -> None:
    if changes.title is not None:
        transcription.title = changes.title
    if changes.version is not None:
        version = queries.version(session, transcription, changes.version)
        transcription.version = version.number
        transcription.language = version.language
    at = now()
    if changes.archived is not None:
        transcription.archived_at = (transcription.archived_at or at) if changes.archived else None
    if changes.binned is not None:
        transcription.binned_at = (transcription.binned_at or at) if changes.binned else None
    transcription.updated_at = at
    session.flush()
    publish(session, transcription, _event(changes))


def _event(changes: TranscriptionChange) -> RecordingEvent:
    """For clients' lists, moving to the bin is a deletion, and restoring is a creation."""
    if changes.binned is None:
        return "changed"
    return "deleted" if changes.binned else "added"
