"""Loudness over time, a byte each, to draw a recording by."""

import numpy as np

from mp4totext.media.decode import SAMPLE_RATE, Channels

PEAKS_PER_S = 20
_SAMPLES = SAMPLE_RATE // PEAKS_PER_S


def peaks_of(channels: Channels) -> bytes:
    """The loudest sample of each twentieth of a second, of all channels.

    0 to 255 are the square roots of 0 to full scale: speech is drawn, and not only what bangs.
    """
    loudest = np.abs(channels).max(axis=0) if channels.size else np.zeros(0, np.float32)
    whole = np.pad(loudest, (0, -len(loudest) % _SAMPLES))
    peaks = np.nan_to_num(whole).reshape(-1, _SAMPLES).max(axis=1)
    return np.asarray(np.sqrt(np.clip(peaks, 0, 1)) * 255, np.uint8).tobytes()


def in_buckets(peaks: bytes, buckets: int) -> bytes:
    """At most so many peaks, each the loudest of those it stands for."""
    count = len(peaks)
    if count <= buckets:
        return peaks
    starts = np.arange(buckets) * count // buckets
    return np.maximum.reduceat(np.frombuffer(peaks, np.uint8), starts).tobytes()
