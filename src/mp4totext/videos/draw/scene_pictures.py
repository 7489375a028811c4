"""The pictures of the scenes of slides, before motion is applied."""

from pathlib import Path

from mp4totext.images.files import picture_key, transparent_key
from mp4totext.kit.storage import ObjectMissing, Storage
from mp4totext.media.backgrounds import Floats, background
from mp4totext.media.cards import QUIET_AT
from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import Still, of_planes, read_still
from mp4totext.videos.errors import PictureMissing
from mp4totext.videos.files import kept_image_key
from mp4totext.videos.storyboard import Logo, Scene, Storyboard


def card_ground(board: Storyboard, scene: Scene, width: int, height: int) -> Floats:
    """The background of a card. It depends on the id of the scene, so it stays the same."""
    return background(
        width,
        height,
        palette=board.colours(scene),
        seed=(board.seed + int(scene.id[1:]) - 1) % 2**32,
        quiet_at=QUIET_AT,
    )


def frame_at(pictures: PictureReader, at_ms: int) -> Still:
    (planes,) = pictures.frames(at_ms, fps=1, first=0, stop=1)
    return of_planes(pictures.track, planes)


def stored_logo(
    storage: Storage, logo: Logo, workdir: Path, *, video_id: str | None = None
) -> Path:
    """The picture as a local file; transparency is kept.

    ``video_id``: as for ``stored_image``. Raises PictureMissing.
    """
    for key in (transparent_key(logo.image_id), picture_key(logo.image_id)):
        path = workdir / f"logo{Path(key).suffix}"
        try:
            stored = _fetched(storage, key, path, video_id)
        except ObjectMissing:
            continue
        if stored != path:
            path.unlink(missing_ok=True)
            path.symlink_to(stored)
        return path
    raise PictureMissing(f"The logo {logo.image_id!r} is deleted. Choose another picture.")


def stored_image(
    storage: Storage, scene: Scene, workdir: Path, *, video_id: str | None = None
) -> Still:
    """The picture of the account that a scene shows.

    ``video_id``: one that was ordered with it, for which it stays when it is deleted. Raises
    PictureMissing.
    """
    image_id = scene.picture.image_id
    assert image_id is not None
    try:
        path = _fetched(storage, picture_key(image_id), workdir / f"{image_id}.jpg", video_id)
        return read_still(path)
    except ObjectMissing:
        raise PictureMissing(
            f"The picture {image_id!r} of the scene {scene.id!r} is missing: it was not made, or "
            "was deleted. Choose another."
        ) from None


def _fetched(storage: Storage, key: str, path: Path, video_id: str | None) -> Path:
    """Raises ObjectMissing."""
    try:
        return storage.fetch(key, path)
    except ObjectMissing:
        if video_id is None:
            raise
        return storage.fetch(kept_image_key(video_id, key), path)
