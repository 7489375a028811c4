"""Whether a recording has noise that a filter takes out without harm. Pure.

Noise that goes on evenly (wind, fans, traffic, hiss) leaves the quiet parts of a recording loud and
alike. People talking behind the speaker leave them loud and full of voice; music leaves them loud
without it.
"""

import numpy as np
from numpy.typing import NDArray

from mp4totext.media.samples import SAMPLE_RATE

FRAME = 512  # 32 ms, of which voice activity has one probability
_SHORTEST = 3 * SAMPLE_RATE  # in less there may be no pause
# Measured on 12 clips of speech with noise added, and on recordings with other faults: with pink
# noise 5 dB below the speech, where the filter helps, the range is 12 to 16 dB and the quiet parts
# differ by 0.7 to 1.2 dB; with 10 dB, where it does not, the range is 15 to 20 dB. Clean clips have
# 25 dB and more, babble differs by 3.4 to 7 dB, music by 2.6.
RANGE_DB = 15.5
SILENCE_DB = -85.0  # of full scale: below it there is nothing to take away
EVEN_DB = 2.0
# On 7 clips of three readers with eight voices of two others 5 dB below, the range is 13 to 15.8 dB
# and the mean probability of voice in the quietest fifth 0.72 to 0.85; with 10 dB, 16.4 to 20 dB.
# Music and pink noise as near have at most 0.63, clean and quiet clips 22 dB and more.
BABBLE_RANGE_DB = 16.0
BABBLE_VOICE = 0.65


def is_even_noise(samples: NDArray[np.float32]) -> bool:
    """Of mono sound at 16 kHz; False for less than three seconds of it."""
    if len(samples) < _SHORTEST:
        return False
    levels = _levels(samples)
    quiet = levels[_quiet(levels)]
    return _is_near(levels, RANGE_DB) and bool(quiet.std() < EVEN_DB)


def is_babble(samples: NDArray[np.float32], voice: NDArray[np.float32]) -> bool:
    """The same for voices behind the speaker; ``voice``: the probability of it in each frame."""
    if len(samples) < _SHORTEST:
        return False
    levels = _levels(samples)
    return _is_near(levels, BABBLE_RANGE_DB) and bool(voice[_quiet(levels)].mean() > BABBLE_VOICE)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """In dB of full scale."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-14))


def _quiet(levels: NDArray[np.float64]) -> NDArray[np.intp]:
    """The indices of the quietest fifth."""
    return np.argsort(levels)[: max(3, len(levels) // 5)]


def _is_near(levels: NDArray[np.float64], range_db: float) -> bool:
    """Whether loud and quiet parts are less apart than speech is from its pauses."""
    low, high = np.percentile(levels, (10, 95))
    return bool(high > SILENCE_DB and high - low < range_db)
