"""Groups voiced regions into chunks that an engine hears at once, cut where nobody speaks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mp4totext.providers.speech.vad import FRAME_MS, Probabilities, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkOptions:
    max_ms: int = 18_000
    join_gap_ms: int = 1_200  # a longer pause ends the chunk: context does not cross it
    search_ms: int = 6_000  # how far back from the limit a region without pauses may be cut
    context_ms: int = 250  # heard before and after, so that no first or last sound is lost


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring regions and the span that is heard for them."""

    regions: tuple[Region, ...]
    span: Region

    @property
    def voiced_ms(self) -> int:
        return sum(region.length_ms for region in self.regions)


def chunks(
    speech: Sequence[Region],
    probabilities: Probabilities,
    *,
    length_ms: int,
    options: ChunkOptions,
) -> tuple[Chunk, ...]:
    """Ordered chunks of at most ``max_ms``; spans reach into pauses but never overlap."""
    groups: list[list[Region]] = []
    for region in speech:
        for piece in _cut(region, probabilities, options):
            if groups and _fits(groups[-1], piece, options):
                groups[-1].append(piece)
            else:
                groups.append([piece])
    return with_context(groups, length_ms=length_ms, context_ms=options.context_ms)


def with_context(
    groups: Sequence[Sequence[Region]], *, length_ms: int, context_ms: int, start_ms: int = 0
) -> tuple[Chunk, ...]:
    """Each group with up to ``context_ms`` of what surrounds it, or half the pause."""
    found: list[Chunk] = []
    for n, group in enumerate(groups):
        before = (groups[n - 1][-1].end_ms + group[0].start_ms) // 2 if n else start_ms
        after = length_ms
        if n + 1 < len(groups):
            after = (group[-1].end_ms + groups[n + 1][0].start_ms) // 2
        span = Region(
            max(before, group[0].start_ms - context_ms), min(after, group[-1].end_ms + context_ms)
        )
        found.append(Chunk(tuple(group), span))
    return tuple(found)


def halved(chunk: Chunk, probabilities: Probabilities) -> tuple[Chunk, ...]:
    """The chunk in two, at its longest pause or else at its weakest voice near the middle."""
    regions = chunk.regions
    if len(regions) > 1:
        gaps = [b.start_ms - a.end_ms for a, b in pairwise(regions)]
        at = int(np.argmax(gaps)) + 1
        groups = [regions[:at], regions[at:]]
    else:
        third = regions[0].length_ms // 3
        low, high = regions[0].start_ms + third, regions[0].end_ms - third
        cut = _weakest(probabilities, low, high)
        groups = [(Region(regions[0].start_ms, cut),), (Region(cut, regions[0].end_ms),)]
    middle = (groups[0][-1].end_ms + groups[1][0].start_ms) // 2
    return (
        Chunk(groups[0], Region(chunk.span.start_ms, middle)),
        Chunk(groups[1], Region(middle, chunk.span.end_ms)),
    )


def _fits(group: Sequence[Region], piece: Region, options: ChunkOptions) -> bool:
    return (
        piece.start_ms - group[-1].end_ms <= options.join_gap_ms
        and piece.end_ms - group[0].start_ms <= options.max_ms
    )


def _cut(region: Region, probabilities: Probabilities, options: ChunkOptions) -> list[Region]:
    pieces: list[Region] = []
    start = region.start_ms
    while region.end_ms - start > options.max_ms:
        high = start + options.max_ms
        at = _weakest(probabilities, high - options.search_ms, high)
        pieces.append(Region(start, at))
        start = at
    pieces.append(Region(start, region.end_ms))
    return pieces


def _weakest(probabilities: Probabilities, low_ms: int, high_ms: int) -> int:
    window = probabilities[low_ms // FRAME_MS : high_ms // FRAME_MS]
    if not len(window):
        return high_ms
    # Five frames together: one weak frame inside a word is not a pause.
    smooth = np.convolve(window, np.ones(5) / 5, mode="same")
    return low_ms + int(smooth.argmin()) * FRAME_MS + FRAME_MS // 2
