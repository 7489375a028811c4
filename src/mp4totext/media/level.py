"""Quiet recordings raised to the level of read speech, so that voice activity is found in them."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

_LEVEL_FRAME = 480  # 30 ms at 16 kHz
_TARGET_LEVEL = 0.06  # -24 dBFS: where read speech usually lies
_GAIN_MAX = 1_000.0
_RUNNING_GAIN_MAX = 30.0  # a room before the first word is not speech that is too quiet
_RECENT_FRAMES = 270  # 8 s


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Very quiet windows are raised: the network was trained on speech at usual levels."""
    usable = len(samples) - len(samples) % _LEVEL_FRAME
    if not usable:
        return samples
    gain = _gain(_levels(samples[:usable]), _GAIN_MAX)
    return samples if gain == 1.0 else _raised(samples, gain)


class RunningLevel:
    """The same for sound that is still coming, by what was heard of it in the last seconds."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_RECENT_FRAMES)

    def levelled(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        usable = len(samples) - len(samples) % _LEVEL_FRAME
        self._recent.extend(_levels(samples[:usable]))
        gain = _gain(np.array(self._recent), _RUNNING_GAIN_MAX)
        return samples if gain == 1.0 else _raised(samples, gain)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = samples.reshape(-1, _LEVEL_FRAME)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)))


def _gain(levels: NDArray[np.float32], most: float) -> float:
    level = float(np.percentile(levels, 95)) if len(levels) else 0.0
    if level <= 0.0 or level >= _TARGET_LEVEL / 4:
        return 1.0
    return min(_TARGET_LEVEL / level, most)


def _raised(samples: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0))
