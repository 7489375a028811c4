"""Reference pictures of one line of text: shaped by HarfBuzz, drawn from the outlines of a font."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import uharfbuzz  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mp4totext.media.typeface import Font

Ink = NDArray[np.bool_]
_CURVE_STEPS = 8
_FINER = 4  # drawn so much larger, then reduced


class _Outline:
    """A pen of fontTools: contours as polygons, in units of the font."""

    def __init__(self) -> None:
        self.contours: list[list[tuple[float, float]]] = []

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  a pen's method
        self.contours.append([point])

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.contours[-1].append(point)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._curve(points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._curve(points)

    def closePath(self) -> None:  # noqa: N802
        pass

    def _curve(self, points: tuple[tuple[float, float], ...]) -> None:
        """A Bézier curve of any order, by de Casteljau."""
        hull = [np.array(point, float) for point in (self.contours[-1][-1], *points)]
        for step in range(1, _CURVE_STEPS + 1):
            line, share = hull, step / _CURVE_STEPS
            while len(line) > 1:
                line = [a + (b - a) * share for a, b in pairwise(line)]
            self.contours[-1].append((float(line[0][0]), float(line[0][1])))


def ink_of(text: str, font: Font, data: bytes, *, em: float, shaped: bool = True) -> Ink:
    """The cropped picture of a text. ``em``: in pixels. ``shaped`` False: without shaping.

    Raises AssertionError where the font lacks a character.
    """
    face = uharfbuzz.Face(data, font.face)
    hb_font = uharfbuzz.Font(face)
    scale = em / face.upem * _FINER
    contours = [
        [(x * scale, -y * scale) for x, y in contour]
        for contour in _contours(text, hb_font, shaped=shaped)
    ]
    places = np.concatenate([np.array(contour) for contour in contours])
    left, top = places.min(axis=0) - _FINER
    wide, high = (int(side) + 2 * _FINER for side in places.max(axis=0) - (left, top))
    winding = np.zeros((high, wide), np.int16)
    for contour in contours:
        layer = Image.new("1", (wide, high))
        ImageDraw.Draw(layer).polygon([(x - left, y - top) for x, y in contour], fill=1)
        winding += np.asarray(layer) * np.int16(1 if _area(contour) > 0 else -1)
    filled = winding[: high // _FINER * _FINER, : wide // _FINER * _FINER] != 0
    blocks = filled.reshape(high // _FINER, _FINER, wide // _FINER, _FINER)
    return cut_to_ink(blocks.mean(axis=(1, 3)) > 0.5)


def _contours(text: str, font: Any, *, shaped: bool) -> Iterator[list[tuple[float, float]]]:
    across = 0.0
    for run in [text] if shaped else list(text):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer)
        for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            assert glyph.codepoint, f"a character of {run!r} is not in the font"
            pen = _Outline()
            font.draw_glyph_with_pen(glyph.codepoint, pen)
            for contour in pen.contours:
                yield [(x + across + place.x_offset, y + place.y_offset) for x, y in contour]
            across += place.x_advance


def _area(contour: list[tuple[float, float]]) -> float:
    x, y = np.array(contour).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def cut_to_ink(picture: Ink) -> Ink:
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def alike(drawn: Ink, reference: Ink, *, within: int = 2) -> float:
    """The share of each picture's ink that is within ``within`` pixels of the other's, 0 to 1.

    The pictures are aligned by the centres of their ink.
    """
    high, wide = (max(a, b) + 8 for a, b in zip(drawn.shape, reference.shape, strict=True))
    one, other = (_centred(ink, high, wide) for ink in (drawn, reference))
    return min(
        float((a & _thickened(b, within)).sum() / a.sum()) for a, b in ((one, other), (other, one))
    )


def _centred(ink: Ink, high: int, wide: int) -> Ink:
    placed = np.zeros((high, wide), bool)
    top, left = (high - ink.shape[0]) // 2, (wide - ink.shape[1]) // 2
    placed[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return placed


def _thickened(ink: Ink, by: int) -> Ink:
    thick = ink.copy()
    for down in range(-by, by + 1):
        for across in range(-by, by + 1):
            thick |= np.roll(ink, (down, across), axis=(0, 1))
    return thick
