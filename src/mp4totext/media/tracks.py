"""Reads any part of a sound track at one sample rate, with constant memory. Runs in the sandbox."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer

from mp4totext.media.container import open_part, packets_until_damage, positions_of, read_only
from mp4totext.media.pace import Pacer
from mp4totext.media.packets import Kept
from mp4totext.media.resample import Resampler, shape_of
from mp4totext.media.samples import SAMPLE_RATE, Channels
from mp4totext.media.structure import Part, Structure
from mp4totext.media.timeline import JITTER_US, TrackTimes

# MP3 needs up to 9 frames before the first, Opus 80 ms, the resampler a few samples.
_PREROLL_US = 600_000
_AHEAD_MS = 5_000  # a shorter jump ahead is decoded through instead of sought
_DAMAGE_US = 200_000  # a decoder loses up to this much where recordings were joined

# Containers and codecs whose stamps after a seek are off by up to a page (1 s).
_SEEKS_WRONG = {("ogg", "flac")}
# Only damage leaves a gap in these: their frames follow each other without pauses.
_GAPLESS = frozenset({"flac", "ogg", "mp3", "aac", "ac3", "eac3", "dts", "loas", "amr"})
# From this frame type on, AMR describes the noise of a pause, or nothing. FFmpeg decodes neither.
_PAUSES = {"amrnb": 8, "amrwb": 9}

DAMAGED = "Damaged parts of the recording could not be read; they were taken as silence."


@dataclass(frozen=True, slots=True)
class _Block:
    at: int  # index of its first sample in the recording
    data: Channels

    @property
    def end(self) -> int:
        return self.at + int(self.data.shape[1])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A frame and its possible places; None: after the previous frame."""

    frame: Any
    places_us: tuple[int, ...]


