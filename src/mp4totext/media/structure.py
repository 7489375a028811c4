"""What a file consists of: sound tracks, the parts it was joined from, and one clock for all."""

from dataclasses import dataclass
from typing import Any, Self

from mp4totext.media.timeline import TrackTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One sound track, as the file describes it."""

    number: int  # from 1, in the order of the file
    codec: str
    sample_rate: int
    channels: int
    positions: tuple[str, ...]  # what each channel is said to be: "FL", "FC"; may be made up
    language: str | None
    title: str | None
    flags: tuple[str, ...]  # "default", "comment", "dub", ...
    readable: bool  # False: nothing here decodes it
    empty: bool = False  # nothing was recorded into it
    length_us: int = 0  # from the start of the recording to the track's last sample

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        lists = {name: tuple(data[name]) for name in ("positions", "flags")}
        return cls(**(data | lists))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSound:
    """Samples without a header of their own, which go on after what the header says."""

    format: str  # FFmpeg's name, "s16le"
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A recording that follows another in the same file, from a byte on."""

    offset: int
    start_us: int
    raw: RawSound | None
    times: tuple[TrackTimes | None, ...]  # of each track of the first part, None where it is not
    end: int = 0  # the byte that is no part of it any more; 0: FFmpeg finds the end by itself

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        times = (t and TrackTimes.from_json(t) for t in data["times"])
        raw = data["raw"] and RawSound(**data["raw"])
        return cls(**(data | {"times": tuple(times), "raw": raw}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    container: str
    tracks: tuple[Track, ...]
    parts: tuple[Part, ...]
    length_us: int
    has_video: bool  # moving pictures, not a cover
    size_bytes: int
    truncated: bool  # the header promises more of a track than there is
    warnings: tuple[str, ...]

    @property
    def length_ms(self) -> int:
        return self.length_us // 1_000

    @property
    def first(self) -> Track:
        """The track that is heard when nobody chooses."""
        return next(track for track in self.tracks if track.readable)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """From what ``dataclasses.asdict`` made, through JSON."""
        changed = {
            "tracks": tuple(Track.from_json(t) for t in data["tracks"]),
            "parts": tuple(Part.from_json(p) for p in data["parts"]),
            "warnings": tuple(data["warnings"]),
        }
        return cls(**(data | changed))
