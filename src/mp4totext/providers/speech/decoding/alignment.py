"""Word times from a decoder's cross-attention, and words from tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mp4totext.providers.vad import Region
from mp4totext.transcript import Word

_MEDIAN_FRAMES = 7  # as in Whisper's word timing: removes single-frame spikes
_MIN_WORD_MS = 40
_ONSET_MS = 500  # attention finds the first word after a pause late, by less than this


@dataclass(frozen=True, slots=True)
class SpokenToken:
    piece: bytes
    log_prob: float
    start_ms: int
    end_ms: int


def token_frames(attention: NDArray[np.float32]) -> NDArray[np.intp]:
    """The first frame of each token; ``attention`` is (heads, tokens, frames).

    Dynamic time warping in which every token takes at least one frame and frames are never skipped.
    With C the running sum of a token's cost, the best start k of token i solves D[i, j] = C[i, j] +
    min over k <= j of (D[i-1, k-1] - C[i, k-1]): a running minimum, so a token costs a few vector
    operations without a loop over frames. With fewer frames than tokens, the tokens are spread
    evenly.
    """
    _, tokens, frames = attention.shape
    if frames < tokens or tokens == 0:
        return np.asarray(np.arange(tokens) * frames // max(tokens, 1))
    cost = -_sharpened(attention)
    total = np.cumsum(cost, axis=1, dtype=np.float64)
    before = np.concatenate([np.zeros((tokens, 1)), total[:, :-1]], axis=1)
    starts = np.zeros((tokens, frames), np.int32)
    best = np.full(frames, np.inf)
    best[:] = total[0]
    index = np.arange(frames, dtype=np.int32)
    for i in range(1, tokens):
        entering = np.concatenate([[np.inf], best[:-1]]) - before[i]
        lowest = np.minimum.accumulate(entering)
        is_new = np.concatenate([[True], entering[1:] < lowest[:-1]])
        starts[i] = np.maximum.accumulate(np.where(is_new, index, 0))
        best = lowest + total[i]
    return _walk_back(starts)


def _walk_back(starts: NDArray[np.int32]) -> NDArray[np.intp]:
    tokens, frames = starts.shape
    first = np.zeros(tokens, np.intp)
    at = frames - 1
    for i in range(tokens - 1, 0, -1):
        first[i] = starts[i, at]
        at = first[i] - 1
    return first


def _sharpened(attention: NDArray[np.float32]) -> NDArray[np.float32]:
    """(tokens, frames): each head standardised over frames, median-filtered, then averaged."""
    mean = attention.mean(axis=2, keepdims=True)
    deviation = attention.std(axis=2, keepdims=True)
    scaled = (attention - mean) / (deviation + 1e-6)
    if scaled.shape[2] > _MEDIAN_FRAMES:
        half = _MEDIAN_FRAMES // 2
        padded = np.pad(scaled, ((0, 0), (0, 0), (half, half)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, _MEDIAN_FRAMES, axis=2)
        scaled = np.partition(windows, half, axis=-1)[..., half]
    return np.asarray(scaled.mean(axis=0), np.float32)


def words_from_tokens(tokens: Sequence[SpokenToken]) -> tuple[Word, ...]:
    """Words in the tokens' times; a piece that starts with a space starts a word.

    The confidence is exp of the mean log-probability of the word's tokens.
    """
    groups: list[list[SpokenToken]] = []
    for token in tokens:
        if token.piece.startswith(b" ") or not groups:
            groups.append([token])
        else:
            groups[-1].append(token)
    words = []
    for group in groups:
        text = b"".join(token.piece for token in group).decode("utf-8", "replace").strip()
        if text:
            mean = sum(token.log_prob for token in group) / len(group)
            words.append(
                Word(
                    text=text,
                    start_ms=group[0].start_ms,
                    end_ms=group[-1].end_ms,
                    confidence=round(float(np.exp(mean)), 3),
                )
            )
    return tuple(words)


def clipped_to_speech(words: Sequence[Word], regions: Sequence[Region]) -> tuple[Word, ...]:
    """Each word inside the region it overlaps most, in order; none crosses a pause.

    Attention gives words without gaps, so a word next to a pause covers it. A word that lies
    entirely in a pause is moved to the nearest region and marked as estimated.
    """
    placed: list[Word] = []
    floor_ms = 0
    last: Region | None = None
    for word in words:
        region = _region_of(word, regions, floor_ms)
        start = max(word.start_ms, region.start_ms, floor_ms)
        if region is not last and start - region.start_ms < _ONSET_MS:
            start = max(floor_ms, region.start_ms)  # the region begins with its first word
        last = region
        end = min(word.end_ms, region.end_ms)
        estimated = end - start < _MIN_WORD_MS
        if estimated:
            start = max(floor_ms, min(start, region.end_ms - _MIN_WORD_MS))
            end = max(start, min(start + _MIN_WORD_MS, region.end_ms))
        placed.append(replace(word, start_ms=start, end_ms=end, estimated=estimated))
        floor_ms = end
    return tuple(placed)


def _region_of(word: Word, regions: Sequence[Region], floor_ms: int) -> Region:
    possible = [r for r in regions if r.end_ms > floor_ms] or [regions[-1]]
    overlap: Callable[[Region], int] = lambda r: (  # noqa: E731  # reads as the rule it is
        min(word.end_ms, r.end_ms) - max(word.start_ms, r.start_ms)
    )
    return max(possible, key=overlap)
