"""Decodes uploaded pictures in the limited process, and encodes our own pixels."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeAlias

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from mp4totext.media.pictures import PictureTrack
from mp4totext.media.sandbox import Child, Limits

Pixels: TypeAlias = NDArray[np.uint8]  # (height, width, 3) of RGB
Encoding: TypeAlias = Literal["jpeg", "png", "webp"]

STORED_PIXELS_MAX = 3840 * 2160
THUMBNAIL_LONGEST = 480
# The largest picture takes two seconds; a comment in a PNG may unpack to gigabytes.
PICTURE_LIMITS = Limits(step_cpu_s=8)

MEDIA_TYPES: dict[Encoding, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Still:
    pixels: Pixels

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def read_still(
    path: Path, *, pixels_max: int = STORED_PIXELS_MAX, limits: Limits = PICTURE_LIMITS
) -> Still:
    """Decode a JPEG, PNG or WebP, upright and scaled down to ``pixels_max``.

    The content decides the format. Raises NotAPicture for other files, and a MediaError if the
    decoder exceeds its limits.
    """
    child = Child("still", path, limits)
    try:
        (message,) = child.ask(pixels_max=pixels_max)
        shape = message.facts["height"], message.facts["width"], 3
        return Still(np.frombuffer(message.data, np.uint8).reshape(shape))
    finally:
        child.close()


def read_transparent(
    path: Path, *, pixels_max: int, limits: Limits = PICTURE_LIMITS
) -> bytes | None:
    """Like ``read_still``, as a PNG that keeps transparency; None if every pixel is opaque."""
    child = Child("still", path, limits)
    try:
        (message,) = child.ask(pixels_max=pixels_max, alpha=True)
    finally:
        child.close()
    shape = message.facts["height"], message.facts["width"], 4
    pixels = np.frombuffer(message.data, np.uint8).reshape(shape)
    if pixels[..., 3].min() == 255:
        return None
    return _encoded(pixels, "rgba", _ENCODERS["png"][0], "rgba", {})


def encoded(still: Still, encoding: Encoding = "jpeg") -> bytes:
    """The picture without metadata: no location, camera or comment of its source file."""
    codec, pix_fmt, options = _ENCODERS[encoding]
    return _encoded(still.pixels, "rgb24", codec, pix_fmt, options)


def _encoded(
    pixels: Pixels, given: str, codec: str, pix_fmt: str, options: dict[str, str]
) -> bytes:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=given)
    frame = frame.reformat(format=pix_fmt)
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height = frame.width, frame.height
    encoder.pix_fmt, encoder.time_base = pix_fmt, Fraction(1, 25)
    encoder.options = options
    packets: Iterable[Any] = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


# 4:4:4 keeps letters sharp; JPEG's 4:2:0 blurs coloured ones.
_ENCODERS: dict[Encoding, tuple[str, str, dict[str, str]]] = {
    "jpeg": ("mjpeg", "yuvj444p", {"qmin": "2", "qmax": "2", "flags": "+qscale"}),
    "png": ("png", "rgb24", {}),
    "webp": ("libwebp", "yuv420p", {"quality": "90"}),
}


def resized(still: Still, *, width: int, height: int) -> Still:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(still.pixels), format="rgb24")
    frame = frame.reformat(width=width, height=height, interpolation="AREA")
    return Still(frame.to_ndarray())


def thumbnail(still: Still, *, longest: int = THUMBNAIL_LONGEST) -> Still:
    scale = min(1.0, longest / max(still.width, still.height))
    width, height = (max(1, round(side * scale)) for side in (still.width, still.height))
    return resized(still, width=width, height=height)


def of_planes(track: PictureTrack, planes: memoryview | bytes) -> Still:
    """A frame of a PictureReader as RGB, upright."""
    frame = av.VideoFrame.from_ndarray(
        np.frombuffer(planes, np.uint8).reshape(-1, track.width), format="yuv420p"
    )
    frame = frame.reformat(
        format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG
    )
    return Still(np.ascontiguousarray(np.rot90(frame.to_ndarray(), k=-track.turn // 90)))
