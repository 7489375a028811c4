"""Diarization: the request, the turns it answers, and the Protocol."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mp4totext.providers.base import Once, Report, Samples, SpeakerLimits, run_anew
from mp4totext.transcript import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationCapabilities:
    overlap: bool = False  # may report two speakers at once
    needs_channels: bool = False  # tells speakers apart by their channel, and by nothing else
    stereo_call: bool = False  # of a call with one speaker a channel, the channels are its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationRequest:
    """A whole recording as a way to read its windows, so that memory stays flat."""

    path: Path  # the media file
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    limits: SpeakerLimits = field(default_factory=SpeakerLimits)
    media_url: str | None = None  # signed and short-lived, for vendors that fetch the file
    once: Once = run_anew  # for vendors whose work is started first and collected later


class Diarizer(Protocol):
    """One instance a process, called from threads."""

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """In order of their starts. Raises ProviderRejected for impossible limits."""
        ...
