"""Backgrounds and the wave of the sound, as planar YUV 4:2:0 (BT.709, limited range). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.videos.canvas import Canvas
from mp4totext.videos.storyboard import Palette

BARS = 64  # in the picture at a time
BAR_MS_MIN, BAR_MS_MAX = 100, 1_000  # a page of the wave is 6 to 64 seconds

_Floats = NDArray[np.float32]
_Bytes = NDArray[np.uint8]

# Spots of colour in sRGB, the darkest first: it gives the mood, and text stands out on it.
_PALETTES: dict[Palette, tuple[tuple[int, int, int], ...]] = {
    "dusk": ((24, 22, 44), (58, 40, 82), (128, 62, 84), (34, 52, 92)),
    "ocean": ((10, 26, 40), (16, 62, 84), (28, 98, 110), (22, 40, 78)),
    "moss": ((18, 28, 24), (36, 64, 48), (82, 92, 52), (24, 52, 58)),
    "plum": ((30, 16, 36), (82, 34, 74), (116, 52, 60), (46, 38, 92)),
}
_UNPLAYED, _PLAYED = (0.34, 0.34, 0.34), (1.0, 0.84, 0.36)
_UNPLAYED_ALPHA = 0.55

# Linear RGB to the cone responses of OKLab, and from their cube roots to it (Ottosson, 2020).
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True, slots=True)
class Planes:
    y: _Bytes
    u: _Bytes
    v: _Bytes

    def joined(self) -> bytes:
        return self.y.tobytes() + self.u.tobytes() + self.v.tobytes()


def background(canvas: Canvas, palette: Palette, seed: int) -> _Floats:
    """RGB of 0 to 1, (height, width, 3): spots that run into each other.

    Mixed in OKLab, as the middle of two colours is mud in sRGB and in linear light. One level of
    noise hides the steps of 8 bits.
    """
    rng = np.random.default_rng(seed)
    height, width = canvas.height, canvas.width
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / max(width, height), y / max(width, height)
    x, y = (
        x + 0.06 * np.sin(5 * y + rng.uniform(0, 6)),
        y + 0.06 * np.sin(4 * x + rng.uniform(0, 6)),
    )
    colours = [_oklab(colour) for colour in _PALETTES[palette]]
    total = np.full((height, width), 0.55, np.float32)
    mixed = total[..., None] * colours[0].astype(np.float32)
    for colour in colours[1:]:
        centre_x, centre_y = rng.uniform(0, 1, 2) * (width, height) / max(width, height)
        weight = np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / 0.09).astype(np.float32)
        total += weight
        mixed += weight[..., None] * colour.astype(np.float32)
    rgb = _srgb(mixed / total[..., None])
    noise = rng.uniform(-0.5, 0.5, (height, width, 1)).astype(np.float32) / 255
    return np.clip(rgb + noise, 0, 1).astype(np.float32)


def _oklab(colour: tuple[int, int, int]) -> NDArray[np.float64]:
    srgb = np.array(colour) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _srgb(lab: _Floats) -> _Floats:
    lms = (lab @ np.linalg.inv(_TO_LAB).T.astype(np.float32)) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T.astype(np.float32), 0, 1)
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055
    ).astype(np.float32)


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
    """How much sound a bar stands for: all of a short video is one page."""
    return max(BAR_MS_MIN, min(BAR_MS_MAX, -(-length_ms // BARS)))


class Wave:
    """The frames of a video that shows its sound: bars, lit up to the one that is heard.

    ``heights``: 0 to 255, one a bar of the whole video. A frame depends on its number alone.
    """

    def __init__(
        self, canvas: Canvas, heights: Sequence[int], *, bar: int, palette: Palette, seed: int
    ) -> None:
        """``bar``: in milliseconds."""
        self._canvas = canvas
        self._heights = heights
        self._bar_ms = bar
        self._background = background(canvas, palette, seed)
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
        self._dark = planes(_over(self._background, mask * _UNPLAYED_ALPHA, _UNPLAYED))
        self._lit = planes(_over(self._background, mask, _PLAYED))


def _over(rgb: _Floats, alpha: _Floats, colour: tuple[float, float, float]) -> _Floats:
    paint = np.array(colour, np.float32)
    mixed: _Floats = rgb + alpha[..., None] * (paint - rgb)
    return mixed


def _bars(canvas: Canvas, heights: Sequence[int]) -> tuple[_Floats, list[int]]:
    """How much each pixel is covered, and for each bar the column between it and the next."""
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
    """Of bars, 0 to 255, from their root mean squares: the loudest tenth is full."""
    if not loudness:
        return (0,)
    full = float(np.percentile(loudness, 95)) or 1.0
    return tuple(int(255 * min(1.0, (value / full) ** 0.7)) for value in loudness)
