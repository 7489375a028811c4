"""Crops a wide recording for an upright video, around the speaker's face."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import MediaError
from mp4totext.media.faces import FaceFinder
from mp4totext.media.pictures import PictureReader, PictureTrack
from mp4totext.media.reframe import LOOKS_A_SECOND, centres
from mp4totext.media.stills import of_planes
from mp4totext.transcript import Transcript
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.presets import CLIP_MS_MAX
from mp4totext.videos.storyboard import Storyboard

PARTS = 10_000  # of the width: the unit of centres
LOOK_PIXELS = 640 * 360  # enough to detect faces
_WORTH = 0.95  # share of the width; if more is shown, there is nothing to choose


def _share(track: PictureTrack, canvas: Canvas) -> float:
    """The share of the width that the crop shows."""
    return min(1.0, canvas.width * track.height / (canvas.height * track.width))


def is_choice(track: PictureTrack, canvas: Canvas) -> bool:
    """Whether the crop leaves out enough to make its position matter."""
    return not track.turn and _share(track, canvas) <= _WORTH


def follows_faces(board: Storyboard) -> bool:
    """Whether faces are followed: in a clip that fills the frame. Longer videos show the middle."""
    fills = board.picture.kind == "source" and board.picture.fit == "fill"
    return fills and board.length_ms <= CLIP_MS_MAX


def face_centres(
    pictures: PictureReader,
    board: Storyboard,
    spoken: Transcript,
    canvas: Canvas,
    *,
    model: Path,
    check: Callable[[], None],
) -> tuple[int, ...]:
    """The middle of what each frame shows, in ``PARTS`` of the width; empty: the picture's own.

    ``spoken``: the words of the range. ``check`` raises if the result is no longer needed.
    """
    share = _share(pictures.track, canvas)
    finder = FaceFinder(model)
    count = -(-board.length_ms * LOOKS_A_SECOND // 1_000)
    looks = []
    for planes in pictures.frames(board.from_ms, fps=LOOKS_A_SECOND, first=0, stop=count):
        check()
        looks.append(finder.find(of_planes(pictures.track, planes).pixels))
    found = centres(
        looks, _speakers(spoken, count), shown=share, frames=board.frames, fps=board.fps
    )
    return tuple(round(centre * PARTS) for centre in found)


def encoded_centres(
    path: Path, board: Storyboard, spoken: Transcript, canvas: Canvas, model: Path
) -> bytes:
    """``face_centres`` of a recording's file as JSON, for a process that has the network loaded.

    A file that cannot be read counts as having no faces.
    """
    try:
        with AudioReader(path) as sound:
            structure = sound.structure
        with PictureReader(path, structure, pixels_max=LOOK_PIXELS) as pictures:
            middles = face_centres(pictures, board, spoken, canvas, model=model, check=lambda: None)
    except MediaError:
        middles = ()
    return json.dumps(middles).encode()


def _speakers(spoken: Transcript, count: int) -> list[str | None]:
    """The most recent speaker at each sample."""
    starts = [segment.start_ms for segment in spoken.segments]
    found: list[str | None] = []
    for look in range(count):
        at = bisect_right(starts, look * 1_000 // LOOKS_A_SECOND) - 1
        found.append(spoken.segments[at].speaker if at >= 0 else None)
    return found


def followed(
    frames: Iterable[memoryview], track: PictureTrack, middles: Sequence[int], canvas: Canvas
) -> Iterator[bytes]:
    """The parts of pictures that the canvas shows, moved by fractions of a pixel. Planar."""
    share = _share(track, canvas)
    wide, high = track.width, track.height
    for planes, middle in zip(frames, middles, strict=True):
        left = min(max(middle / PARTS - share / 2, 0.0), 1 - share) * wide
        data = np.frombuffer(planes, np.uint8)
        luma, chroma = wide * high, wide * high // 4
        parts = (
            (data[:luma].reshape(high, wide), 1),
            (data[luma : luma + chroma].reshape(high // 2, wide // 2), 2),
            (data[luma + chroma :].reshape(high // 2, wide // 2), 2),
        )
        yield b"".join(
            Image.fromarray(plane)
            .resize(
                (canvas.width // step, canvas.height // step),
                Image.Resampling.BICUBIC,
                (left / step, 0, (left + share * wide) / step, high / step),
            )
            .tobytes()
            for plane, step in parts
        )
