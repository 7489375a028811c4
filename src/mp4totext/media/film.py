"""The video of a file with the places of its pictures, through all parts. Runs in the sandbox."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from mp4totext.media.container import open_part, packets_until_damage, read_only
from mp4totext.media.errors import NoPictures, TooComplex
from mp4totext.media.structure import WHOLE_FILE, Part, Structure
from mp4totext.media.timeline import RESTART_US, Break

_PIXELS_MAX = 8_192 * 8_192  # no camera has more; a header may declare any size
_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_HELD_PACKETS = 600  # between two key pictures; more are not kept, but decoded
_DELAYED_PACKETS = 1_000  # whose pictures the decoder has not output yet

Placed = tuple[int, Any]  # (microseconds from the start of the recording, frame)


class Film:
    """One video file; close it."""

    def __init__(self, path: Path, structure: Structure | None) -> None:
        """``structure`` is None for a file without sound. Raises NoPictures if there is no video.

        ``aspect`` and ``rate`` are those of the first part with pictures.
        """
        self._path = path
        self._structure = structure
        self._parts = (WHOLE_FILE,) if structure is None else structure.parts
        self._container: InputContainer | None = None
        self._opened: Part | None = None
        self._video: Any = None
        stream = next(filter(None, map(self._open, self._parts)), None)
        if stream is None:
            raise NoPictures("The recording has no video track.")
        self.aspect = stream.sample_aspect_ratio
        self.rate = stream.average_rate or 0  # frames per second as declared

    def length_us(self) -> int:
        """From the first picture to the end of the last, for a file without sound.

        Measured from the packets, as some containers declare no length, or a wrong one.
        """
        stream = self._open(self._parts[0])
        clock = _Clock(stream, _breaks(self._structure, self._parts[0]))
        ends = [
            packet.pts + (packet.duration or 0)
            for packet in self._packets(stream)
            if packet.pts is not None
        ]
        return clock.place_of(max(ends)) if ends else 0

    def pictures(self, from_us: int) -> Iterator[Placed]:
        """The pictures in order, from the last one at or before ``from_us`` on.

        Damaged ones are left out, so the one before stays visible.
        """
        held: Placed | None = None
        frames = self._around(from_us)
        for placed in frames:
            if held is not None and placed[0] > from_us:
                yield held
                yield placed
                yield from frames
                return
            held = placed
        if held is not None:
            yield held

    def _around(self, from_us: int) -> Iterator[Placed]:
        """The pictures of all parts from that of ``from_us`` on."""
        begun = max(sum(part.start_us <= from_us for part in self._parts) - 1, 0)
        for number, part in enumerate(self._parts[begun:], begun + 1):
            stream = self._video if part is self._opened else self._open(part)
            if stream is None:
                continue
            last_us = self._parts[number].start_us if number < len(self._parts) else None
            for at_us, frame in self._of_part(stream, part, from_us - part.start_us):
                if last_us is None or part.start_us + at_us < last_us:
                    yield part.start_us + at_us, frame

    def _of_part(self, stream: Any, part: Part, from_us: int) -> Iterator[Placed]:
        clock = _Clock(stream, _breaks(self._structure, part))
        if clock.is_steady and self._seek(stream, clock.stamp_of(from_us)):
            packets = clock.followed(self._packets(stream))
        else:
            packets = clock.from_key(self._packets(self._open(part)), from_us)
        for packet in packets:
            try:
                frames = packet.decode()
            except MemoryError:
                raise
            except av.error.FFmpegError:
                continue
            for frame in frames:
                if frame.pts is not None:
                    yield clock.place_of(frame.pts), frame

    def _seek(self, stream: Any, stamp: int) -> bool:
        assert self._container is not None
        try:
            self._container.seek(stamp, stream=stream, backward=True)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return False
        return True

    def _packets(self, stream: Any) -> Iterator[Any]:
        assert self._container is not None
        return packets_until_damage(self._container, stream)

    def _open(self, part: Part) -> Any:
        """The first video stream of a part; None if it has none."""
        if self._container is not None:
            self._container.close()
        self._container, self._opened = open_part(self._path, part), part
        self._video = None
        streams: list[Any] = [
            s
            for s in self._container.streams.video
            if not s.disposition & _STILL and s.codec_context is not None
        ]
        if not streams:
            return None
        read_only(self._container, streams[:1])
        context: Any = streams[0].codec_context
        context.thread_type = "NONE"  # each decoder thread has a copy of every picture it works on
        if not 0 < context.width * context.height <= _PIXELS_MAX:
            raise TooComplex("The pictures are larger than any camera's. Scale the video down.")
        self._video = streams[0]
        return self._video


def _breaks(structure: Structure | None, part: Part) -> Sequence[Break]:
    """Those of the sound that is transcribed by default, or of another track that the part has."""
    if structure is None:
        return ()
    first = part.times[structure.first.number - 1]
    times = next((t for t in (first, *part.times) if t is not None and t.breaks), None)
    return times.breaks if times is not None else ()


class _Clock:
    """Follows the time stamps of a video through the breaks of the sound beside it."""

    def __init__(self, stream: Any, breaks: Sequence[Break]) -> None:
        self._unit_us = float(stream.time_base * 1_000_000)
        start_us = -int((stream.start_time or 0) * self._unit_us)
        self._shifts_us = [b.shift_us for b in breaks] or [start_us]
        self._number = 0
        self._last_us: float | None = None
        self._delayed: dict[int, int] = {}  # stamp of a packet that was read -> its shift

    @property
    def is_steady(self) -> bool:
        """Whether a stamp has one place. Otherwise FFmpeg may seek to the wrong recording."""
        return len(self._shifts_us) == 1

    def stamp_of(self, place_us: int) -> int:
        return int((place_us - self._shifts_us[0]) / self._unit_us)

    def place_of(self, stamp: int) -> int:
        shift_us = self._delayed.pop(stamp, self._shifts_us[self._number])
        return int(stamp * self._unit_us) + shift_us

    def followed(self, packets: Iterator[Any]) -> Iterator[Any]:
        """The packets, in the order of decoding; the shift of each is noted."""
        for packet in packets:
            if packet.pts is not None:
                self._follow(packet)
            yield packet

    def _follow(self, packet: Any) -> None:
        stamp_us = (packet.pts if packet.dts is None else packet.dts) * self._unit_us
        while self._is_behind_break(stamp_us):
            self._number += 1
        shift_us = self._shifts_us[self._number]
        self._last_us = stamp_us + shift_us
        self._delayed.pop(packet.pts, None)
        self._delayed[packet.pts] = shift_us
        if len(self._delayed) > _DELAYED_PACKETS:
            del self._delayed[next(iter(self._delayed))]

    def _is_behind_break(self, stamp_us: float) -> bool:
        """Whether the stamp restarted, or continues the video with the shift after the break."""
        if self._last_us is None or self._number + 1 >= len(self._shifts_us):
            return False
        ahead_us = stamp_us + self._shifts_us[self._number] - self._last_us
        next_us = stamp_us + self._shifts_us[self._number + 1] - self._last_us
        return ahead_us < -RESTART_US or abs(next_us) < abs(ahead_us)

    def from_key(self, packets: Iterator[Any], from_us: int) -> Iterator[Any]:
        """As ``followed``, from the last key picture at or before ``from_us`` on."""
        held: list[Any] = []
        rest = self.followed(packets)
        for packet in rest:
            is_before = self._last_us is None or self._last_us <= from_us
            if packet.is_keyframe and is_before:
                held.clear()
            held.append(packet)
            if not is_before or len(held) >= _HELD_PACKETS:
                break
        yield from held
        yield from rest
