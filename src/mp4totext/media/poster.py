"""One picture of a video, for lists."""

from pathlib import Path

from mp4totext.media.errors import MediaError
from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import encoded, of_planes
from mp4totext.media.structure import Structure

_PIXELS_MAX = 640 * 360  # lists show it smaller


def poster(path: Path, structure: Structure, *, duration_ms: int) -> bytes | None:
    """An upright JPEG of the frame at a tenth of the recording; None if none can be decoded."""
    try:
        with PictureReader(path, structure, pixels_max=_PIXELS_MAX) as reader:
            (planes,) = reader.frames(duration_ms // 10, fps=1, first=0, stop=1)
            return encoded(of_planes(reader.track, planes))
    except MediaError:  # the recording may still have sound, so the list shows no picture
        return None
