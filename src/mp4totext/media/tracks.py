"""Reads any stretch of a sound track as 16 kHz samples with flat memory. Runs in the sandbox."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from mp4totext.media.container import open_media, origin_s, read_only
from mp4totext.media.errors import NoAudio
from mp4totext.media.resample import Resampler, shape_of
from mp4totext.media.samples import PER_MS, SAMPLE_RATE, Channels

_PREROLL_MS = 600  # MP3 needs up to 9 earlier frames, Opus 80 ms, the resampler a few samples
_JITTER_MS = 20  # time stamps rounded to a container's unit move less than this
_AHEAD_MS = 5_000  # a jump ahead shorter than this is decoded through instead of sought

_SEEKS_WRONG = {("ogg", "flac")}  # time stamps after a seek are off by up to a page (1 s)


@dataclass(frozen=True, slots=True)
class _Block:
    at: int  # place of the first sample in the recording
    data: Channels

    @property
    def end(self) -> int:
        return self.at + int(self.data.shape[1])


class TrackReader:
    """The first sound track of a file. Places are within about 10 ms of a decode from the start."""

    def __init__(self, path: Path) -> None:
        """Raises a MediaError when the file cannot be opened or has no sound."""
        self.path = path
        self.warnings: list[str] = []
        self._container, self._stream = _open(path)
        self._origin = origin_s(self._container)
        self.channels = max(int(self._stream.channels or 1), 1)
        layout = getattr(self._stream, "layout", None)
        self.layout = str(layout.name) if layout is not None else ""
        self._blocks = self._decode(from_ms=0)
        self._held: _Block | None = None
        self._at = 0  # how far the running decode has been read

    def read_channels(self, start_ms: int, end_ms: int) -> Channels:
        """All channels of start_ms..end_ms; a gap in the time stamps is silence."""
        low, high = start_ms * PER_MS, end_ms * PER_MS
        self._move_to(low)
        out = np.zeros((self.channels, max(high - low, 0)), np.float32)
        filled = 0
        while filled < high - low and (block := self._next()) is not None:
            a, b = max(block.at, low), min(block.end, high)
            if a < b:
                out[:, a - low : b - low] = block.data[:, a - block.at : b - block.at]
            filled = max(filled, min(block.end, high) - low)
            if block.end > high:
                self._held = block
        self._at = low + filled
        return out[:, :filled]

    def _next(self) -> _Block | None:
        if self._held is not None:
            block, self._held = self._held, None
            return block
        return next(self._blocks, None)

    def _move_to(self, low: int) -> None:
        if self._at <= low <= self._at + _AHEAD_MS * PER_MS:
            return
        self._held = None
        self._blocks.close()
        self._blocks = self._decode(from_ms=max(0, low // PER_MS - _PREROLL_MS))
        self._at = low

    def _decode(self, *, from_ms: int) -> Generator[_Block, None, None]:
        """Blocks in order, the first at or before ``from_ms`` plus the pre-roll."""
        frames = self._frames(from_ms)
        first = next(frames, None)
        if from_ms > 0 and (
            first is None or self._place(first, 0) > (from_ms + _PREROLL_MS) * PER_MS
        ):
            # The format cannot seek so precisely: decode from the start, which is always right.
            frames = self._frames(0)
            first = next(frames, None)
        if first is None:
            return
        run = _Run(self._place(first, 0), self.channels)
        yield from run.push(first, None)
        for frame in frames:
            yield from run.push(frame, self._place(frame, None))
            if run.missing:
                self._warn("Missing or damaged parts of the recording were taken as silence.")
        yield from run.flush()

    def _frames(self, from_ms: int) -> Generator[Any, None, None]:
        """Decoded frames; those after a seek that have no time stamp yet are left out."""
        placed = from_ms == 0
        for packet in self._packets(from_ms):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._warn("Damaged parts of the recording could not be read.")
                continue
            for frame in frames:
                placed = placed or frame.pts is not None
                if placed and frame.samples:
                    yield frame

    def _packets(self, from_ms: int) -> Generator[Any, None, None]:
        if not self._seek(from_ms):
            # Decoding from the start is always right; blocks before the wanted place are dropped.
            self._container.close()
            self._container, self._stream = _open(self.path)
        try:
            yield from self._container.demux(self._stream)
        except av.error.FFmpegError:
            self._warn("The recording is damaged at its end; what came before was kept.")

    def _seek(self, from_ms: int) -> bool:
        """False when the decode must start at a freshly opened file."""
        kind = (self._container.format.name, self._stream.codec_context.name)
        if from_ms == 0 or kind in _SEEKS_WRONG:
            return False
        target = (Fraction(from_ms, 1_000) + self._origin) / self._stream.time_base
        try:
            self._container.seek(int(target), stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return False
        return True

    def _place(self, frame: Any, unknown: int | None) -> Any:
        """The sample at which a frame belongs, or ``unknown`` when it has no time stamp."""
        if frame.pts is None:
            return unknown
        return int((frame.pts * frame.time_base - self._origin) * SAMPLE_RATE)

    def _warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


def _open(path: Path) -> tuple[InputContainer, Any]:
    container = open_media(path)
    if not container.streams.audio:
        container.close()
        raise NoAudio("The file has no sound track. Upload a recording with sound.")
    stream = container.streams.audio[0]
    read_only(container, stream)
    return container, stream


class _Run:
    """Resamples consecutive frames and keeps count of where they lie."""

    def __init__(self, at: int, channels: int) -> None:
        self.at = at  # place of the next resampled sample
        self._channels = channels
        self._expected = Fraction(at)  # place of the next frame by counting samples
        self._shift = 0  # added to time stamps that jumped back
        self.missing = 0  # samples that no frame brought
        self._resampler: Resampler | None = None

    def push(self, frame: Any, place: int | None) -> Iterator[_Block]:
        if self._resampler is not None and self._resampler.shape != shape_of(frame):
            yield from self.flush()
        if place is not None:
            yield from self._follow(place)
        if self._resampler is None:
            self._resampler = Resampler(frame)
        self._expected += Fraction(frame.samples * SAMPLE_RATE, frame.sample_rate)
        yield from self._placed(self._resampler.push(frame))

    def flush(self) -> Iterator[_Block]:
        if self._resampler is not None:
            yield from self._placed(self._resampler.flush())
            self._resampler = None

    def _follow(self, place: int) -> Iterator[_Block]:
        """Jump ahead over a gap; time stamps that run backwards are counted on instead."""
        ahead = place + self._shift - int(self._expected)
        if ahead > _JITTER_MS * PER_MS:
            yield from self.flush()
            self.missing += ahead
            self._expected = Fraction(place + self._shift)
            self.at = place + self._shift
        elif ahead < -_JITTER_MS * PER_MS:
            self._shift -= ahead

    def _placed(self, blocks: Iterator[Channels]) -> Iterator[_Block]:
        for data in blocks:
            block = _Block(self.at, _fitted(data, self._channels))
            self.at = block.end
            yield block


def _fitted(data: Channels, channels: int) -> Channels:
    """A layout that changes inside the file: every channel gets all of the sound."""
    if data.shape[0] == channels:
        return data
    return np.repeat(data.mean(axis=0, keepdims=True), channels, axis=0)
