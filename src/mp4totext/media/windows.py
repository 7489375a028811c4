"""Chooses where to cut a long recording: no word is cut, and every window fits in memory. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_MS = 300_000
SEARCH_MS = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    start_ms: int
    end_ms: int


def plan(
    speech: Sequence[tuple[int, int]],
    *,
    duration_ms: int,
    window_ms: int = WINDOW_MS,
    search_ms: int = SEARCH_MS,
) -> tuple[Window, ...]:
    """Windows that tile 0..``duration_ms``, each at most ``window_ms`` long.

    ``speech`` has ordered (start_ms, end_ms) of voice. A window ends in the middle of the longest
    pause of its last ``search_ms``; without a pause it ends at ``window_ms``.
    """
    windows: list[Window] = []
    start = 0
    while duration_ms - start > window_ms:
        cut = longest_pause(speech, start + window_ms - search_ms, start + window_ms)
        windows.append(Window(start, cut))
        start = cut
    if duration_ms > start:
        windows.append(Window(start, duration_ms))
    return tuple(windows)


def longest_pause(speech: Sequence[tuple[int, int]], low: int, high: int) -> int:
    """The middle of the longest pause between ``low`` and ``high``; ``high`` if there is none."""
    inside = [(max(a, low), min(b, high)) for a, b in speech if a < high and b > low]
    edges = [low, *(edge for region in inside for edge in region), high]
    pauses = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    if not pauses:
        return high
    a, b = max(pauses, key=lambda pause: pause[1] - pause[0])
    return (a + b) // 2
