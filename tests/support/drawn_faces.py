"""Videos with a drawn face that CenterFace detects."""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.support.ffmpeg import ffmpeg

MODEL = Path(sys.prefix, "share", "mp4totext", "models", "faces", "centerface", "model.onnx")
WIDTH, HEIGHT, RATE = 640, 360, 10
SKIN = (222, 172, 140)
_DARK, _SHADE = (60, 40, 30), (205, 152, 122)

needs_faces = pytest.mark.skipif(
    not MODEL.is_file(),
    reason="CenterFace is not in this environment: `make install` fetches it",
)


def face_at(across: float) -> Image.Image:
    """A picture with a face. ``across``: its centre, as a share of the width."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (70, 90, 110))
    draw = ImageDraw.Draw(picture)
    scale, middle, height = 0.6, across * WIDTH, HEIGHT * 0.47

    def oval(x: float, y: float, wide: float, high: float, colour: tuple[int, int, int]) -> None:
        box = (x - wide, y - high, x + wide, y + high)
        places = [middle, height, middle, height]
        draw.ellipse([p + side * scale for p, side in zip(places, box, strict=True)], fill=colour)

    oval(0, 160, 130, 70, (40, 50, 90))  # shoulders, hair, face
    oval(0, -20, 82, 100, _DARK)
    oval(0, 5, 68, 92, SKIN)
    for x in (-27, 27):
        oval(x, -33, 16, 4, _DARK)
        oval(x, -14, 14, 8, (250, 250, 250))
        oval(x, -14, 7, 7, _DARK)
    oval(0, 26, 13, 5, _SHADE)
    oval(0, 5, 6, 24, _SHADE)
    oval(0, 56, 26, 9, (180, 80, 80))
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def film_of_face(path: Path, sound: Path, *, start: float, end: float, seconds: int) -> Path:
    """A wide video in which the face moves from one place to another."""
    silent = path.with_suffix(".silent.mkv")
    with av.open(str(silent), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(seconds * RATE):
            across = start + (end - start) * number / (seconds * RATE)
            frame = av.VideoFrame.from_ndarray(np.asarray(face_at(across)), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    ffmpeg("-i", silent, "-i", sound, "-c:v", "copy", "-c:a", "aac", "-t", seconds, path)
    return path
