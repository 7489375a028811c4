"""The best single frames of a recording with pictures: sharp, well lit, and unlike each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import Still, of_planes

PLACES = 6  # looked at in each stretch
_ALIKE_BITS = 12  # of 64: below, two frames show the same
_GREY = (160, 90)

_Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFrame:
    at_ms: int
    still: Still
    score: float


def best_frames(
    reader: PictureReader,
    stretches: Iterable[tuple[int, int]],
    *,
    places: int = PLACES,
    check: Callable[[], None] = lambda: None,
) -> list[BestFrame]:
    """One frame of each stretch, in milliseconds; a repetition of the one before only if need be.

    ``check`` raises when nobody waits for them any more.
    """
    chosen: list[BestFrame] = []
    last: NDArray[np.bool_] | None = None
    for start_ms, end_ms in stretches:
        candidates = []
        for at_ms in _places(start_ms, end_ms, places):
            check()
            (planes,) = reader.frames(at_ms, fps=1, first=0, stop=1)
            still = of_planes(reader.track, planes)
            grey = _grey(still)
            candidates.append((grey, BestFrame(at_ms=at_ms, still=still, score=score(grey))))
        candidates.sort(key=lambda pair: -pair[1].score)
        best = next(
            (pair for pair in candidates if last is None or _apart(pair[0], last) >= _ALIKE_BITS),
            candidates[0],
        )
        last = _gradient(best[0])
        chosen.append(best[1])
    return chosen


def stretches_of(duration_ms: int, count: int) -> list[tuple[int, int]]:
    """``count`` equal parts of a recording."""
    borders = [duration_ms * number // count for number in range(count + 1)]
    return list(pairwise(borders))


def score(grey: _Grey) -> float:
    """Of a grey picture of 0 to 1. Black, white, flat and blurred ones are near nothing."""
    laplacian = np.abs(
        4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    )
    sharp = np.log1p(40 * float(np.percentile(laplacian, 97)))
    mean = float(grey.mean())
    lit = max(0.02, 1 - abs(mean - 0.46) * 1.8)
    clipped = float(np.mean((grey < 0.02) | (grey > 0.98)))
    contrast = min(1.0, float(grey.std()) / 0.18)
    return float(sharp * lit * (1 - 0.8 * clipped) * (0.2 + 0.8 * contrast))


def _places(start_ms: int, end_ms: int, count: int) -> Sequence[int]:
    """Inside a stretch and not at its borders, where pictures change."""
    step = (end_ms - start_ms) / (count + 1)
    return [round(start_ms + step * number) for number in range(1, count + 1)]


def _grey(still: Still) -> _Grey:
    height, width = still.height, still.width
    rows = np.linspace(0, height - 1, min(_GREY[1], height)).astype(int)
    columns = np.linspace(0, width - 1, min(_GREY[0], width)).astype(int)
    small = still.pixels[rows][:, columns].astype(np.float32) / 255
    weighted: _Grey = small @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return weighted


def _gradient(grey: _Grey) -> NDArray[np.bool_]:
    """64 bits: whether it gets brighter from left to right (a difference hash)."""
    rows = np.array_split(np.arange(grey.shape[0]), 8)
    columns = np.array_split(np.arange(grey.shape[1]), 9)
    means = np.array([[grey[np.ix_(r, c)].mean() for c in columns] for r in rows])
    brighter: NDArray[np.bool_] = means[:, 1:] > means[:, :-1]
    return brighter


def _apart(grey: _Grey, other: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(_gradient(grey) != other))
