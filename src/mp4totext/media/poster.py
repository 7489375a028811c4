"""One picture of a video, for lists."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from mp4totext.media.errors import MediaError
from mp4totext.media.pictures import PictureReader, PictureTrack
from mp4totext.media.structure import Structure

_PIXELS_MAX = 640 * 360  # a list shows it smaller


def poster(path: Path, structure: Structure, *, duration_ms: int) -> bytes | None:
    """A JPEG from a tenth into the recording, upright; None where no picture can be read."""
    try:
        with PictureReader(path, structure, pixels_max=_PIXELS_MAX) as reader:
            (planes,) = reader.frames(duration_ms // 10, fps=1, first=0, stop=1)
            return _jpeg(reader.track, planes)
    except MediaError:  # the recording has its sound: a list does without the picture
        return None


def _jpeg(track: PictureTrack, planes: memoryview) -> bytes:
    frame = av.VideoFrame.from_ndarray(
        np.frombuffer(planes, np.uint8).reshape(-1, track.width), format="yuv420p"
    )
    frame = frame.reformat(
        format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG
    )
    upright = np.ascontiguousarray(np.rot90(frame.to_ndarray(), k=-track.turn // 90))
    picture = av.VideoFrame.from_ndarray(upright, format="rgb24").reformat(format="yuvj420p")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    return b"".join(bytes(packet) for packet in encoder.encode(picture))
