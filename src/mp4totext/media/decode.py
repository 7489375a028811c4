"""Reads any stretch of a recording as 16 kHz samples with flat memory, in a limited process."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels, Samples
from mp4totext.media.sandbox import DEFAULT_LIMITS, Child, Limits

__all__ = ["SAMPLE_RATE", "AudioReader", "Channels", "Samples"]


class AudioReader:
    """One open recording. For one thread at a time; close it.

    ``weights`` turn its channels into the one that is heard (``media.channels.weights_for``); the
    default is their average. Places are within about 10 ms of a decode from the start.
    """

    def __init__(
        self,
        path: Path,
        *,
        weights: tuple[float, ...] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Raises a MediaError when the file cannot be opened or has no sound."""
        self.path = path
        self.warnings: list[str] = []
        self._weights = weights
        self._child = Child("decode", path, limits)
        try:
            (opened,) = self._child.ask(do="open")
        except BaseException:
            self._child.close()
            raise
        self.channels = int(opened.facts["channels"])
        self.layout = str(opened.facts["layout"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._child.close()

    def read(self, start_ms: int, end_ms: int) -> Samples:
        """Mono samples of start_ms..end_ms; shorter when the recording ends before.

        Raises a MediaError when the file is too much for the decoder, as all of these do.
        """
        return np.asarray(self._read(start_ms, end_ms, weights=self._mono())[0])

    def read_channel(self, channel: int, start_ms: int, end_ms: int) -> Samples:
        """One channel alone, counted from 0: a side of a telephone call."""
        return np.asarray(self.read_channels(start_ms, end_ms)[channel])

    def read_channels(self, start_ms: int, end_ms: int) -> Channels:
        """All channels of start_ms..end_ms; a gap in the time stamps is silence."""
        return self._read(start_ms, end_ms, weights=None)

    def windows(self, size_ms: int, *, duration_ms: int | None = None) -> Iterator[Samples]:
        """The recording from the start, ``size_ms`` at a time, up to ``duration_ms`` of it.

        Give the probe's duration: a file whose time stamps jump by hours has hours of silence here.
        """
        at = 0
        while duration_ms is None or at < duration_ms:
            end = at + size_ms if duration_ms is None else min(at + size_ms, duration_ms)
            samples = self.read(at, end)
            if not len(samples):
                return
            yield samples
            at = end

    def _mono(self) -> tuple[float, ...]:
        if self._weights is not None and len(self._weights) == self.channels:
            return self._weights
        return (1.0 / self.channels,) * self.channels

    def _read(self, start_ms: int, end_ms: int, *, weights: tuple[float, ...] | None) -> Channels:
        rows = self.channels if weights is None else 1
        out = np.zeros((rows, max(end_ms - start_ms, 0) * PER_MS), np.float32)
        filled = 0
        for message in self._child.ask(do="read", start=start_ms, end=end_ms, weights=weights):
            block = np.frombuffer(message.data, np.float32).reshape(rows, -1)
            out[:, filled : filled + block.shape[1]] = block
            filled += block.shape[1]
            self.warnings += [w for w in message.facts["warnings"] if w not in self.warnings]
        return out[:, :filled]
