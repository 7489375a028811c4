"""The event ``video``, so that all open pages show the same videos."""

from typing import Literal

from sqlalchemy.orm import Session

from mp4totext.events import log as event_log


def publish(
    session: Session,
    video_id: str,
    *,
    user_id: str,
    transcription_id: str,
    change: Literal["ready", "deleted"],
    job_id: str | None = None,
) -> None:
    """Append the event. Call it late in a transaction: it locks the user's log until the commit."""
    event_log.append(
        session,
        user_id=user_id,
        type="video",
        job_id=job_id,
        video_id=video_id,
        transcription_id=transcription_id,
        change=change,
    )
