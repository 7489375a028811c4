"""The frames of slides: pictures that move gently and fade into each other. Pure.

Frame n is drawn by the same function wherever it is drawn, so a segment that another worker makes
again is the same.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from mp4totext.media.backgrounds import Floats
from mp4totext.media.ffmpeg import Planes
from mp4totext.media.stills import Still, resized
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.drawing import planes
from mp4totext.videos.draw.moved import Box, Bytes, Movable
from mp4totext.videos.storyboard import Scene, Storyboard

MARGIN = 1.16  # size of a picture, as a multiple of the canvas
NEAREST, FARTHEST = 1.04, 1.14  # size of the visible part at the ends of a move, likewise
_KEPT = 3  # pictures in memory: two that fade, and the next one


def picture_size(canvas: Canvas) -> tuple[int, int]:
    """The size of a picture, in even numbers."""
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
        self._kept: OrderedDict[str, Movable] = OrderedDict()
        self._still: OrderedDict[str, tuple[Box, Bytes]] = OrderedDict()  # the last frames drawn
        self._starts = [scene.start_ms for scene in board.scenes]

    def frame(self, number: int) -> Planes:
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
        if other is not None:
            drawn = _mixed(drawn, self._drawn(other, at_ms), round(share * 256))
        return drawn.data

    def _drawn(self, scene: Scene, at_ms: float) -> Bytes:
        box = self._box(scene, at_ms)
        former = self._still.get(scene.id)
        if former is not None and former[0] == box:
            return former[1]
        drawn = self._movable(scene).part(box, self._canvas.width, self._canvas.height)
        self._still[scene.id] = box, drawn
        _forget(self._still)
        return drawn

    def _movable(self, scene: Scene) -> Movable:
        if scene.id not in self._kept:
            self._kept[scene.id] = Movable(planes(self._picture(scene)))
            _forget(self._kept)
        return self._kept[scene.id]

    def _box(self, scene: Scene, at_ms: float) -> Box:
        """The visible part of the picture. Motion starts and ends in the middle of the fades."""
        width, height = picture_size(self._canvas)
        half_ms = self._board.between.ms / 2
        length_ms = scene.end_ms - scene.start_ms + 2 * half_ms
        done = min(1.0, max(0.0, (at_ms - scene.start_ms + half_ms) / length_ms))
        near, far = NEAREST / MARGIN, FARTHEST / MARGIN
        share, across = (near + far) / 2, 0.5
        # On a card only the shapes move, which are drawn with its text.
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


def _mixed(one: Bytes, other: Bytes, share: int) -> Bytes:
    """Two pictures mixed; ``share`` of the second, in 256ths."""
    total = one.astype(np.uint16)
    total *= 256 - share
    total += other.astype(np.uint16) * share
    total += 127
    total >>= 8
    return total.astype(np.uint8)


def _forget(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > _KEPT:
        kept.popitem(last=False)
