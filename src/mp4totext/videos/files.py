"""Where the objects of a video are."""

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


VIDEO_FILES = StoredFiles(prefix=PREFIX, id_prefix="vid", table=Video.__table__)
