"""Loudness over time, one byte for each peak, to draw a waveform."""

import numpy as np

from mp4totext.media.decode import SAMPLE_RATE, Channels

PEAKS_PER_S = 20
_SAMPLES = SAMPLE_RATE // PEAKS_PER_S


def peaks_of(channels: Channels) -> bytes:
    """The highest sample of each 50 ms, over all channels.

    0 to 255 are the square roots of 0 to full scale, so that speech is visible beside loud noises.
    """
    loudest = np.abs(channels).max(axis=0) if channels.size else np.zeros(0, np.float32)
    whole = np.pad(loudest, (0, -len(loudest) % _SAMPLES))
    peaks = np.nan_to_num(whole).reshape(-1, _SAMPLES).max(axis=1)
    return np.asarray(np.sqrt(np.clip(peaks, 0, 1)) * 255, np.uint8).tobytes()


def in_buckets(peaks: bytes, buckets: int) -> bytes:
    """At most ``buckets`` peaks, each the highest of those it combines."""
    count = len(peaks)
    if count <= buckets:
        return peaks
    starts = np.arange(buckets) * count // buckets
    return np.maximum.reduceat(np.frombuffer(peaks, np.uint8), starts).tobytes()