class TrackReader:
    """One sound track; close it. Places are within about 10 ms of a decode from the start."""

    def __init__(
        self,
        path: Path,
        structure: Structure,
        number: int,
        *,
        high_pass: bool = False,
        rate: int = SAMPLE_RATE,
    ) -> None:
        """``rate``: of the output samples, a multiple of 1,000."""
        self._rate = rate
        self._per_ms = rate // 1_000
        self._path = path
        self._structure = structure
        self._number = number
        self._high_pass = high_pass
        self.channels = structure.tracks[number - 1].channels
        self.warnings: list[str] = []
        self._container: InputContainer | None = None
        self._blocks = self._decode(0)
        self._held: _Block | None = None
        self._at = 0  # index of the next sample of the running decode
        self._damaged_us = 0
        self._paused_us = 0  # since the last frame
        self._unit_us = 0.0  # microseconds of one unit of a stamp

    def close(self) -> None:
        self._blocks.close()
        if self._container is not None:
            self._container.close()

    def read_channels(self, start_ms: int, end_ms: int) -> Channels:
        """All channels from ``start_ms`` to ``end_ms``; fewer samples if the track ends before."""
        low, high = start_ms * self._per_ms, end_ms * self._per_ms
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
        if self._at <= low <= self._at + _AHEAD_MS * self._per_ms:
            return
        self._held = None
        self._blocks.close()
        self._blocks = self._decode(low * 1_000 // self._per_ms)
        self._at = low

    def _decode(self, from_us: int) -> Generator[_Block, None, None]:
        """Blocks in order, the first starting before ``from_us``, through all parts of the file."""
        begun = sum(part.start_us <= from_us for part in self._structure.parts)
        end = 0
        for part in self._structure.parts[max(begun - 1, 0) :]:
            times = part.times[self._number - 1]
            if times is None:
                continue
            late: int | None = None
            for block in self._part(part, times, max(0, from_us - part.start_us)):
                if late is None:  # a part may have a frame more than its packets declared
                    late = max(0, end - block.at)
                yield (moved := _Block(block.at + late, block.data))
                end_of_part = moved.end
            if late is not None:
                end = end_of_part

    def _part(self, part: Part, times: TrackTimes, from_us: int) -> Generator[_Block, None, None]:
        start_us = max(0, from_us - _PREROLL_US)
        frames = self._sought(part, times, start_us) if start_us else None
        if frames is None:
            frames = self._counted(part, times, start_us)
        run = _Run(self.channels, part.start_us, high_pass=self._high_pass, rate=self._rate)
        last = (part.start_us + times.end_us) * self._rate // 1_000_000 if times.trimmed else None
        for placed in frames:
            yield from _cut(run.push(placed), last)
            if run.missing_us and self._structure.container in _GAPLESS:
                self._damage(run.missing_us - self._paused_us)
                run.missing_us = self._paused_us = 0
        yield from _cut(run.flush(), last)

    def _counted(
        self, part: Part, times: TrackTimes, from_us: int
    ) -> Generator[_Placed, None, None]:
        """Frames from the start of the part; packets well before ``from_us`` are not decoded."""
        stream = self._open(part)
        shift = before = times.shift_at(0)
        number, kept = 0, Kept()
        pacer = Pacer(times.pace, self._unit_us) if times.pace is not None else None
        for packet in self._packets(stream):
            if packet.size and kept.counts(packet):
                if (shift_now := times.shift_at(number)) != shift:
                    before, shift = shift, shift_now
                number += 1
                if pacer is not None:
                    pacer.correct(packet)
                if self._is_early(packet, shift, from_us):
                    continue
            for frame in self._decoded(packet):
                yield _Placed(frame, self._places(frame, shift, before))

    def _is_early(self, packet: Any, shift: int, from_us: int) -> bool:
        """Whether a packet need not be decoded; one with a new header always is.

        A packet may be long: a block of FLAC has up to 65,535 samples, 8 s at a telephone's rate.
        """
        if from_us <= 0 or packet.pts is None or packet.has_sidedata("new_extradata"):
            return False
        end = packet.pts + (packet.duration or 0)
        return bool(end * self._unit_us + shift < from_us)

    def _sought(
        self, part: Part, times: TrackTimes, from_us: int
    ) -> Generator[_Placed, None, None] | None:
        """Frames from a seek on, or None if the format cannot seek precisely enough."""
        stream = self._open(part)
        container = self._container
        assert container is not None
        kind = (container.format.name, stream.codec_context.name)
        if not times.seekable or kind in _SEEKS_WRONG:
            return None
        target = int(times.stamp_of(from_us) / self._unit_us)
        try:
            container.seek(target, stream=stream, backward=True)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return None
        frames = self._from_here(stream, times)
        first = next(frames, None)
        if first is None or first.places_us[0] > from_us + _PREROLL_US:
            return None
        return _chained(first, frames)

    def _from_here(self, stream: Any, times: TrackTimes) -> Generator[_Placed, None, None]:
        """Decoded frames, without those after a seek that have no stamp yet."""
        placed = False
        for packet in self._packets(stream):
            for frame in self._decoded(packet):
                placed = placed or frame.pts is not None
                if placed:
                    stamp_us = int((frame.pts or 0) * self._unit_us)
                    shift = times.shift_of(stamp_us)
                    yield _Placed(frame, self._places(frame, shift, shift))

    def _open(self, part: Part) -> Any:
        if self._container is not None:
            self._container.close()
        self._container = open_part(self._path, part)
        stream = self._container.streams.audio[self._number - 1]
        positions_of(stream.codec_context)
        read_only(self._container, [stream])
        base: Any = stream.time_base
        self._unit_us = float(base * 1_000_000)
        return stream

    def _packets(self, stream: Any) -> Iterator[Any]:
        assert self._container is not None
        return packets_until_damage(self._container, stream)

    def _decoded(self, packet: Any) -> Iterator[Any]:
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            length_us = int((packet.duration or 0) * self._unit_us)
            if _is_pause(packet):
                self._paused_us += length_us
            else:
                self._damage(length_us)
            return
        yield from (frame for frame in frames if frame.samples)

    def _places(self, frame: Any, shift: int, before: int) -> tuple[int, ...]:
        """The possible places of a frame: a delayed one belongs to the stamps before a restart."""
        if frame.pts is None:
            return ()
        stamp_us = int(frame.pts * self._unit_us)
        return (stamp_us + shift,) if shift == before else (stamp_us + shift, stamp_us + before)

    def _damage(self, length_us: int) -> None:
        self._damaged_us += max(length_us, 0)
        if self._damaged_us >= _DAMAGE_US and DAMAGED not in self.warnings:
            self.warnings.append(DAMAGED)


def _is_pause(packet: Any) -> bool:
    least = _PAUSES.get(packet.stream.codec_context.name)
    return least is not None and packet.size > 0 and bytes(packet)[0] >> 3 & 15 >= least


def _cut(blocks: Iterator[_Block], last: int | None) -> Iterator[_Block]:
    """The blocks up to the sample ``last``."""
    for block in blocks:
        if last is None or block.end <= last:
            yield block
        elif block.at < last:
            yield _Block(block.at, block.data[:, : last - block.at])


def _chained(
    first: _Placed, rest: Generator[_Placed, None, None]
) -> Generator[_Placed, None, None]:
    yield first
    yield from rest


class _Run:
    """Resamples consecutive frames and tracks their places."""

    def __init__(self, channels: int, start_us: int, *, high_pass: bool, rate: int) -> None:
        self.missing_us = 0  # microseconds that no frame covered
        self._rate = rate
        self._channels = channels
        self._start_us = start_us
        self._high_pass = high_pass
        self._at = -1  # index of the next resampled sample; -1: none yet
        self._expected_us = 0.0  # place of the next frame by counting samples
        self._resampler: Resampler | None = None

    def push(self, placed: _Placed) -> Iterator[_Block]:
        frame = placed.frame
        if self._resampler is not None and self._resampler.shape != shape_of(frame):
            yield from self.flush()
        yield from self._follow(placed.places_us)
        if self._resampler is None:
            self._resampler = Resampler(frame, high_pass=self._high_pass, rate=self._rate)
        self._expected_us += frame.samples * 1_000_000 / frame.sample_rate
        yield from self._placed(self._resampler.push(frame))

    def flush(self) -> Iterator[_Block]:
        if self._resampler is not None:
            yield from self._placed(self._resampler.flush())
            self._resampler = None

    def _follow(self, places_us: tuple[int, ...]) -> Iterator[_Block]:
        """Skip ahead over a gap. Frames that seem to lie behind are appended: no sound is lost."""
        if self._at < 0:
            self._jump(places_us[0] if places_us else 0)
        elif places_us:
            place = min(places_us, key=lambda place_us: abs(place_us - self._expected_us))
            ahead_us = place - self._expected_us
            if ahead_us > JITTER_US:
                yield from self.flush()
                self.missing_us += int(ahead_us)
                self._jump(place)

    def _jump(self, place_us: int) -> None:
        self._expected_us = float(place_us)
        self._at = (place_us + self._start_us) * self._rate // 1_000_000

    def _placed(self, blocks: Iterator[Channels]) -> Iterator[_Block]:
        for data in blocks:
            block = _Block(self._at, _fitted(data, self._channels))
            self._at = block.end
            yield block


def _fitted(data: Channels, channels: int) -> Channels:
    """If the layout changes inside the file, every channel gets the mix of all."""
    if data.shape[0] == channels:
        return data
    return np.repeat(data.mean(axis=0, keepdims=True), channels, axis=0)
