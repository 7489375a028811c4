"""Reads any stretch of a recording as 16 kHz samples with flat memory, in a limited process."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mp4totext.media.samples import SAMPLE_RATE, Channels, Samples
from mp4totext.media.sandbox import DEFAULT_LIMITS, Limits, OpenFile
from mp4totext.media.sources import Mix
from mp4totext.media.structure import Structure

__all__ = ["SAMPLE_RATE", "AudioReader", "Channels", "Samples"]


class AudioReader(OpenFile):
    """One open recording, for one thread at a time; close it.

    ``mix`` selects the channels (``media.choice``); the default is the average of the channels of
    the first track. ``structure``: from an earlier reader of the same file, which saves reading
    through it again. Positions are within about 10 ms of those of a decode from the start. Every
    method raises a MediaError if the decoder exceeds its limits.
    """

    def __init__(
        self,
        path: Path,
        *,
        mix: Mix | None = None,
        structure: Structure | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Raises a MediaError if the file cannot be opened or has no sound."""
        super().__init__("decode", path, limits, structure=structure and asdict(structure))
        self.path = path
        self.warnings: list[str] = []
        self.structure = Structure.from_json(dict(self._opened))
        self.mix = mix or Mix.plain(self.structure)

    @property
    def channels(self) -> int:
        """The number of channels of the first track that can be decoded."""
        return self.structure.first.channels

    def read(self, start_ms: int, end_ms: int) -> Samples:
        """Mono samples from ``start_ms`` to ``end_ms``, all feeds mixed; fewer at the end."""
        feeds = self.read_feeds(start_ms, end_ms)
        if len(feeds) == 1:
            return np.asarray(feeds[0])
        return np.asarray(np.clip(feeds.sum(axis=0), -1.0, 1.0), np.float32)

    def read_feeds(
        self, start_ms: int, end_ms: int, *, mix: Mix | None = None, rate: int = SAMPLE_RATE
    ) -> Channels:
        """Each feed of the mix separately: (feeds, samples). A gap in the time stamps is silence.

        ``rate``: 48,000 for listening; engines need 16,000.
        """
        mix = mix or self.mix
        feeds = mix.feeds
        inputs = [[(i.track, i.channel, i.weight) for i in feed.inputs] for feed in feeds]
        end_ms = min(end_ms, self.structure.length_ms)
        out = np.zeros((len(feeds), max(end_ms - start_ms, 0) * (rate // 1_000)), np.float32)
        filled = 0
        order = {"start": start_ms, "end": end_ms, "feeds": inputs}
        order |= {"high_pass": mix.high_pass, "rate": rate}
        for message in self._child.ask(do="read", **order):
            block = np.frombuffer(message.data, np.float32).reshape(len(feeds), -1)
            out[:, filled : filled + block.shape[1]] = block
            filled += block.shape[1]
            self.warnings += [w for w in message.facts["warnings"] if w not in self.warnings]
        return out

    def read_channels(self, start_ms: int, end_ms: int) -> Channels:
        """Each channel of the first track separately: (channels, samples)."""
        each = Mix.each_channel(self.structure, self.structure.first.number)
        return self.read_feeds(start_ms, end_ms, mix=each)

    def windows(self, size_ms: int, *, duration_ms: int | None = None) -> Iterator[Samples]:
        """The recording from the start, ``size_ms`` at a time, up to ``duration_ms`` of it."""
        at = 0
        while duration_ms is None or at < duration_ms:
            end = at + size_ms if duration_ms is None else min(at + size_ms, duration_ms)
            samples = self.read(at, end)
            if not len(samples):
                return
            yield samples
            at = end
