"""Tops of waves that were cut off, at whatever level they are now. Pure."""

import numpy as np

from mp4totext.media.samples import Samples

_NEAR = (0.96, 1.04)  # of the level they were cut at: resampling makes small waves of a flat top
_BESIDE = 0.9  # the samples before and after a flat top are below this; those of a tone are not
_RUN = 3  # samples: two may be the top of any wave
_SILENCE = 0.01
_BINS = 50
_ABOVE_SHARE = 0.25  # of what is near the level: where it was cut, there is hardly more above


def flat_samples(magnitudes: Samples) -> int:
    """How many samples of some seconds lie in flat tops; 0 where there is no common level."""
    top = float(magnitudes.max(initial=0.0))
    if top < _SILENCE:
        return 0
    counts, edges = np.histogram(magnitudes[magnitudes > top / 2], _BINS, (top / 2, top))
    fullest = int(counts[_BINS // 5 :].argmax()) + _BINS // 5
    level = float(edges[fullest] + edges[fullest + 1]) / 2
    high = np.flatnonzero(magnitudes > _NEAR[0] * level)
    near = high[magnitudes[high] < _NEAR[1] * level]
    if not len(near):
        return 0
    breaks = np.flatnonzero(np.diff(near) > 1)
    starts = near[np.concatenate([[0], breaks + 1])]
    ends = near[np.concatenate([breaks, [len(near) - 1]])] + 1
    inside = (starts > 0) & (ends < len(magnitudes)) & (ends - starts >= _RUN)
    starts, ends = starts[inside], ends[inside]
    beside = np.maximum(magnitudes[starts - 1], magnitudes[ends])
    flat = int((ends - starts)[beside < _BESIDE * level].sum())
    above = len(high) - len(near)
    return flat if above <= _ABOVE_SHARE * flat else 0
