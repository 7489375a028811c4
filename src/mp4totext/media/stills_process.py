"""The child process that decodes one picture; ``sandbox`` sends its requests.

The decoder gets the file's bytes as one packet, so it cannot open other files or formats.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from mp4totext.media.errors import EmptyFile, NotAPicture
from mp4totext.media.sandbox_process import Answer

# Size of the file's picture; the decoder refuses a larger one by its header.
PIXELS_MAX = 40_000_000
_FILE_BYTES_MAX = 40 << 20
_SIDE_MIN = 16
_REFUSAL = (
    "The file cannot be read as a picture. Send a JPEG, PNG or WebP of at most 40 megapixels."
)


class StillPicture:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        data = self._path.read_bytes() if self._path.stat().st_size <= _FILE_BYTES_MAX else b"?"
        if not data:
            raise EmptyFile("The file is empty. Choose another.")
        frame = _decoded(data, _codec(data))
        if min(frame.width, frame.height) < _SIDE_MIN:
            raise NotAPicture(f"The picture is {frame.width} x {frame.height} pixels: too small.")
        scale = min(1.0, math.sqrt(request["pixels_max"] / (frame.width * frame.height)))
        rgba = frame.reformat(
            width=max(1, round(frame.width * scale)),
            height=max(1, round(frame.height * scale)),
            format="rgba",
            interpolation=Interpolation.AREA if scale < 1 else Interpolation.BICUBIC,
        ).to_ndarray()
        shown = rgba if request.get("alpha") else _on_white(rgba)
        pixels = np.rot90(shown, k=int(getattr(frame, "rotation", 0) or 0) // 90)
        yield (
            {"width": int(pixels.shape[1]), "height": int(pixels.shape[0])},
            np.ascontiguousarray(pixels),
        )


def _codec(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "mjpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        if b"acTL" in data[: max(data.find(b"IDAT"), 0)]:
            raise NotAPicture("The picture is animated. Send a single one.")
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        if data[12:16] == b"VP8X" and data[20] & 2:
            raise NotAPicture("The picture is animated. Send a single one.")
        return "webp"
    raise NotAPicture(_REFUSAL)


def _decoded(data: bytes, codec: str) -> Any:  # a VideoFrame
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.thread_type = "NONE"
    decoder.options = {"max_pixels": str(PIXELS_MAX)}
    try:
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError) as error:
        raise NotAPicture(_REFUSAL) from error
    if not frames:
        raise NotAPicture(_REFUSAL)
    if codec == "mjpeg" and frames[0].format.name.startswith("gbrap"):
        raise NotAPicture("The picture uses CMYK colours, which are for printing. Save it as RGB.")
    return frames[0]


def _on_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture on a white background, where it is transparent."""
    alpha = rgba[..., 3:].astype(np.uint16)
    if alpha.min() == 255:
        return rgba[..., :3]
    mixed = (rgba[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)
