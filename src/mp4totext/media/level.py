"""Quiet recordings raised to the level of read speech, so that voice activity is found in them."""

import numpy as np
from numpy.typing import NDArray

_LEVEL_FRAME = 480  # 30 ms at 16 kHz
_TARGET_LEVEL = 0.06  # -24 dBFS: where read speech usually lies
_GAIN_MAX = 1_000.0
_LOUD_LEVEL = 0.25
_LOUD_GAIN_MAX = 4.0


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Very quiet windows are raised: the network was trained on speech at usual levels."""
    level = _level(samples)
    if level <= 0.0 or level >= _TARGET_LEVEL / 4:
        return samples
    return _raised(samples, min(_TARGET_LEVEL / level, _GAIN_MAX))


def loud(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Raised by 12 dB at most: hoarse and creaky voices are voice to the network only when loud."""
    level = _level(samples)
    if level <= 0.0 or level >= _LOUD_LEVEL:
        return samples
    return _raised(samples, min(_LOUD_LEVEL / level, _LOUD_GAIN_MAX))


def _level(samples: NDArray[np.float32]) -> float:
    """That of the louder frames; 0 when there is none."""
    usable = len(samples) - len(samples) % _LEVEL_FRAME
    if not usable:
        return 0.0
    frames = samples[:usable].reshape(-1, _LEVEL_FRAME)
    return float(np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 95))


def _raised(samples: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0))
