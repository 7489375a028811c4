"""Detects noise that the noise filter removes without harm to speech. Pure.

Even noise (wind, fans, traffic, hiss) makes the quiet parts of a recording loud and alike. People
who talk behind the speaker make them loud and full of voice; music makes them loud without voice.
"""

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.samples import SAMPLE_RATE

FRAME = 512  # 32 ms; voice activity has one probability for each
_SHORTEST = 3 * SAMPLE_RATE  # a shorter recording may have no pause
# Measured on 12 clips of speech with noise added, and on recordings with other faults: with pink
# noise 5 dB below the speech, where the filter helps, the range is 12 to 16 dB and the quiet parts
# differ by 0.7 to 1.2 dB; with 10 dB, where it does not, the range is 15 to 20 dB. Clean clips have
# 25 dB and more, babble differs by 3.4 to 7 dB, music by 2.6.
RANGE_DB = 15.5
SILENCE_DB = -85.0  # dBFS: below it there is no noise to remove
EVEN_DB = 2.0
# On 7 clips of three readers with eight voices of two others 5 dB below, the range is 13 to 15.8 dB
# and the mean probability of voice in the quietest fifth 0.72 to 0.85; with 10 dB, 16.4 to 20 dB.
# Music and pink noise as near have at most 0.63, clean and quiet clips 22 dB and more.
BABBLE_RANGE_DB = 16.0
BABBLE_VOICE = 0.65


def is_even_noise(samples: NDArray[np.float32]) -> bool:
    """Whether mono sound at 16 kHz has even noise; False if it is shorter than three seconds."""
    if len(samples) < _SHORTEST:
        return False
    levels = _levels(samples)
    quiet = levels[_quiet(levels)]
    return _is_near(levels, RANGE_DB) and bool(quiet.std() < EVEN_DB)


def is_babble(samples: NDArray[np.float32], voice: NDArray[np.float32]) -> bool:
    """Whether people talk behind the speaker; ``voice``: the probability of voice in each frame."""
    if len(samples) < _SHORTEST:
        return False
    levels = _levels(samples)
    return _is_near(levels, BABBLE_RANGE_DB) and bool(voice[_quiet(levels)].mean() > BABBLE_VOICE)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels of the frames in dBFS."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-14))


def _quiet(levels: NDArray[np.float64]) -> NDArray[np.intp]:
    """The indices of the quietest fifth."""
    return np.argsort(levels)[: max(3, len(levels) // 5)]


def _is_near(levels: NDArray[np.float64], range_db: float) -> bool:
    """Whether loud and quiet parts differ by less than speech and its pauses do."""
    low, high = np.percentile(levels, (10, 95))
    return bool(high > SILENCE_DB and high - low < range_db)
