"""Quiet recordings raised to the level of read speech, so that voice activity is found in them."""

import numpy as np
from numpy.typing import NDArray

_LEVEL_FRAME = 480  # 30 ms at 16 kHz
_TARGET_LEVEL = 0.06  # -24 dBFS: where read speech usually lies
_LOUDEST_LEVEL = 0.1  # what the loudest sounds may be raised to
_LOUDEST_FRAMES = 7  # 0.2 s: the shortest of answers
_GAIN_MAX = 1_000.0


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Very quiet windows are raised: the network was trained on speech at usual levels.

    A window may be quiet because hardly anything is said in it. Then its few words are at a usual
    level already, and are not driven into distortion.
    """
    usable = len(samples) - len(samples) % _LEVEL_FRAME
    if not usable:
        return samples
    frames = samples[:usable].reshape(-1, _LEVEL_FRAME)
    levels = np.sort(np.sqrt(np.mean(frames**2, axis=1)))
    level = float(np.percentile(levels, 95))
    if level <= 0.0 or level >= _TARGET_LEVEL / 4:
        return samples
    loudest = float(levels[-min(_LOUDEST_FRAMES, len(levels))])
    gain = min(_TARGET_LEVEL / level, _LOUDEST_LEVEL / loudest, _GAIN_MAX)
    if gain <= 1.0:
        return samples
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0))
