"""The event ``image``, so that all open pages show the same pictures."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from mp4totext.events import log as event_log


def publish(
    session: Session,
    image_ids: Sequence[str],
    *,
    user_id: str,
    transcription_id: str | None,
    change: Literal["ready", "deleted"],
    job_id: str | None = None,
) -> None:
    """Append the event. Call it late in a transaction: it locks the user's log until the commit."""
    event_log.append(
        session,
        user_id=user_id,
        type="image",
        job_id=job_id,
        image_ids=list(image_ids),
        transcription_id=transcription_id,
        change=change,
    )
