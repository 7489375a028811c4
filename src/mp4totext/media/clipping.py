"""Finds clipped peaks, at whatever level they are after the recording was scaled. Pure."""

import numpy as np

from mp4totext.media.samples import Samples

_NEAR = (0.96, 1.04)  # of the clipping level: resampling leaves small waves on a flat peak
# The samples before and after a flat peak are below this share of it; a tone's are not.
_BESIDE = 0.9
_RUN = 3  # samples; two in a row may be the peak of any wave
_SILENCE = 0.01
_BINS = 50
_ABOVE_SHARE = 0.25  # of the samples near the level: above a clipping level there are hardly any


def flat_samples(magnitudes: Samples) -> int:
    """The clipped samples in a stretch of some seconds; 0 if they share no level."""
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
