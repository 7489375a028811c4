"""Files that are deleted while videos with them wait or are being made.

Each such video gets a copy among its parts, which are deleted when its job has ended.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from mp4totext.images.files import picture_key, transparent_key
from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.runtime import Runtime
from mp4totext.videos.files import kept_brand_key, kept_image_key, kept_music_key
from mp4totext.videos.models import Video
from mp4totext.videos.storyboard import Storyboard

log = get_logger()


def keep_picture(runtime: Runtime, user_id: str, image_id: str) -> None:
    for video_id, params in _ordered(runtime, user_id):
        if image_id in Storyboard.model_validate(params["storyboard"]).image_ids:
            for key in (picture_key(image_id), transparent_key(image_id)):
                with suppress(ObjectMissing):  # few pictures are transparent
                    runtime.storage.copy(key, kept_image_key(video_id, key))


def keep_music(runtime: Runtime, user_id: str, transcription_id: str) -> None:
    """Keep the file of a recording that videos play as their music."""
    for video_id, params in _ordered(runtime, user_id):
        music = params.get("music")
        if music is not None and music["transcription_id"] == transcription_id:
            try:
                runtime.storage.copy(music["media_key"], kept_music_key(video_id))
            except (StorageUnavailable, ObjectMissing) as error:  # the video fails, and says why
                log.warning("storage.not_kept", row_id=video_id, reason=type(error).__name__)


def keep_brand_files(runtime: Runtime, user_id: str, keys: Collection[str]) -> None:
    for video_id, params in _ordered(runtime, user_id):
        for file in params.get("branding", {}).values():
            if file is not None and file["key"] in keys:
                runtime.storage.copy(file["key"], kept_brand_key(video_id, file["key"]))


def _ordered(runtime: Runtime, user_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Videos that wait or are being made, each with what its job was ordered with."""
    statement = (
        select(Video.id, Job.params)
        .join(Job, Job.id == Video.job_id)
        .where(Video.user_id == user_id, Job.state.not_in(ENDED), Job.operation == "render_video")
    )
    with runtime.database.read() as session:
        return [(video_id, params) for video_id, params in session.execute(statement)]
