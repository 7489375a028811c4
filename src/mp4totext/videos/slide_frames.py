"""The frames of slides: pictures that move gently and fade into each other. Pure.

Frame n is drawn by the same function wherever it is drawn, so a segment that another worker makes
again is the same.
"""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mp4totext.media.backgrounds import Floats
from mp4totext.media.stills import Still, resized
from mp4totext.videos.canvas import Canvas
from mp4totext.videos.drawing import Planes, planes
from mp4totext.videos.storyboard import Scene, Storyboard

MARGIN = 1.16  # how much larger than the canvas a picture is
NEAREST, FARTHEST = 1.04, 1.14  # what is shown of it at the ends of a move, of the canvas
_KEPT = 3  # pictures in memory: two that fade, and the next

_Box = tuple[float, float, float, float]


def picture_size(canvas: Canvas) -> tuple[int, int]:
    """Even numbers."""
    width, height = (round(side * MARGIN / 2) * 2 for side in (canvas.width, canvas.height))
    return width, height


def shown_between(board: Storyboard, first: int, stop: int) -> list[Scene]:
    """The scenes that are visible in frames ``first`` to ``stop`` (exclusive), fades included."""
    from_ms = board.from_ms + first * 1_000 / board.fps - board.between.ms
    to_ms = board.from_ms + stop * 1_000 / board.fps + board.between.ms
    return [scene for scene in board.scenes if scene.end_ms > from_ms and scene.start_ms < to_ms]


class Slides:
    """``picture`` gives the RGB of a scene, 0 to 1, in ``picture_size``."""

    def __init__(
        self, board: Storyboard, canvas: Canvas, picture: Callable[[Scene], Floats]
    ) -> None:
        self._board = board
        self._canvas = canvas
        self._picture = picture
        self._kept: OrderedDict[str, tuple[Image.Image, ...]] = OrderedDict()
        self._starts = [scene.start_ms for scene in board.scenes]

    def frame(self, number: int) -> bytes:
        """Planar YUV 4:2:0 (BT.709, limited range)."""
        board = self._board
        at_ms = board.from_ms + number * 1_000 / board.fps
        index = int(np.searchsorted(self._starts, at_ms, "right")) - 1
        half_ms = board.between.ms / 2 if board.between.kind == "fade" else 0
        scene = board.scenes[index]
        other, share = None, 0.0
        if index and at_ms - scene.start_ms < half_ms:
            other = board.scenes[index - 1]
            share = 0.5 - (at_ms - scene.start_ms) / (2 * half_ms)
        elif index + 1 < len(board.scenes) and scene.end_ms - at_ms < half_ms:
            other = board.scenes[index + 1]
            share = 0.5 - (scene.end_ms - at_ms) / (2 * half_ms)
        drawn = self._drawn(scene, at_ms)
        if other is None:
            return drawn.joined()
        return _mixed(drawn, self._drawn(other, at_ms), round(share * 256)).joined()

    def _drawn(self, scene: Scene, at_ms: float) -> Planes:
        width, height = self._canvas.width, self._canvas.height
        box = self._box(scene, at_ms)
        left, top, right, bottom = (side / 2 for side in box)
        y, u, v = self._planes(scene)

        def shown(plane: Image.Image, size: tuple[int, int], part: _Box) -> NDArray[np.uint8]:
            return np.asarray(plane.resize(size, Image.Resampling.BILINEAR, part))

        return Planes(
            shown(y, (width, height), box),
            shown(u, (width // 2, height // 2), (left, top, right, bottom)),
            shown(v, (width // 2, height // 2), (left, top, right, bottom)),
        )

    def _planes(self, scene: Scene) -> tuple[Image.Image, ...]:
        if scene.id not in self._kept:
            made = planes(self._picture(scene))
            self._kept[scene.id] = tuple(map(Image.fromarray, (made.y, made.u, made.v)))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[scene.id]

    def _box(self, scene: Scene, at_ms: float) -> _Box:
        """The visible part of the picture. Motion starts and ends in the middle of the fades."""
        width, height = picture_size(self._canvas)
        half_ms = self._board.between.ms / 2
        length_ms = scene.end_ms - scene.start_ms + 2 * half_ms
        done = min(1.0, max(0.0, (at_ms - scene.start_ms + half_ms) / length_ms))
        near, far = NEAREST / MARGIN, FARTHEST / MARGIN
        share, across = (near + far) / 2, 0.5
        # Of a card the shapes move, which are drawn with its text.
        match "still" if scene.picture.kind == "card" else scene.motion:
            case "in":
                share = far + (near - far) * done
            case "out":
                share = near + (far - near) * done
            case "left":
                share, across = near, 1 - done
            case "right":
                share, across = near, done
        left = (width - width * share) * across
        top = (height - height * share) / 2
        return left, top, left + width * share, top + height * share


def cover(still: Still, width: int, height: int) -> Floats:
    """The middle of a picture, cropped to another aspect. RGB of 0 to 1."""
    scale = max(width / still.width, height / still.height)
    wide, high = max(width, round(still.width * scale)), max(height, round(still.height * scale))
    larger = resized(still, width=wide, height=high).pixels
    left, top = (wide - width) // 2, (high - height) // 2
    middle = larger[top : top + height, left : left + width]
    return middle.astype(np.float32) / np.float32(255)


def _mixed(one: Planes, other: Planes, share: int) -> Planes:
    """Two pictures mixed; ``share`` of the second, in 256ths."""

    def mix(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
        total = a.astype(np.uint16) * (256 - share) + b.astype(np.uint16) * share + 127
        return (total >> 8).astype(np.uint8)

    return Planes(mix(one.y, other.y), mix(one.u, other.u), mix(one.v, other.v))
