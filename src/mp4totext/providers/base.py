"""The request, the answer and the Protocol of each task. Vendors' types never leave their file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mp4totext.transcript import Coverage, Segment

Samples: TypeAlias = NDArray[np.float32]  # mono, 16 kHz, -1 to 1

SAMPLE_RATE = 16_000
"""Every engine here hears 16 kHz mono."""

Feature = Literal["sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection"]

ALL_LANGUAGES = "*"


class Report(Protocol):
    """Told how much audio is done; raises when the job is cancelled."""

    def __call__(self, done_ms: int) -> None: ...


def no_report(done_ms: int) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCapabilities:
    """What an engine can do, as data: slices never test an engine's name."""

    languages: frozenset[str] = frozenset({ALL_LANGUAGES})  # primary subtags, or ALL_LANGUAGES
    word_times: bool = True
    vocabulary: bool = False
    translate_to_english: bool = False
    diarization: bool = False  # speakers come with its transcript
    features: Mapping[str, frozenset[str]] = field(default_factory=dict)  # feature -> languages
    llm_gateway: bool = False
    whole_file: bool = False  # hears the file, not our windows
    max_bytes: int | None = None
    max_duration_ms: int | None = None
    queue: str | None = None  # "gpu" when it must run on such a worker

    def speaks(self, language: str) -> bool:
        return ALL_LANGUAGES in self.languages or language.partition("-")[0] in self.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """One window of a recording for an engine."""

    samples: Samples
    offset_ms: int = 0  # where the window starts in the recording
    language: str | None = None  # None: detect
    model: str | None = None
    vocabulary: tuple[str, ...] = ()
    translate_to_english: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResult:
    """Segments and coverage of one window, in the recording's own time."""

    segments: tuple[Segment, ...]
    coverage: tuple[Coverage, ...]  # tiles the window exactly
    language: str | None = None
    language_confidence: float | None = None
    model: str = ""
    warnings: tuple[str, ...] = ()


class SpeechToText(Protocol):
    """An engine. One instance serves one process; ``transcribe`` may be called from threads."""

    capabilities: SpeechCapabilities

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker from start to end; turns of different speakers may overlap."""

    start_ms: int
    end_ms: int
    speaker: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationCapabilities:
    overlap: bool = False  # may report two speakers at once
    needs_channels: bool = False
    queue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationRequest:
    """A whole recording as a way to read its windows, so that memory stays flat."""

    path: Path  # the media file
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    min_speakers: int | None = None
    max_speakers: int | None = None


class Diarizer(Protocol):
    capabilities: DiarizationCapabilities

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]: ...
