"""Reads the properties of a file in a limited process, because uploads are not trusted."""

from dataclasses import dataclass
from pathlib import Path

from mp4totext.media.errors import EmptyFile, TooLong
from mp4totext.media.sandbox import Child, Limits
from mp4totext.media.structure import Structure

_BYTES_PER_SECOND_MIN = 20_000_000  # speed of a slow disk


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Properties of a recording. ``duration_ms`` is measured, so a false header is not billed.

    Codec and sample rate are those of the first track that can be decoded.
    """

    container: str
    codec: str
    duration_ms: int
    sample_rate: int
    channels: int  # of all sound tracks that can be decoded
    audio_streams: int
    has_video: bool  # a video, not a cover picture
    size_bytes: int
    structure: Structure
    truncated: bool = False  # the header declares more than there is
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    duration_ms_max: int = 12 * 3_600_000
    memory_bytes: int = 1_500_000_000  # the index of a 12 h MP4 takes 150 MB
    timeout_s: float = 30.0  # in addition to the time to read the file once


DEFAULT_LIMITS = ProbeLimits()


def probe(path: Path, *, limits: ProbeLimits = DEFAULT_LIMITS) -> MediaInfo:
    """Probe a local file. Raises a MediaError that says what is wrong and what to do."""
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise EmptyFile("The file is empty. Choose another.")
    timeout_s = limits.timeout_s + size_bytes / _BYTES_PER_SECOND_MIN
    allowed = Limits(
        memory_bytes=limits.memory_bytes, step_cpu_s=int(timeout_s) + 1, silence_s=timeout_s
    )
    child = Child("probe", path, allowed)
    try:
        (answer,) = child.ask()
    finally:
        child.close()
    info = _info(Structure.from_json(dict(answer.facts)))
    if info.duration_ms > limits.duration_ms_max:
        raise TooLong(
            f"The recording is {_hours(info.duration_ms)} long; the limit is "
            f"{_hours(limits.duration_ms_max)}. Split it, and transcribe the parts."
        )
    return info


def _info(structure: Structure) -> MediaInfo:
    track = structure.first
    return MediaInfo(
        container=structure.container,
        codec=track.codec,
        duration_ms=structure.length_ms,
        sample_rate=track.sample_rate,
        channels=sum(track.channels for track in structure.tracks if track.readable),
        audio_streams=len(structure.tracks),
        has_video=structure.has_video,
        size_bytes=structure.size_bytes,
        structure=structure,
        truncated=structure.truncated,
        warnings=structure.warnings,
    )


def _hours(duration_ms: int) -> str:
    minutes = duration_ms // 60_000
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
