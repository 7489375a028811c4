"""Where pictures are stored, and how: as JPEG of our own, with a small one beside it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from mp4totext.images.models import StoredPicture
from mp4totext.jobs.operation import StoredFiles
from mp4totext.kit.log import get_logger
from mp4totext.kit.named import named
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.media.stills import Still, encoded, thumbnail
from mp4totext.runtime import Runtime

PREFIX = "images"

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPicture:
    """A picture whose objects are in storage."""

    image_id: str
    width: int
    height: int
    size_bytes: int
    sha256: str


def picture_key(image_id: str) -> str:
    return f"{PREFIX}/{image_id}/picture.jpg"


def thumbnail_key(image_id: str) -> str:
    return f"{PREFIX}/{image_id}/thumbnail.jpg"


def transparent_key(image_id: str) -> str:
    """The key of the PNG that is stored beside an upload with transparency, such as a logo."""
    return f"{PREFIX}/{image_id}/transparent.png"


def save(
    runtime: Runtime, image_id: str, still: Still, *, transparent: bytes | None = None
) -> SavedPicture:
    data, small = encoded(still), encoded(thumbnail(still))
    if transparent is not None:
        runtime.storage.put(transparent_key(image_id), transparent)
    runtime.storage.put(picture_key(image_id), data)
    runtime.storage.put(thumbnail_key(image_id), small)
    return SavedPicture(
        image_id=image_id,
        width=still.width,
        height=still.height,
        size_bytes=len(data) + len(small) + len(transparent or b""),
        sha256=hashlib.sha256(data).hexdigest(),
    )


# What waits to be made with a picture keeps a copy of it: (runtime, user_id, image_id).
_KEEPERS = ("mp4totext.videos.kept_files:keep_picture",)


def remove(runtime: Runtime, image_ids: Iterable[str], *, user_id: str | None = None) -> None:
    """Delete the objects of pictures. Call it after the rows were deleted.

    ``user_id``: their owner; None if the pictures were never listed.
    """
    for image_id in image_ids:
        try:
            if user_id is not None:
                for keeper in _KEEPERS:
                    named(keeper)(runtime, user_id, image_id)
            runtime.storage.delete_prefix(f"{PREFIX}/{image_id}")
        except (StorageUnavailable, ObjectMissing) as error:  # the sweeper removes orphans
            log.warning("storage.objects_left", row_id=image_id, reason=type(error).__name__)


IMAGE_FILES = StoredFiles(prefix=PREFIX, id_prefix="img", table=StoredPicture.__table__)
