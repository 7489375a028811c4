"""The wave of the sound over a background, as planar YUV 4:2:0 (BT.709, limited range). Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.backgrounds import Colour, Colours, Palette, background, colours_of
from mp4totext.videos.draw.canvas import Canvas

BARS = 64  # in the picture at a time
BAR_MS_MAX = 1_000  # so a page of the wave is at most 64 seconds

_Floats = NDArray[np.float32]
_Bytes = NDArray[np.uint8]

_UNPLAYED_ALPHA = 0.45  # of the ink, as in the page's preview


@dataclass(frozen=True, slots=True)
class Planes:
    y: _Bytes
    u: _Bytes
    v: _Bytes

    def joined(self) -> bytes:
        return self.y.tobytes() + self.u.tobytes() + self.v.tobytes()


def planes(rgb: _Floats) -> Planes:
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return Planes(
        _rounded(16 + 219 * luma),
        _rounded(128 + 224 * _halved((blue - luma) / 1.8556)),
        _rounded(128 + 224 * _halved((red - luma) / 1.5748)),
    )


def _halved(plane: _Floats) -> _Floats:
    height, width = plane.shape
    quarters: _Floats = plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    return quarters


def _rounded(plane: _Floats) -> _Bytes:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def bar_ms(length_ms: int) -> int:
    """The milliseconds for each bar. All pages of the wave are full, however short the video is."""
    pages = math.ceil(length_ms / (BARS * BAR_MS_MAX))
    return math.ceil(length_ms / (BARS * pages))


class Wave:
    """The frames of an audiogram: bars, lit up to the one that is playing.

    ``heights``: 0 to 255, one a bar of the whole video. A frame depends on its number alone.
    """

    def __init__(
        self,
        canvas: Canvas,
        heights: Sequence[int],
        *,
        bar: int,
        palette: Palette | Colours,
        seed: int,
    ) -> None:
        """``bar`` is in milliseconds."""
        self._canvas = canvas
        self._heights = heights
        self._bar_ms = bar
        colours = colours_of(palette)
        self._played = _shares(colours.accent)
        self._unplayed = _shares(colours.ink)
        self._background = background(canvas.width, canvas.height, palette=palette, seed=seed)
        self._page = -1
        self._edges: list[int] = []
        self._dark = self._lit = planes(self._background)
        self._drawn: tuple[int, bytes] = (-1, b"")

    def frame(self, at_ms: int) -> bytes:
        bar = min(at_ms // self._bar_ms, len(self._heights) - 1)
        if self._drawn[0] == bar:
            return self._drawn[1]
        page, number = divmod(bar, BARS)
        if page != self._page:
            self._turn_to(page)
        edge = self._edges[number]
        data = b"".join(
            np.concatenate([lit[:, : edge // step], dark[:, edge // step :]], axis=1).tobytes()
            for lit, dark, step in (
                (self._lit.y, self._dark.y, 1),
                (self._lit.u, self._dark.u, 2),
                (self._lit.v, self._dark.v, 2),
            )
        )
        self._drawn = (bar, data)
        return data

    def _turn_to(self, page: int) -> None:
        self._page = page
        heights = list(self._heights[page * BARS : (page + 1) * BARS])
        mask, self._edges = _bars(self._canvas, heights)
        self._dark = planes(_over(self._background, mask * _UNPLAYED_ALPHA, self._unplayed))
        self._lit = planes(_over(self._background, mask, self._played))


def _shares(colour: Colour) -> tuple[float, float, float]:
    """Red, green and blue of a colour, 0 to 1."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def _over(rgb: _Floats, alpha: _Floats, colour: tuple[float, float, float]) -> _Floats:
    paint = np.array(colour, np.float32)
    mixed: _Floats = rgb + alpha[..., None] * (paint - rgb)
    return mixed


def _bars(canvas: Canvas, heights: Sequence[int]) -> tuple[_Floats, list[int]]:
    """The coverage of each pixel, and for each bar the column between it and the next."""
    left, top, right, bottom = canvas.wave_box
    mask = np.zeros((canvas.height, canvas.width), np.float32)
    pitch = (right - left) / BARS
    radius = pitch * 0.32
    edges = []
    for number, height in enumerate(heights):
        centre = left + (number + 0.5) * pitch
        half = max(0.0, (bottom - top) / 2 * height / 255 - radius)
        low, high = int(centre - radius) - 1, int(centre + radius) + 3
        rows = np.arange(top - 2, bottom + 2, dtype=np.float32)[:, None] + 0.5
        columns = np.arange(low, high, dtype=np.float32)[None] + 0.5
        beyond = np.maximum(np.abs(rows - (top + bottom) / 2) - half, 0)
        distance = np.sqrt(beyond**2 + (columns - centre) ** 2) - radius
        mask[top - 2 : bottom + 2, low:high] = np.maximum(
            mask[top - 2 : bottom + 2, low:high], np.clip(0.5 - distance, 0, 1)
        )
        edges.append(int(left + (number + 1) * pitch) // 2 * 2)
    return mask, edges


def heights(loudness: Sequence[float]) -> tuple[int, ...]:
    """The heights of bars, 0 to 255, from their root mean squares; the loudest tenth is full."""
    if not loudness:
        return (0,)
    full = float(np.percentile(loudness, 95)) or 1.0
    return tuple(int(255 * min(1.0, (value / full) ** 0.7)) for value in loudness)
