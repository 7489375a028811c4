"""One picture of a video, for lists."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from mp4totext.media.container import open_media, read_only
from mp4totext.media.playable import is_cover

WIDTH = 640
_LARGEST_PIXELS = 8192 * 4320  # a frame of it takes 53 MB; larger ones are no video of a camera


def poster(path: Path, *, duration_ms: int) -> bytes | None:
    """A JPEG from a tenth into the recording, upright; None where there is no picture to be had."""
    with open_media(path) as container:
        streams = [stream for stream in container.streams.video if not is_cover(stream)]
        if not streams:
            return None
        stream: Any = streams[0]
        if not 0 < stream.width * stream.height <= _LARGEST_PIXELS:
            return None
        read_only(container, [stream])
        stream.codec_context.skip_frame = "NONKEY"
        try:
            container.seek(duration_ms * 100)  # a tenth, in microseconds
            frame = next(container.decode(stream), None)
        except av.error.FFmpegError:
            return None
        return None if frame is None else _jpeg(frame)


def _jpeg(frame: Any) -> bytes:
    width = min(WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    small = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    upright = np.ascontiguousarray(np.rot90(small, k=round(frame.rotation / 90)))
    picture = av.VideoFrame.from_ndarray(upright, format="rgb24").reformat(format="yuvj420p")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    return b"".join(bytes(packet) for packet in encoder.encode(picture))
