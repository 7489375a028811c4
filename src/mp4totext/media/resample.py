"""Frames of one track to 16 kHz blocks, in libavfilter. Runs in the sandbox."""

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.filter import Graph

from mp4totext.media.samples import SAMPLE_RATE, Channels

_PIECE_S = 4  # a quarter of a second goes through at a time
_PIECE_SAMPLES_MAX = 4_000_000  # over all channels


class Resampler:
    """For consecutive frames of one shape: rate, channels and format.

    Frames are joined or cut into pieces first: thousands of small frames would cost more in calls
    than in work, and one frame of a file at 11 Hz would be hours of samples.
    """

    def __init__(self, frame: Any) -> None:
        """For frames like this one."""
        self.shape = shape_of(frame)
        channels = len(frame.layout.channels)
        self._piece = max(1, min(frame.sample_rate // _PIECE_S, _PIECE_SAMPLES_MAX // channels))
        self._pushed = 0  # samples that may be waiting in the graph
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
            self._graph.add("aresample", str(SAMPLE_RATE)),
            # Packed: PyAV counts the planes of eight planar channels wrongly and reads past them.
            self._graph.add("aformat", sample_fmts="flt", sample_rates=str(SAMPLE_RATE)),
            self._graph.add("abuffersink"),
        ]
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def push(self, frame: Any) -> Iterator[Channels]:
        """What is ready now; the rest waits for more frames."""
        frame.pts = None  # samples are counted: the graph would follow time stamps that jump
        self._graph.push(frame)
        self._pushed += frame.samples
        if self._pushed >= self._piece:
            self._pushed %= self._piece
            yield from self._ready()

    def flush(self) -> Iterator[Channels]:
        """The rest; nothing may be pushed after it."""
        self._graph.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Channels]:
        while True:
            try:
                block: Any = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            channels = len(block.layout.channels)
            yield np.ascontiguousarray(block.to_ndarray().reshape(-1, channels).T)


def shape_of(frame: Any) -> tuple[int, int, str]:
    return len(frame.layout.channels), int(frame.sample_rate), str(frame.format.name)
