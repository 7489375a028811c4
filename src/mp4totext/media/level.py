"""Amplifies quiet recordings to the level of read speech, so that voice is detected in them."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

_LEVEL_FRAME = 480  # 30 ms at 16 kHz
_TARGET_LEVEL = 0.06  # -24 dBFS: the usual level of read speech
_LOUDEST_LEVEL = 0.1  # limit for the loudest frames after amplification
_LOUDEST_FRAMES = 7  # 0.2 s: the shortest of answers
_GAIN_MAX = 1_000.0
# Limit of the gain of a stream: noise before the first word is not quiet speech.
_RUNNING_GAIN_MAX = 30.0
_RECENT_FRAMES = 270  # 8 s
_LOUD_LEVEL = 0.25
_LOUD_GAIN_MAX = 4.0


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples, amplified if they are very quiet: the network was trained on normal levels.

    A window may also be quiet because little is said in it. Its few words then have a normal level,
    so they limit the gain.
    """
    return _raised(samples, _gain(_levels(samples), _GAIN_MAX))


def loud(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Amplified by at most 12 dB: the network recognises creaky voices only when loud."""
    level = _level(_levels(samples))
    return _raised(samples, min(_LOUD_LEVEL / level, _LOUD_GAIN_MAX) if level > 0.0 else 1.0)


class RunningLevel:
    """``levelled`` for a stream, by the levels of its last seconds."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT_FRAMES)

    def levelled(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._recent.extend(_levels(samples))
        return _raised(samples, _gain(np.array(self._recent), _RUNNING_GAIN_MAX))


def raising_gain(levels: NDArray[np.floating]) -> float:
    """The gain for a recording with these levels (RMS) of short frames; 1 or more."""
    return _gain(np.asarray(levels, np.float32), _GAIN_MAX)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    usable = len(samples) - len(samples) % _LEVEL_FRAME
    frames = samples[:usable].reshape(-1, _LEVEL_FRAME)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)))


def _level(levels: NDArray[np.float32]) -> float:
    """The level of the louder frames; 0 if there is none."""
    return float(np.percentile(levels, 95)) if len(levels) else 0.0


def _gain(levels: NDArray[np.float32], most: float) -> float:
    level = _level(levels)
    if level <= 0.0 or level >= _TARGET_LEVEL / 4:
        return 1.0
    # In a short window the louder frames may be fewer than the loudest that count.
    loudest = max(level, float(np.sort(levels)[-min(_LOUDEST_FRAMES, len(levels))]))
    return min(_TARGET_LEVEL / level, _LOUDEST_LEVEL / loudest, most)


def _raised(samples: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """The samples, never made quieter."""
    if gain <= 1.0:
        return samples
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0))
