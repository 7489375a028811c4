"""Groups regions of voice into chunks that are decoded at once, cut in pauses. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mp4totext.providers.vad import FRAME_MS, Probabilities, Region

_SMOOTH_FRAMES = 5
_FULL_WORTH_MS = 6_000  # a cut this far from both ends leaves enough context on both sides


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkOptions:
    max_ms: int = 18_000
    join_gap_ms: int = 1_200  # a longer pause ends the chunk, so that context does not cross it
    search_ms: int = 6_000  # how far before the limit a region without pauses may be cut
    context_ms: int = 250  # before and after, so that the first and last sounds are complete
    # The smallest share of max_ms that a chunk has if more follow, for engines that take as long
    # for a short chunk as for a full one.
    filled: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring regions, and the span that is decoded for them."""

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
    """Chunks of at most ``max_ms`` in order. Spans extend into pauses, but never overlap."""
    runs: list[list[Region]] = []
    for region in speech:
        for piece in _cut(region, probabilities, options):
            if runs and piece.start_ms - runs[-1][-1].end_ms <= options.join_gap_ms:
                runs[-1].append(piece)
            else:
                runs.append([piece])
    split = _filled if options.filled else _split
    groups = [group for run in runs for group in split(run, options)]
    return with_context(groups, length_ms=length_ms, context_ms=options.context_ms)


def with_context(
    groups: Sequence[Sequence[Region]], *, length_ms: int, context_ms: int, start_ms: int = 0
) -> tuple[Chunk, ...]:
    """Each group with up to ``context_ms`` of its surroundings, or half the pause."""
    with_spans: list[Chunk] = []
    for n, group in enumerate(groups):
        before = (groups[n - 1][-1].end_ms + group[0].start_ms) // 2 if n else start_ms
        after = length_ms
        if n + 1 < len(groups):
            after = (group[-1].end_ms + groups[n + 1][0].start_ms) // 2
        span = Region(
            max(before, group[0].start_ms - context_ms), min(after, group[-1].end_ms + context_ms)
        )
        with_spans.append(Chunk(tuple(group), span))
    return tuple(with_spans)


def halved(chunk: Chunk, probabilities: Probabilities) -> tuple[Chunk, ...]:
    """The chunk cut in two at its longest pause, or at its weakest voice near the middle."""
    regions = chunk.regions
    if len(regions) > 1:
        gaps = [b.start_ms - a.end_ms for a, b in pairwise(regions)]
        at = int(np.argmax(gaps)) + 1
        groups = [regions[:at], regions[at:]]
    else:
        third = regions[0].length_ms // 3
        low, high = regions[0].start_ms + third, regions[0].end_ms - third
        cut = weakest(probabilities, low, high)
        groups = [(Region(regions[0].start_ms, cut),), (Region(cut, regions[0].end_ms),)]
    middle = (groups[0][-1].end_ms + groups[1][0].start_ms) // 2
    return (
        Chunk(groups[0], Region(chunk.span.start_ms, middle)),
        Chunk(groups[1], Region(middle, chunk.span.end_ms)),
    )


def _filled(group: Sequence[Region], options: ChunkOptions) -> list[Sequence[Region]]:
    """Parts of at most ``max_ms``, each cut at the longest pause after its ``filled`` share."""
    done: list[Sequence[Region]] = []
    while group[-1].end_ms - (start_ms := group[0].start_ms) > options.max_ms and len(group) > 1:
        fits = [n for n in range(1, len(group)) if group[n - 1].end_ms - start_ms <= options.max_ms]
        enough_ms = start_ms + options.filled * options.max_ms
        late = [n for n in fits if group[n - 1].end_ms >= enough_ms] or fits[-1:]
        cut = max(late, key=lambda n: group[n].start_ms - group[n - 1].end_ms)
        done.append(group[:cut])
        group = group[cut:]
    return [*done, group]


def _split(group: Sequence[Region], options: ChunkOptions) -> list[Sequence[Region]]:
    """Parts of at most ``max_ms``, cut at the longest pauses, preferably not near an end."""
    todo, done = [group], []
    while todo:
        part = todo.pop()
        start_ms, end_ms = part[0].start_ms, part[-1].end_ms
        if len(part) == 1 or end_ms - start_ms <= options.max_ms:
            done.append(part)
            continue

        def worth(n: int, part: Sequence[Region] = part) -> float:
            at_ms = part[n].start_ms
            from_end_ms = min(at_ms - part[0].start_ms, part[-1].end_ms - at_ms)
            pause_ms = at_ms - part[n - 1].end_ms
            return pause_ms * min(1.0, (from_end_ms + 1_000) / _FULL_WORTH_MS)

        cut = max(range(1, len(part)), key=worth)
        todo += [part[cut:], part[:cut]]  # the earlier part is taken first
    return done


def _cut(region: Region, probabilities: Probabilities, options: ChunkOptions) -> list[Region]:
    pieces: list[Region] = []
    start = region.start_ms
    while region.end_ms - start > options.max_ms:
        high = start + options.max_ms
        at = weakest(probabilities, high - options.search_ms, high)
        pieces.append(Region(start, at))
        start = at
    pieces.append(Region(start, region.end_ms))
    return pieces


def weakest(probabilities: Probabilities, low_ms: int, high_ms: int) -> int:
    """The time between ``low_ms`` and ``high_ms`` at which the voice is weakest."""
    window = probabilities[low_ms // FRAME_MS : high_ms // FRAME_MS]
    if len(window) < _SMOOTH_FRAMES:
        return (low_ms + high_ms) // 2
    # Over several frames, as one weak frame inside a word is not a pause.
    smooth = np.convolve(window, np.ones(_SMOOTH_FRAMES), mode="valid")
    return low_ms + (int(smooth.argmin()) + _SMOOTH_FRAMES // 2) * FRAME_MS + FRAME_MS // 2
