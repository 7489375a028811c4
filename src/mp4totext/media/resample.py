"""Converts the frames of one track to blocks of one sample rate. Runs in the sandbox."""

import math
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.filter import Graph

from mp4totext.media.samples import SAMPLE_RATE, Channels

_PIECE_S = 4  # longer frames are converted in pieces of a quarter of a second
_PIECE_SAMPLES_MAX = 4_000_000  # over all channels
# Frequencies below any voice. A constant offset of a cheap microphone hides speech from voice
# activity detection, and wind and bumps use up the headroom that loud speech needs.
_HIGH_PASS_HZ = 40


_ABSURD = 1e10  # integers written as floats reach 2**31; higher values are damage
_DAMAGE_MIN = 100.0  # full scale is 1
_DAMAGE_TIMES = (
    1_000.0  # a sample this many times higher than all others of its frame is damage, too
)
_DAMAGE_SAMPLES = 3


class Resampler:
    """Converts consecutive frames of one sample rate, channel layout and format.

    Frames are joined or cut into pieces first: thousands of small frames would cost more in calls
    than in work, and one frame of a file at 11 Hz would become hours of samples.
    """

    def __init__(self, frame: Any, *, high_pass: bool, rate: int = SAMPLE_RATE) -> None:
        """``frame`` is the first one. ``high_pass``: remove offset and rumble."""
        self.shape = shape_of(frame)
        channels = frame.layout.nb_channels
        self._piece = max(1, min(frame.sample_rate // _PIECE_S, _PIECE_SAMPLES_MAX // channels))
        self._pushed = 0  # samples that may still be in the filter graph
        self._graph = Graph()
        nodes = [
            self._graph.add(
                "abuffer",
                sample_rate=str(frame.sample_rate),
                sample_fmt=frame.format.name,
                channel_layout=frame.layout.name,
                time_base=f"1/{frame.sample_rate}",
            ),
            self._graph.add("asetnsamples", f"n={self._piece}:p=0"),
            self._graph.add("aresample", str(rate)),
            *([self._graph.add(*_high_pass(frame.layout, rate))] if high_pass else []),
            # Packed: PyAV miscounts the planes of eight planar channels and reads past them.
            self._graph.add("aformat", sample_fmts="flt", sample_rates=str(rate)),
            self._graph.add("abuffersink"),
        ]
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def push(self, frame: Any) -> Iterator[Channels]:
        """The samples that are ready; the rest needs more frames."""
        frame = _finite(frame)
        frame.pts = None  # samples are counted: the graph would follow jumping time stamps
        self._graph.push(frame)
        self._pushed += frame.samples
        if self._pushed >= self._piece:
            self._pushed %= self._piece
            yield from self._ready()

    def flush(self) -> Iterator[Channels]:
        """The rest; do not push anything after it."""
        self._graph.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Channels]:
        while True:
            try:
                block: Any = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            channels = block.layout.nb_channels
            yield np.ascontiguousarray(block.to_ndarray().reshape(-1, channels).T)


def shape_of(frame: Any) -> tuple[int, int, str]:
    return frame.layout.nb_channels, int(frame.sample_rate), str(frame.format.name)


def _high_pass(layout: Any, rate: int) -> tuple[str, str]:
    """FFmpeg's filter and its options. The usual filter skips channels without a position."""
    if all(channel.name != "NONE" for channel in layout.channels):
        return "highpass", f"f={_HIGH_PASS_HZ}"
    angle = 2 * math.pi * _HIGH_PASS_HZ / rate
    alpha, cosine = math.sin(angle) / math.sqrt(2), math.cos(angle)
    zeros = ((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2)
    poles = (1 + alpha, -2 * cosine, 1 - alpha)
    z, p = (" ".join(repr(c / (1 + alpha)) for c in part) for part in (zeros, poles))
    return "aiir", f"z={z}:p={p}:f=tf:r=d:e=flt"


def _finite(frame: Any) -> Any:
    """The frame without damaged float samples.

    A single one would silence everything after it, or set a level beside which all else is silence.
    """
    if frame.format.name not in ("flt", "dbl"):
        return frame
    data = frame.to_ndarray()
    amplitudes = np.abs(data)
    peak = amplitudes.max(initial=0.0)
    if peak < _DAMAGE_MIN:  # also true if the peak is not a number
        return frame
    garbage = ~(amplitudes < _ABSURD)
    highest = amplitudes[~garbage].max(initial=0.0)
    loud = ~garbage & (amplitudes > highest / _DAMAGE_TIMES)
    if highest >= _DAMAGE_MIN and loud.sum() <= _DAMAGE_SAMPLES:
        garbage |= loud
    if not garbage.any():
        return frame
    replaced = av.AudioFrame.from_ndarray(
        np.where(garbage, 0.0, data).astype(data.dtype),
        format=frame.format.name,
        layout=frame.layout.name,
    )
    replaced.sample_rate = frame.sample_rate
    return replaced
