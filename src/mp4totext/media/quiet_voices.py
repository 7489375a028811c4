"""Amplifies voices that are far quieter than the rest, as of people at the end of a room."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mp4totext.media.level import levelled
from mp4totext.media.samples import PER_MS, Channels, Samples
from mp4totext.media.survey import FRAME, FRAME_MS, Voice

_QUIET_DB = 16  # below the loud frames: from 20 dB on the voice network misses words
_LOUDEST_FRAMES = 7  # 0.2 s, which may be 10 dB louder than the loud frames: a bang is not speech
_LOUDEST_DB = 10
_FLOOR_DB = -80  # quieter is what the digits of 16 bits leave
_AROUND_FRAMES = 8  # 0.25 s: the beginnings, ends and echoes of loud words stay as they are
_STRETCH_FRAMES = 25  # 0.8 s: a pause between two words is shorter
_ECHO_FRAMES = 24  # 0.8 s: what another microphone had may come back so much later
_LOUDER_DB = 6  # frames in which another microphone is louder by this have its voice
_ALIKE_DB = 3  # a voice that two microphones hear alike is louder in one by less
_VOICED_MS = 400  # a breath or a cough is shorter
_SURE = 0.5
_EDGE = 20 * PER_MS


Levels = NDArray[np.floating]  # dBFS of each frame
Flags = NDArray[np.bool_]  # one for each frame


def with_quiet_voices(samples: Samples, voice: Voice) -> Samples:
    """The samples, with each quiet stretch in which ``voice`` hears speech at a usual level."""
    return _raised(samples, voice, list(_quiet_stretches(_frame_levels(samples))))


def each_with_quiet_voices(clean: Channels, feeds: Channels, voice: Voice) -> Channels:
    """``with_quiet_voices`` of several microphones, but only where no other one was louder.

    What is quiet in one of several is mostly the others' voices. ``feeds``: before these were
    removed, which leaves a little of them.
    """
    if feeds.shape[1] < _STRETCH_FRAMES * FRAME:
        return clean
    levels = [_frame_levels(feed) for feed in feeds]
    raised = []
    for n, samples in enumerate(clean):
        others = np.max([level for k, level in enumerate(levels) if k != n], axis=0)
        alone = _highest(others, before=_ECHO_FRAMES) < _highest(levels[n]) + _LOUDER_DB
        stretches = [
            (start, end)
            for start, end in _quiet_stretches(_frame_levels(samples), alone)
            if _loud(levels[n][start:end]) > _loud(others[start:end]) + _ALIKE_DB
        ]
        raised.append(_raised(samples, voice, stretches))
    return np.stack(raised)


def _raised(samples: Samples, voice: Voice, stretches: list[tuple[int, int]]) -> Samples:
    raised = samples
    for first, last in stretches:
        start, end = first * FRAME, last * FRAME
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


def _quiet_stretches(levels: Levels, where: Flags | None = None) -> Iterator[tuple[int, int]]:
    """(first frame, frame after the last) of each stretch far below the loud frames."""
    if len(levels) < _STRETCH_FRAMES:
        return
    loudest = np.sort(levels)[-_LOUDEST_FRAMES]
    loud = max(_loud(levels), loudest - _LOUDEST_DB)
    is_quiet = _highest(levels) < loud - _QUIET_DB
    if where is not None:
        is_quiet &= where
    edges = np.flatnonzero(np.diff(np.pad(is_quiet, 1).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start >= _STRETCH_FRAMES and _loud(levels[start:end]) > _FLOOR_DB:
            yield start, end


def _frame_levels(samples: Samples) -> Levels:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-6))


def _loud(levels: Levels) -> float:
    return float(np.percentile(levels, 95))


def _highest(levels: Levels, before: int = _AROUND_FRAMES) -> Levels:
    """The highest level of the frames around each one."""
    padded = np.pad(levels, (before, _AROUND_FRAMES), constant_values=_FLOOR_DB)
    return np.asarray(sliding_window_view(padded, before + _AROUND_FRAMES + 1).max(axis=1))
