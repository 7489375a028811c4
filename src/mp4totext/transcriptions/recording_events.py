"""Events about a recording itself, so that all open pages agree on what is in the library."""

from typing import Literal

from sqlalchemy.orm import Session

from mp4totext.events import log as event_log
from mp4totext.transcriptions.models import Transcription

RecordingEvent = Literal["added", "changed", "deleted"]


def tell(session: Session, transcription: Transcription, what: RecordingEvent) -> None:
    """Call it late in a transaction: it locks the user's log until the commit."""
    event_log.append(
        session,
        user_id=transcription.user_id,
        type=f"recording_{what}",
        transcription_id=transcription.id,
    )
