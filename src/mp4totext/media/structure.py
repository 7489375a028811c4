"""The structure of a file: its sound tracks and parts, on one common time line."""

from dataclasses import dataclass
from typing import Any, Self

from mp4totext.media.timeline import TrackTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A sound track as the file describes it."""

    number: int  # from 1, in file order
    codec: str
    sample_rate: int
    channels: int
    # Declared position of each channel, such as "FL" or "FC"; may be an assumption.
    positions: tuple[str, ...]
    language: str | None
    title: str | None
    flags: tuple[str, ...]  # "default", "comment", "dub", ...
    readable: bool  # False: no decoder here supports it
    empty: bool = False  # the track has no packets
    length_us: int = 0  # from the start of the recording to the track's last sample

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        lists = {name: tuple(data[name]) for name in ("positions", "flags")}
        return cls(**(data | lists))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSound:
    """Samples without a header of their own, after the end that the header declares."""

    format: str  # FFmpeg's name of the format, such as "s16le"
    sample_rate: int
    channels: int
    container: str = "wav"  # that they are in


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A recording that starts at a byte of a file, after another one."""

    offset: int
    start_us: int
    raw: RawSound | None
    times: tuple[TrackTimes | None, ...]  # of each track of the first part, None where it is not
    end: int = 0  # the byte that is no part of it any more; 0: FFmpeg finds the end by itself
    past_header: bool = False  # more is read than the header of a WAV or MP4 says there is
    pieces: tuple[tuple[int, int], ...] = ()  # (from, to) bytes of it, if they are in another order

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        times = (t and TrackTimes.from_json(t) for t in data["times"])
        raw = data["raw"] and RawSound(**data["raw"])
        pieces = tuple((begin, end) for begin, end in data["pieces"])
        return cls(**(data | {"times": tuple(times), "raw": raw, "pieces": pieces}))


WHOLE_FILE = Part(offset=0, start_us=0, raw=None, times=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    container: str
    tracks: tuple[Track, ...]
    parts: tuple[Part, ...]
    length_us: int
    has_video: bool  # a video, not a cover picture
    size_bytes: int
    truncated: bool  # the header declares more of a track than there is
    warnings: tuple[str, ...]

    @property
    def length_ms(self) -> int:
        return self.length_us // 1_000

    @property
    def first(self) -> Track:
        """The track that is transcribed by default."""
        return next(track for track in self.tracks if track.readable)

    @property
    def is_one_recording(self) -> bool:
        """Whether it is as long as its header says, and its time stamps are right throughout."""
        part = self.parts[0]
        is_whole = len(self.parts) == 1 and part.raw is None and not part.past_header
        is_whole = is_whole and not part.pieces
        known = (t for t in part.times if t is not None)
        return is_whole and all(len(t.breaks) == 1 and t.pace is None for t in known)

    @property
    def is_plain(self) -> bool:
        """Whether other programs read all of it: one recording, from the first byte."""
        return self.is_one_recording and not self.parts[0].offset

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """From the JSON form of ``dataclasses.asdict``."""
        changed = {
            "tracks": tuple(Track.from_json(t) for t in data["tracks"]),
            "parts": tuple(Part.from_json(p) for p in data["parts"]),
            "warnings": tuple(data["warnings"]),
        }
        return cls(**(data | changed))
