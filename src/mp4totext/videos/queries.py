"""Queries for videos; all that read for a user go through ``owned``."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mp4totext.videos.errors import VideoNotFound
from mp4totext.videos.models import Video


def owned(user_id: str) -> Select[Video]:
    return select(Video).where(Video.user_id == user_id)


def by_id(session: Session, *, user_id: str, video_id: str) -> Video:
    """Raises VideoNotFound."""
    video = session.scalar(owned(user_id).where(Video.id == video_id))
    if video is None:
        raise VideoNotFound(video_id)
    return video


def listed(user_id: str, *, transcription_id: str) -> Select[Video]:
    return owned(user_id).where(Video.transcription_id == transcription_id)


def get(session: Session, *, user_id: str, transcription_id: str, video_id: str) -> Video:
    statement = listed(user_id, transcription_id=transcription_id).where(Video.id == video_id)
    video = session.scalar(statement)
    if video is None:
        raise VideoNotFound(video_id)
    return video
