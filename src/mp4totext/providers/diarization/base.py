"""Diarization: the request, the turns of the result, and the interface."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mp4totext.providers.base import Once, Report, Samples, SpeakerLimits, run_anew
from mp4totext.transcript import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationCapabilities:
    overlap: bool = False  # its turns may overlap
    needs_channels: bool = False  # separates speakers by channel only
    stereo_call: bool = False  # uses the channels of a call with one speaker for each


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationRequest:
    """A whole recording, read window by window to keep memory constant."""

    path: Path  # the media file
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    limits: SpeakerLimits = field(default_factory=SpeakerLimits)
    media_url: str | None = None  # signed and short-lived, for vendors that fetch the file
    once: Once = run_anew  # for vendors whose work is started first and collected later


class Diarizer(Protocol):
    """One instance for each process; called from several threads."""

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns by start. Raises ProviderRejected for impossible limits."""
        ...
