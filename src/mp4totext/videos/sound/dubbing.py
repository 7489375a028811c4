"""The timing and loudness of lines spoken over a recording. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mp4totext.exports.findings import Line
from mp4totext.kit import unicode

Span = tuple[int, int]  # from, to, in milliseconds
SLOWEST, FASTEST = 0.9, 1.25  # beyond these factors a voice sounds drawn out or hurried
UNDER_DB = -20.0  # level of the recording while a line is spoken over it
_FALL_MS, _RISE_MS = 250, 400  # the recording fades down before a line, and up after it
_BREATH_MS = 80  # pause between a line that took longer and the next one
_LATE_MS = 300  # a line that begins this much after the original causes a warning


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """When a line is spoken, and how much faster than the voice said it."""

    start_ms: int
    end_ms: int
    speed: float


def to_speak(lines: Sequence[Line]) -> list[Line]:
    """The lines that contain a word, in order of time."""
    spoken = [line for line in lines if any(map(str.isalnum, unicode.clean(line.text)))]
    return sorted(spoken, key=lambda line: (line.start_ms, line.end_ms))


def placed(lines: Sequence[Line], lengths_ms: Sequence[int]) -> list[Placed]:
    """Each line starts with its original, or after the line before it; lines never overlap.

    Its speed is changed within limits to match the original: a shorter line leaves a pause, a
    longer one runs into the pause after it and delays the next line.
    """
    result = []
    free_ms = 0
    for line, length_ms in zip(lines, lengths_ms, strict=True):
        start_ms = max(line.start_ms, free_ms)
        room_ms = max(1, line.end_ms - start_ms)
        speed = min(max(length_ms / room_ms, SLOWEST), FASTEST)
        end_ms = start_ms + round(length_ms / speed)
        result.append(Placed(start_ms=start_ms, end_ms=end_ms, speed=speed))
        free_ms = end_ms + _BREATH_MS
    return result


def warnings(lines: Sequence[Line], places: Sequence[Placed], length_ms: int) -> list[str]:
    """Warnings about late lines in a video of ``length_ms``."""
    warned = []
    late = [p.start_ms - line.start_ms for line, p in zip(lines, places, strict=True)]
    count = sum(late_ms > _LATE_MS for late_ms in late)
    if count:
        warned.append(
            f"{count} of {len(lines)} lines begin late, by up to {max(late) / 1000:.1f} s, because "
            "the voice takes longer for the lines before them than the recording."
        )
    if places and places[-1].end_ms > length_ms:
        warned.append("The voice takes longer for the end than the recording: it is cut off.")
    return warned


def spans_of(lines: Sequence[Line], places: Sequence[Placed]) -> list[Span]:
    """The spans of speech: of the spoken lines and of the original ones."""
    return [
        (min(line.start_ms, place.start_ms), max(line.end_ms, place.end_ms))
        for line, place in zip(lines, places, strict=True)
    ]


class Levels:
    """The volume of a sound over time, which is lower while somebody speaks over it."""

    def __init__(
        self, spans: Iterable[Span], *, alone_db: float = 0.0, under_db: float = UNDER_DB
    ) -> None:
        times: list[int] = []
        levels: list[float] = []
        for start_ms, end_ms in _together(spans):
            times += [start_ms - _FALL_MS, start_ms, end_ms, end_ms + _RISE_MS]
            levels += [alone_db, under_db, under_db, alone_db]
        self._times, self._levels = times or [0], levels or [alone_db]

    def gains(self, from_ms: int, count: int, *, rate: int) -> NDArray[np.float32]:
        """One factor for each sample, starting at ``from_ms``."""
        at_ms = from_ms + np.arange(count) * (1_000 / rate)
        decibels = np.interp(at_ms, self._times, self._levels)
        gains: NDArray[np.float32] = np.power(10.0, decibels / 20).astype(np.float32)
        return gains


def _together(spans: Iterable[Span]) -> list[Span]:
    """Merges spans that are too close for the volume to rise and fall in between."""
    result: list[Span] = []
    for start_ms, end_ms in sorted(spans):
        if result and start_ms - result[-1][1] <= _FALL_MS + _RISE_MS:
            result[-1] = result[-1][0], max(result[-1][1], end_ms)
        else:
            result.append((start_ms, end_ms))
    return result
