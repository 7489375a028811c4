"""The packets of a sound track: their times, and whether they can be decoded.

Runs in the sandbox.
"""

from functools import cached_property
from itertools import pairwise
from struct import unpack_from
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from mp4totext.kit import languages
from mp4totext.media.container import positions_of
from mp4totext.media.errors import TooComplex
from mp4totext.media.pace import pace_of, paced
from mp4totext.media.structure import Track
from mp4totext.media.timeline import Pace, Stamps, Times

CHANNELS_MAX = 64  # in one track
RATE_MAX = 768_000
_TRIAL_PACKETS = 2_000  # a track is readable if one of its first packets can be decoded
_TRIAL_FRAMES = 20  # enough to know how much sound a packet contains
_LONG_PACKET_US = 80_000
_US = 1_000_000


def refuse_absurd(channels: int, rate: int) -> None:
    """Raises TooComplex for more channels or a higher rate than can be read."""
    if channels > CHANNELS_MAX or rate > RATE_MAX:
        raise TooComplex(
            f"The sound has {channels} channels at {rate} Hz; at most {CHANNELS_MAX} channels "
            f"at {RATE_MAX} Hz can be read. Export it with fewer."
        )


class Kept:
    """Tells which packets count: not those that an edit list cuts out, but the first ones do.

    The decoder needs the latter, too, and drops their samples by itself.
    """

    def __init__(self) -> None:
        self._begun = False

    def counts(self, packet: Any) -> bool:
        self._begun = self._begun or not packet.is_discard
        return not (packet.is_discard and self._begun)


