"""Quiet recordings raised to the level of read speech, so that voice activity is found in them."""

import numpy as np
from numpy.typing import NDArray

_LEVEL_FRAME = 480  # 30 ms at 16 kHz
_TARGET_LEVEL = 0.06  # -24 dBFS: where read speech usually lies
_GAIN_MAX = 1_000.0


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Very quiet windows are raised: the network was trained on speech at usual levels."""
    usable = len(samples) - len(samples) % _LEVEL_FRAME
    if not usable:
        return samples
    frames = samples[:usable].reshape(-1, _LEVEL_FRAME)
    level = float(np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 95))
    if level <= 0.0 or level >= _TARGET_LEVEL / 4:
        return samples
    gain = min(_TARGET_LEVEL / level, _GAIN_MAX)
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0))
