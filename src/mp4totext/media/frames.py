"""Chooses the best still frames of a video: sharp, well lit, and different from each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.pictures import PictureReader
from mp4totext.media.stills import Still, of_planes

PLACES = 6  # frames examined in each stretch
_ALIKE_BITS = 12  # of 64 bits that differ: below this two frames show the same
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
    """One frame for each (start_ms, end_ms); one like the previous only if there is no other.

    ``check`` raises when the job is cancelled.
    """
    chosen: list[BestFrame] = []
    last: NDArray[np.bool_] | None = None
    for start_ms, end_ms in stretches:
        candidates = []
        # Away from the ends, where scenes change.
        step_ms = (end_ms - start_ms) / (places + 1)
        for number in range(1, places + 1):
            at_ms = round(start_ms + step_ms * number)
            check()
            (planes,) = reader.frames(at_ms, fps=1, first=0, stop=1)
            still = of_planes(reader.track, planes)
            grey = _grey(still)
            candidates.append((grey, BestFrame(at_ms=at_ms, still=still, score=score(grey))))
        candidates.sort(key=lambda pair: -pair[1].score)
        best = next(
            (
                pair
                for pair in candidates
                if last is None or np.count_nonzero(_gradient(pair[0]) != last) >= _ALIKE_BITS
            ),
            candidates[0],
        )
        last = _gradient(best[0])
        chosen.append(best[1])
    return chosen


def stretches_of(duration_ms: int, count: int) -> list[tuple[int, int]]:
    """Divide a recording into ``count`` equal parts."""
    borders = [duration_ms * number // count for number in range(count + 1)]
    return list(pairwise(borders))


def score(grey: _Grey) -> float:
    """The quality of a grey picture of 0 to 1. Black, white, flat and blurred ones are near 0."""
    laplacian = np.abs(
        4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    )
    sharp = np.log1p(40 * float(np.percentile(laplacian, 97)))
    mean = float(grey.mean())
    lit = max(0.02, 1 - abs(mean - 0.46) * 1.8)
    clipped = float(np.mean((grey < 0.02) | (grey > 0.98)))
    contrast = min(1.0, float(grey.std()) / 0.18)
    return float(sharp * lit * (1 - 0.8 * clipped) * (0.2 + 0.8 * contrast))


def _grey(still: Still) -> _Grey:
    height, width = still.height, still.width
    rows = np.linspace(0, height - 1, min(_GREY[1], height)).astype(int)
    columns = np.linspace(0, width - 1, min(_GREY[0], width)).astype(int)
    small = still.pixels[rows][:, columns].astype(np.float32) / 255
    weighted: _Grey = small @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return weighted


def _gradient(grey: _Grey) -> NDArray[np.bool_]:
    """A difference hash of 64 bits: whether the picture gets brighter from left to right."""
    rows = np.array_split(np.arange(grey.shape[0]), 8)
    columns = np.array_split(np.arange(grey.shape[1]), 9)
    means = np.array([[grey[np.ix_(r, c)].mean() for c in columns] for r in rows])
    brighter: NDArray[np.bool_] = means[:, 1:] > means[:, :-1]
    return brighter