class Packets:
    """The packets of one track: their times, and a test whether they can be decoded."""

    def __init__(self, stream: Any, number: int, *, encrypted: bool) -> None:
        self.stream = stream
        self.number = number
        self.is_encrypted = encrypted
        context = stream.codec_context
        codec = context.name if context is not None else "unknown codec"
        self.codec = f"encrypted {codec}" if encrypted else codec
        self._base_us = float(stream.time_base * _US) if stream.time_base else 0.0
        self._pts: list[int] = []
        self._lengths: list[int] = []
        self._skipped: list[tuple[int, int]] = []  # (packet, samples that the decoder skips)
        self._orders: list[int] = []
        self._unstamped: list[int] = []
        self._frames: list[Any] = []
        self._decoded: list[int] = []  # samples of each packet that was tried and has some
        self._tried = 0
        self._first_decoded = 0  # the packet with which the first frame came
        self._kept = Kept()
        self._held_back = 0  # samples that the decoder outputs only at the end (WMA)
        self._last: Any = None
        self.first_byte = 0
        self._positions = positions_of(context) if context is not None else ()
        rate = int(context.sample_rate or 0) if context is not None else 0
        refuse_absurd(len(self._positions), rate)

    @property
    def is_readable(self) -> bool:
        return bool(self._frames and self._pts) and not self.is_encrypted

    @property
    def holds_packets(self) -> bool:
        """Whether the track has content; an empty one says nothing about its codec."""
        return bool(self._pts)

    @property
    def held_us(self) -> int:
        """Roughly how much sound the packets so far contain."""
        return int(len(self._lengths) * self._lengths[-1] * self._base_us) if self._lengths else 0

    def add(self, packet: Any, order: int) -> None:
        length = packet.duration or 0
        if len(self._frames) < _TRIAL_FRAMES and self._tried < _TRIAL_PACKETS:
            self._try(packet)
        elif not length and packet.size:
            length = self._decoded_length(packet)
        if not packet.size or not self._kept.counts(packet):
            return  # the end, or cut out
        if not self._pts:
            self.first_byte = packet.pos or 0
        if packet.pts is None:
            self._unstamped.append(len(self._pts))
        elif self._pts and packet.has_sidedata("skip_samples"):
            (at_start,) = unpack_from("<I", bytes(packet.get_sidedata("skip_samples")))
            self._skipped.append((len(self._pts), at_start))
        self._last = packet
        self._pts.append(packet.pts or 0)
        self._lengths.append(length)
        self._orders.append(order)

    def _try(self, packet: Any) -> None:
        self._tried += 1
        try:
            frames = [frame for frame in packet.decode() if frame.samples]
            if frames and not self._frames:
                self._first_decoded = len(self._pts)
            self._frames += frames
            self._decoded += [sum(frame.samples for frame in frames)] * bool(frames)
            if not packet.size:
                self._held_back = sum(frame.samples for frame in frames)
            elif len(self._frames) >= _TRIAL_FRAMES:
                context = self.stream.codec_context
                self._held_back = sum(frame.samples for frame in context.decode(None))
                context.flush_buffers()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return  # damaged, or not yet decodable: the next one may be

    def _decoded_length(self, packet: Any) -> int:
        """In the container's time units. A packet that could not be parsed has no length."""
        try:
            seconds = sum(frame.samples / frame.sample_rate for frame in packet.decode())
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return 0
        return round(seconds * _US / self._base_us) if self._base_us else 0

    @property
    def track(self) -> Track:
        frame = self._frames[0] if self._frames else None
        disposition = int(self.stream.disposition)
        tags = self.stream.metadata
        return Track(
            number=self.number,
            codec=self.codec,
            sample_rate=int(frame.sample_rate) if frame is not None else 0,
            channels=frame.layout.nb_channels if frame is not None else 0,
            positions=self._positions,
            language=_language(tags.get("language")),
            title=tags.get("title") or None,
            flags=tuple(name for name in _FLAGS if disposition & int(Disposition[name])),
            readable=self.is_readable,
            empty=not self.holds_packets and self.stream.codec_context is not None,
        )

    @property
    def goes_back(self) -> bool:
        """Whether a packet has an earlier stamp than the one before it."""
        return any(after < before for before, after in pairwise(self._pts))

    @cached_property
    def pace(self) -> Pace | None:
        """How packets with wrong stamps follow each other. Only an MP4 has a table of them."""
        if not self.stream.container.format.name.startswith("mov,") or self._unstamped:
            return None
        stamps = np.array(self._pts, np.int64)
        return pace_of(stamps, self._base_us, self._decoded, self._frames[0].sample_rate)

    def stamps(self) -> Stamps:
        pace = self.pace
        return self._declared_stamps() if pace is None else self._paced_stamps(pace)

    def _paced_stamps(self, pace: Pace) -> Stamps:
        declared = np.array(self._pts, np.int64)
        stamps = paced(declared, self._base_us, pace)
        lengths = np.full(len(stamps), round(pace.packet_us), np.int64)
        # The decoder may have dropped the samples of the first packets.
        first = self._frames[0].pts
        dropped = np.flatnonzero(declared[: self._first_decoded + 1] <= (first or declared[0]))
        first_us = int(stamps[dropped[-1]] if len(dropped) else stamps[0])
        return Stamps(stamps, lengths, np.array(self._orders, np.int64), first_us)

    def _declared_stamps(self) -> Stamps:
        lengths = self._exact_lengths()
        if lengths[-1] > _LONG_PACKET_US:
            self.stream.codec_context.flush_buffers()  # a previous packet may have ended the stream
            if not self._decoded_length(self._last):
                lengths[-1] = 0  # the file was cut inside it
        rate = self._frames[0].sample_rate
        for packet, samples in self._skipped:
            lengths[packet] = max(0, lengths[packet] - samples * _US // rate)
        stamps = np.rint(np.array(self._pts, np.float64) * self._base_us).astype(np.int64)
        first = self._frames[0]
        first_us = None if first.pts is None else int(first.pts * first.time_base * _US)
        for packet in self._unstamped:
            before = stamps[packet - 1] + lengths[packet - 1] if packet else first_us or 0
            stamps[packet] = before
        if first_us is None:
            first_us = int(stamps[0])
        # A decoder that starts late may have a delay: then the rest comes at the end.
        late_us = max(0, first_us - int(stamps[0]))
        lengths[0] += min(late_us, self._held_back * _US // rate)
        return Stamps(stamps, lengths, np.array(self._orders, np.int64), first_us)

    def _exact_lengths(self) -> Times:
        """The lengths from the decoder; containers round them to their unit, or omit them."""
        lengths = np.rint(np.array(self._lengths, np.float64) * self._base_us).astype(np.int64)
        sizes = {frame.samples for frame in self._frames[1:]}
        if len(sizes) == 1:
            usual = round(sizes.pop() * _US / self._frames[0].sample_rate)
            near = np.abs(lengths - usual) <= self._base_us * 1.01
            lengths[near | (lengths == 0)] = usual
        return lengths


def _language(tag: str | None) -> str | None:
    return None if tag in (None, "", "und", "mis", "mul", "zxx", "qaa") else languages.normal(tag)


_FLAGS = (
    *("default", "dub", "original", "comment", "lyrics", "karaoke", "hearing_impaired"),
    *("visual_impaired", "clean_effects", "descriptions", "dependent", "non_diegetic"),
)
