"""Pictures of the account that are deleted while a video with them waits or is being made."""

from contextlib import suppress

from mp4totext.images.files import picture_key, transparent_key
from mp4totext.kit.storage import ObjectMissing
from mp4totext.runtime import Runtime
from mp4totext.videos import files, queries
from mp4totext.videos.storyboard import Storyboard


def keep_for_ordered(runtime: Runtime, user_id: str, image_id: str) -> None:
    """Copy it to the parts of each such video, which are deleted when the job has ended."""
    with runtime.database.read() as session:
        ordered = queries.ordered(session, user_id)
    for video_id, params in ordered:
        if image_id in _shown(Storyboard.model_validate(params["storyboard"])):
            for key in (picture_key(image_id), transparent_key(image_id)):
                with suppress(ObjectMissing):  # few pictures are transparent
                    runtime.storage.copy(key, files.kept_image_key(video_id, key))


def _shown(board: Storyboard) -> set[str | None]:
    logo = board.look.logo
    return {logo.image_id if logo else None, *(each.picture.image_id for each in board.scenes)}
