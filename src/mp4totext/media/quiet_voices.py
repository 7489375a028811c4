"""Amplifies voices that are far quieter than the rest, as of people at the end of a room."""

from collections.abc import Iterator

import numpy as np

from mp4totext.media.level import levelled
from mp4totext.media.samples import PER_MS, Samples
from mp4totext.media.survey import FRAME, FRAME_MS, Voice

_QUIET_DB = 16  # below the loud frames: from 20 dB on the voice network misses words
_LOUDEST_FRAMES = 7  # 0.2 s, which may be 10 dB louder than the loud frames: a bang is not speech
_LOUDEST_DB = 10
_FLOOR_DB = -80  # quieter is what the digits of 16 bits leave
_AROUND_FRAMES = 8  # 0.25 s: the beginnings, ends and echoes of loud words stay as they are
_STRETCH_FRAMES = 25  # 0.8 s: a pause between two words is shorter
_VOICED_MS = 400  # a breath or a cough is shorter
_SURE = 0.5
_EDGE = 20 * PER_MS


def with_quiet_voices(samples: Samples, voice: Voice) -> Samples:
    """The samples, with each quiet stretch in which ``voice`` hears speech at a usual level."""
    raised = samples
    for start, end in _quiet_stretches(samples):
        stretch = levelled(samples[start:end])
        voiced_ms = int((voice(stretch) >= _SURE).sum()) * FRAME_MS
        if voiced_ms < _VOICED_MS:
            continue
        raised = samples.copy() if raised is samples else raised
        slope = np.linspace(0, 1, _EDGE, dtype=np.float32)
        share = np.ones(end - start, np.float32)
        share[:_EDGE], share[-_EDGE:] = slope, slope[::-1]
        raised[start:end] += share * (stretch - samples[start:end])
    return raised


def _quiet_stretches(samples: Samples) -> Iterator[tuple[int, int]]:
    """(first sample, sample after the last) of each stretch far below the loud frames."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    if len(frames) < _STRETCH_FRAMES:
        return
    levels = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-6)
    loudest = np.sort(levels)[-_LOUDEST_FRAMES]
    loud = max(np.percentile(levels, 95), loudest - _LOUDEST_DB)
    around = np.pad(levels, _AROUND_FRAMES, constant_values=_FLOOR_DB)
    highest = np.lib.stride_tricks.sliding_window_view(around, 2 * _AROUND_FRAMES + 1).max(axis=1)
    is_quiet = np.concatenate([[False], highest < loud - _QUIET_DB, [False]])
    edges = np.flatnonzero(np.diff(is_quiet.astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        long_enough = end - start >= _STRETCH_FRAMES
        if long_enough and np.percentile(levels[start:end], 95) > _FLOOR_DB:
            yield int(start) * FRAME, int(end) * FRAME
