"""Parts of a picture at the size of a frame, moved by fractions of a pixel. Pure.

Each pixel is weighted from four, in whole numbers: as fine as Pillow's `resize` for a picture that
is hardly larger than the frame, in less than half of its time.
"""

import numpy as np
from numpy.typing import NDArray

from mp4totext.videos.draw.drawing import Planes

_BITS = 7  # of a weight, so that products fit into 16 bits
_ONE = 1 << _BITS
_SOFT = 1  # of 16: the weight of each neighbour
_HALF = np.int16(_ONE // 2)

Box = tuple[float, float, float, float]  # left, top, right, bottom
Bytes = NDArray[np.uint8]
_Shorts = NDArray[np.int16]


class Movable:
    """Planar YUV 4:2:0 whose parts are shown."""

    def __init__(self, picture: Planes) -> None:
        self._planes = [_Plane(each) for each in (picture.y, picture.u, picture.v)]

    def part(self, box: Box, width: int, height: int) -> Bytes:
        """The three planes behind each other; ``box`` and sizes are those of the first."""
        half = tuple(side / 2 for side in box)
        y, u, v = self._planes
        return np.concatenate(
            [
                y.part(box, width, height).ravel(),
                u.part(half, width // 2, height // 2).ravel(),
                v.part(half, width // 2, height // 2).ravel(),
            ]
        )


class _Plane:
    def __init__(self, plane: Bytes) -> None:
        values = _softened(plane)
        self._scaled = (values << _BITS) + _HALF  # half is added so that the shift rounds
        self._below = np.diff(values, axis=0, append=values[-1:])  # difference to the next row
        self._rows_of: tuple[float, float, int] | None = None
        self._pairs = np.empty((0, 0), np.uint16)

    def part(self, box: tuple[float, ...], width: int, height: int) -> Bytes:
        left, top, right, bottom = box
        if self._rows_of != (top, bottom, height):  # unchanged while a picture moves sideways
            self._pairs, self._rows_of = self._paired(top, bottom, height), (top, bottom, height)
        columns, weights = _places(left, right, width, self._pairs.shape[1])
        near = self._pairs.take(columns, axis=1, mode="clip").view(np.int16)
        far = (near.view(np.uint16) >> 8).view(np.int16)
        near &= 255
        far -= near
        far *= weights
        near <<= _BITS
        near += far
        near += _HALF
        near >>= _BITS
        return near.astype(np.uint8)

    def _paired(self, top: float, bottom: float, height: int) -> NDArray[np.uint16]:
        """The rows at their places. The upper half of each pixel is its right neighbour.

        Gathering columns takes longest, so it is done once for both.
        """
        rows, weights = _places(top, bottom, height, len(self._scaled))
        seen = self._scaled.take(rows, axis=0, mode="clip")
        more = self._below.take(rows, axis=0, mode="clip")
        more *= weights[:, None]
        seen += more
        seen >>= _BITS
        pairs = seen.view(np.uint16)
        pairs[:, :-1] |= pairs[:, 1:] << 8
        pairs[:, -1] *= 257
        return pairs


def _softened(plane: Bytes) -> _Shorts:
    """Without detail finer than the frame's pixels, which would flicker in motion."""
    values = plane.astype(np.int16)
    for axis in (0, 1):
        sides = np.pad(values, [(1, 1) if at == axis else (0, 0) for at in (0, 1)], "edge")
        before, after = (np.moveaxis(sides, axis, 0)[part] for part in (slice(-2), slice(2, None)))
        both = np.moveaxis(before + after, 0, axis)
        values = (values * (16 - 2 * _SOFT) + both * _SOFT + 8) >> 4
    return values


def _places(start: float, stop: float, count: int, size: int) -> tuple[NDArray[np.intp], _Shorts]:
    """For each of ``count`` positions: the pixel before it, and the weight of the next pixel."""
    step = (stop - start) / count
    at = np.clip(start + (np.arange(count) + 0.5) * step - 0.5, 0, size - 1)
    first = at.astype(np.intp)
    return first, np.rint((at - first) * _ONE).astype(np.int16)
