"""The child process that reads an unknown file's structure under limits; speaks JSON on stdout."""

import json
import os
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from mp4totext.media.container import open_media, origin_s, read_only
from mp4totext.media.errors import DamagedMedia, MediaError, NoAudio

_DECODE_TRIAL_PACKETS = 50  # enough for every codec measured to give its first frame
_TRUST_SHARE = 0.5  # time stamps covering twice what the packets hold are not believed
_TRUST_GAP_MS = 60_000
_HEADER_SLACK_MS = 2_000


def main(arguments: list[str]) -> int:
    path, memory_bytes, cpu_s = arguments
    if hasattr(os, "nice"):
        os.nice(10)  # behind the API, which asked for it and has others to answer
    _limit(memory_bytes=int(memory_bytes), cpu_s=int(cpu_s))
    av.logging.set_level(None)
    try:
        answer = describe(Path(path))
    except MediaError as e:
        answer = {"error": e.code, "message": e.message}
    sys.stdout.write(json.dumps(answer))
    return 0


def _limit(*, memory_bytes: int, cpu_s: int) -> None:
    """Memory, processor time, no written files. Windows has no such limits, only the timeout."""
    try:
        import resource  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def describe(path: Path) -> dict[str, Any]:
    """The facts of ``MediaInfo`` as JSON values."""
    with open_media(path) as container:
        if not container.streams.audio:
            raise NoAudio(
                "The file has no sound track, so there is nothing to write down. "
                "Upload a recording with sound."
            )
        stream = container.streams.audio[0]
        context = stream.codec_context
        facts: dict[str, Any] = {
            "container": container.format.name,
            "codec": context.name if context is not None else "unknown",
            "sample_rate": stream.sample_rate or 0,
            "channels": stream.channels or 0,
            "audio_streams": len(container.streams.audio),
            "has_video": any(_is_video(video) for video in container.streams.video),
            "size_bytes": path.stat().st_size,
        }
        header_ms = _header_ms(container, stream)
        measured_ms, warnings = _measure(container, stream)
    truncated = header_ms > measured_ms + max(_HEADER_SLACK_MS, header_ms // 20)
    if truncated:
        warnings.append(
            f"The file says it is {header_ms / 1_000:.0f} s long but holds "
            f"{measured_ms / 1_000:.0f} s: it was cut off or its header is wrong."
        )
    return {**facts, "duration_ms": measured_ms, "truncated": truncated, "warnings": warnings}


def _is_video(stream: Any) -> bool:
    """A cover picture is a video stream to FFmpeg, not to people."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    return not int(stream.disposition) & int(still) and stream.codec_context is not None


def _header_ms(container: InputContainer, stream: Any) -> int:
    if stream.duration and stream.time_base:
        return int(stream.duration * stream.time_base * 1_000)
    return (container.duration or 0) // 1_000


def _measure(container: InputContainer, stream: Any) -> tuple[int, list[str]]:
    """Length of the sound by its packets, never by the header; raises when none can be decoded."""
    read_only(container, stream)
    clock = _Clock(stream, origin_s(container))
    trial: list[Any] = []
    warnings: list[str] = []
    try:
        for packet in container.demux(stream):
            if packet.size == 0:
                continue
            clock.add(packet)
            if len(trial) < _DECODE_TRIAL_PACKETS:
                trial.append(packet)
    except av.error.FFmpegError:
        warnings.append("The end of the file is damaged and was left out.")
    rate = _decodable(stream, trial)
    clock.assume_frames_of(rate)
    return clock.length_ms(warnings), warnings


def _decodable(stream: Any, packets: Iterable[Any]) -> tuple[int, Fraction]:
    """(packets tried, seconds they hold): proves that the codec works on this file."""
    tried = samples = 0
    rate = 0
    for packet in packets:
        tried += 1
        try:
            for frame in packet.decode():
                samples += frame.samples
                rate = frame.sample_rate
        except av.error.FFmpegError:
            continue
    if not samples or not rate:
        raise DamagedMedia(
            f"The sound track ({stream.codec_context.name if stream.codec_context else 'unknown'}) "
            "cannot be decoded. Export it in another format, for example MP3 or M4A."
        )
    return tried, Fraction(samples, rate)


class _Clock:
    """Adds up what packets hold and where their time stamps lie."""

    def __init__(self, stream: Any, origin: Fraction) -> None:
        self._base = Fraction(stream.time_base)
        self._origin = origin
        self._packets = 0
        self._held = 0  # summed durations, in time base units
        self._with_duration = 0
        self._end: int | None = None  # highest end of a stamped packet, in time base units
        self._typical = Fraction(0)

    def add(self, packet: Any) -> None:
        self._packets += 1
        duration = packet.duration or 0
        self._held += duration
        self._with_duration += bool(duration)
        if packet.pts is not None:
            self._end = max(self._end or 0, packet.pts + duration)

    def assume_frames_of(self, trial: tuple[int, Fraction]) -> None:
        tried, seconds = trial
        self._typical = seconds / tried

    def length_ms(self, warnings: list[str]) -> int:
        held = self._held * self._base
        held += (self._packets - self._with_duration) * self._typical
        held_ms = int(held * 1_000)
        if self._end is None:
            return held_ms
        stamped_ms = int((self._end * self._base - self._origin) * 1_000)
        gap_ms = stamped_ms - held_ms
        if gap_ms > _TRUST_GAP_MS and held_ms < _TRUST_SHARE * stamped_ms:
            warnings.append("The file's time stamps jump; its length was counted instead.")
            return held_ms
        return stamped_ms if stamped_ms > 0 else held_ms
