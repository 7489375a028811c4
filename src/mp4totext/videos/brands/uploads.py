"""Uploads of a brand: a font, and a picture or a short film before and after its videos."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.received_files import ReceivedUpload
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import MediaError, NoAudio
from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import encoded, read_still
from mp4totext.media.typeface import read_font
from mp4totext.runtime import Runtime
from mp4totext.videos import files, kept_files
from mp4totext.videos.brands.branding import CLIP_MS_MAX, BrandClip, BrandFont
from mp4totext.videos.draw.canvas import PIXELS_MAX
from mp4totext.videos.errors import BadBrandClip, NotAFont
from mp4totext.videos.models import Brand

BrandFileName = Literal["font", "intro", "outro"]
FONT_BYTES_MAX = 8 << 20
CLIP_BYTES_MAX = 100 << 20
_CLIP_MS_MIN = 500
_PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG")

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A stored object whose row has not been written yet."""

    name: BrandFileName
    file: BrandFont | BrandClip


def keep_font(runtime: Runtime, brand_id: str, received: ReceivedUpload) -> StoredFile:
    """Store a font, rewritten by a limited process. Raises NotAFont."""
    family = f"Brand{received.sha256[:16]}"
    try:
        name, data = read_font(received.path, family)
    except MediaError as error:
        raise NotAFont(error.message) from error
    sha256 = hashlib.sha256(data).hexdigest()
    key = files.brand_key(brand_id, new_id("brf"), "ttf")
    runtime.storage.put(key, data)
    font = BrandFont(key=key, sha256=sha256, size_bytes=len(data), name=name, family=family)
    return StoredFile(name="font", file=font)


def keep_clip(
    runtime: Runtime,
    brand_id: str,
    place: Literal["intro", "outro"],
    received: ReceivedUpload,
    *,
    picture_ms: int,
) -> StoredFile:
    """Store an intro or outro: pictures re-encoded, films unchanged. Raises BadBrandClip."""
    try:
        if _is_picture(received.path):
            data = encoded(read_still(received.path, pixels_max=PIXELS_MAX))
            sha256 = hashlib.sha256(data).hexdigest()
            key = files.brand_key(brand_id, new_id("brf"), "jpg")
            size_bytes = len(data)
            runtime.storage.put(key, data)
            kind, length_ms, has_sound = "picture", picture_ms, False
        else:
            kind = "video"
            length_ms, has_sound = _film(received.path)
            sha256, size_bytes = received.sha256, received.size_bytes
            key = files.brand_key(brand_id, new_id("brf"), "film")
            runtime.storage.adopt(received.path, key)
    except MediaError as error:
        raise BadBrandClip(error.message) from error
    clip = BrandClip.model_validate(
        {
            "key": key,
            "sha256": sha256,
            "size_bytes": size_bytes,
            "kind": kind,
            "length_ms": length_ms,
            "has_sound": has_sound,
        }
    )
    return StoredFile(name=place, file=clip)


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(12)
    return start.startswith(_PICTURE_STARTS) or (start[:4], start[8:]) == (b"RIFF", b"WEBP")


def _film(path: Path) -> tuple[int, bool]:
    """The length in ms, and whether there is a sound track.

    Raises MediaError if there is no picture, and BadBrandClip if it is too long or short.
    """
    try:
        with AudioReader(path) as reader:
            structure = reader.structure
    except NoAudio:
        structure = None
    with PictureReader(path, structure, pixels_max=PIXELS_MAX) as pictures:
        length_ms = pictures.length_ms() if structure is None else structure.length_ms
    if not _CLIP_MS_MIN <= length_ms <= CLIP_MS_MAX:
        raise BadBrandClip(
            f"The film is {length_ms / 1000:.1f} s long: an intro or an outro has "
            f"{_CLIP_MS_MIN / 1000:g} to {CLIP_MS_MAX // 1000} seconds."
        )
    return length_ms, structure is not None


def write(
    session: Session,
    runtime: Runtime,
    brand: Brand,
    stored: StoredFile,
    require_space: Callable[[Session, int], None],
) -> None:
    """Store a file in place of the former one, whose object is deleted after the commit.

    Videos that are ordered with the former file keep it until they are made.
    """
    require_space(session, stored.file.size_bytes)
    _set(session, runtime, brand, stored.name, stored.file.model_dump(mode="json"))


def discard(runtime: Runtime, stored: StoredFile) -> None:
    """Delete the object of an upload that was refused after it was stored."""
    _remove(runtime, _folder_of(stored.file.key))


def clear(session: Session, runtime: Runtime, brand: Brand, name: BrandFileName) -> None:
    _set(session, runtime, brand, name, None)


def _set(
    session: Session,
    runtime: Runtime,
    brand: Brand,
    name: BrandFileName,
    value: dict[str, Any] | None,
) -> None:
    former = getattr(brand, name)
    setattr(brand, name, value)
    files_left = [each for each in (brand.font, brand.intro, brand.outro) if each is not None]
    brand.size_bytes = sum(each["size_bytes"] for each in files_left)
    brand.updated_at = now()
    session.flush()
    if former is not None and former["key"] not in {each["key"] for each in files_left}:
        key = former["key"]
        remove = partial(_remove, runtime, _folder_of(key), user_id=brand.user_id, keys=[key])
        after_commit(session, remove)


def remove_all(session: Session, runtime: Runtime, brand: Brand) -> None:
    """Delete the files of a deleted brand after its row was deleted."""
    stored = [each for each in (brand.font, brand.intro, brand.outro) if each is not None]
    keys = [each["key"] for each in stored]
    folder = files.brand_folder(brand.id)
    after_commit(session, partial(_remove, runtime, folder, user_id=brand.user_id, keys=keys))


def _folder_of(key: str) -> str:
    """The folder of an object; each object has its own."""
    return key.rpartition("/")[0]


def _remove(
    runtime: Runtime, folder: str, *, user_id: str | None = None, keys: Collection[str] = ()
) -> None:
    """``user_id``: the account whose waiting videos keep copies of these objects."""
    try:
        if user_id is not None:
            kept_files.keep_brand_files(runtime, user_id, keys)
        runtime.storage.delete_prefix(folder)
    except (StorageUnavailable, ObjectMissing) as error:  # the sweeper removes orphans
        log.warning("storage.objects_left", prefix=folder, reason=type(error).__name__)
