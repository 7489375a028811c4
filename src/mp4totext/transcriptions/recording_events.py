"""Events about recordings, so that all open pages show the same library."""

from typing import Literal

from sqlalchemy.orm import Session

from mp4totext.events import log as event_log
from mp4totext.transcriptions.models import Transcription

RecordingEvent = Literal["added", "changed", "deleted"]


def publish(session: Session, transcription: Transcription, what: RecordingEvent) -> None:
    """Append the event. Call it late in a transaction: it locks the user's log until the commit."""
    event_log.append(
        session,
        user_id=transcription.user_id,
        type=f"recording_{what}",
        transcription_id=transcription.id,
    )
