"""Draws captions and cards with FFmpeg, as a video has them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.script_fonts import with_fonts
from mp4totext.media.typeface import fonts_for
from mp4totext.videos import encoding
from mp4totext.videos.draw.canvas import Canvas, Drawn
from mp4totext.videos.draw.caption_script import script
from mp4totext.videos.draw.caption_styles import USUAL, Event, Look
from tests.support.filmed import pictures_of

GREY = 90  # darker than letters, lighter than their outlines


def frame_of(
    canvas: Canvas,
    events: Sequence[Event],
    folder: Path,
    *,
    title: str | None = None,
    language: str = "en",
    look: Look = USUAL,
) -> NDArray[np.uint8]:
    """The first frame of a grey video of two seconds with these events."""
    lines = script(canvas, events, title=title, length_ms=2_000, ground="slate", look=look)
    grey = np.full(canvas.width * canvas.height * 3 // 2, 128, np.uint8)
    grey[: canvas.width * canvas.height] = GREY
    assert not fonts_for(lines, language, look.font)[1]
    lines, fonts = with_fonts(lines, language, look.font)
    out = folder / f"{canvas.width}x{canvas.height}.ts"
    encoding.encode_segment(
        [grey.tobytes()],
        out,
        source=encoding.Input(width=canvas.width, height=canvas.height),
        canvas=canvas,
        fit="fit",
        fps=30,
        first=0,
        logo=None,
        drawn=Drawn(script=lines, fonts=fonts),
        done=lambda _number: None,
    )
    picture: NDArray[np.uint8] = pictures_of(out, width=canvas.width, height=canvas.height)[0]
    return picture
