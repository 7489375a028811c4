"""Where the objects of a video are."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.jobs.operation import StoredFiles
from mp4totext.videos.models import Video

PREFIX = "videos"


def folder(video_id: str) -> str:
    return f"{PREFIX}/{video_id}"


def rendered_folder(video_id: str, revision: int) -> str:
    """A video that is rendered again is another file: links to the former never show half of it."""
    return f"{folder(video_id)}/{revision}"


def video_key(video_id: str, revision: int) -> str:
    return f"{rendered_folder(video_id, revision)}/video.mp4"


def thumbnail_key(video_id: str, revision: int) -> str:
    return f"{rendered_folder(video_id, revision)}/thumbnail.jpg"


def parts_folder(video_id: str) -> str:
    """What is only needed until the video is joined."""
    return f"{folder(video_id)}/parts"


def segment_key(video_id: str, number: int) -> str:
    return f"{parts_folder(video_id)}/{number:05}.ts"


def line_key(video_id: str, number: int) -> str:
    """A line of a translation, spoken."""
    return f"{parts_folder(video_id)}/line-{number:05}.wav"


def sound_key(video_id: str) -> str:
    return f"{parts_folder(video_id)}/sound.m4a"


def _existing(session: Session, ids: list[str]) -> set[str]:
    return set(session.scalars(select(Video.id).where(Video.id.in_(ids))))


def _user_bytes(session: Session, user_id: str) -> int:
    total = select(func.sum(Video.size_bytes)).where(Video.user_id == user_id)
    return int(session.scalar(total) or 0)


VIDEO_FILES = StoredFiles(
    prefix=PREFIX, id_prefix="vid", existing=_existing, user_bytes=_user_bytes
)
