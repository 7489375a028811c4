"""The frames and the sound of a brand's intro or outro."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import numpy as np

from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.ffmpeg import Planes
from mp4totext.media.pictures import PictureReader
from mp4totext.media.stereo import LISTENING_RATE, stereo_mix
from mp4totext.media.stills import read_still, resized
from mp4totext.videos import encoding
from mp4totext.videos.brands.branding import BrandClip
from mp4totext.videos.draw import drawing
from mp4totext.videos.draw.canvas import PIXELS_MAX


@contextmanager
def pictures(
    clip: BrandClip, path: Path, *, fps: int, first: int, stop: int
) -> Iterator[tuple[encoding.Input, Iterator[Planes]]]:
    """Frames ``first`` to ``stop`` (exclusive) in order, and their size."""
    if clip.kind == "picture":
        still = read_still(path, pixels_max=PIXELS_MAX)
        width, height = (max(2, side // 2 * 2) for side in (still.width, still.height))
        pixels = resized(still, width=width, height=height).pixels
        planes = drawing.planes(pixels.astype(np.float32) / np.float32(255)).joined()
        yield encoding.Input(width=width, height=height), repeat(planes, stop - first)
        return
    structure = None
    if clip.has_sound:
        with AudioReader(path) as reader:
            structure = reader.structure
    with PictureReader(path, structure, pixels_max=PIXELS_MAX) as reader:
        track = reader.track
        frames = reader.frames(0, fps=fps, first=first, stop=stop)
        yield encoding.Input(width=track.width, height=track.height, turn=track.turn), frames


def sound(clip: BrandClip, path: Path, *, length_ms: int) -> Iterator[Floats]:
    """Stereo sound; a picture, or a film without a sound track, is silent."""
    if clip.kind == "picture" or not clip.has_sound:
        yield np.zeros((2, length_ms * LISTENING_RATE // 1_000), np.float32)
        return
    with AudioReader(path) as reader:
        mix = stereo_mix(reader.structure, ())
        yield from encoding.sound_of(reader, mix, from_ms=0, to_ms=length_ms)
