"""The request, the answer and the Protocol of each task. Vendors' types never leave their file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mp4totext.transcript import Coverage, Segment, Speaker

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
    whole_file: bool = False  # a FileSpeechToText: hears the file, not our windows
    live: bool = False  # a HearsLive: quick enough to hear while somebody speaks
    detects_language: bool = False  # a HearsLanguage: can vote before the windows are heard
    max_bytes: int | None = None
    max_duration_ms: int | None = None

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
class GatewayRequest:
    """What a vendor's language model shall write from the transcript; any language."""

    summary: bool = False
    action_items: bool = False
    questions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()  # the user's own instructions
    language: str | None = None  # of the answers; None: the transcript's


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """A whole recording for an engine with the capability ``whole_file``."""

    path: Path  # the media file
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    media_url: str | None = None  # signed and short-lived, for engines that fetch the file
    language: str | None = None  # None: detect
    model: str | None = None
    vocabulary: tuple[str, ...] = ()
    translate_to_english: bool = False
    diarize: bool = False
    min_speakers: int | None = None
    max_speakers: int | None = None
    features: frozenset[Feature] = frozenset()
    gateway: GatewayRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One speaker from start to end; turns of different speakers may overlap."""

    start_ms: int
    end_ms: int
    speaker: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSentiment:
    start_ms: int
    end_ms: int
    text: str
    sentiment: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardChapter:
    start_ms: int
    end_ms: int
    gist: str
    headline: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardHighlight:
    text: str
    count: int
    rank: float
    times: tuple[tuple[int, int], ...]  # (start_ms, end_ms) of each mention


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardEntity:
    start_ms: int
    end_ms: int
    entity_type: str  # the vendor's own name, e.g. "person_name"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """A vendor's speech understanding. None: was not asked for or did not run, so is not billed."""

    sentiment_analysis: tuple[HeardSentiment, ...] | None = None
    auto_chapters: tuple[HeardChapter, ...] | None = None
    auto_highlights: tuple[HeardHighlight, ...] | None = None
    entity_detection: tuple[HeardEntity, ...] | None = None

    @property
    def delivered(self) -> frozenset[Feature]:
        names: tuple[Feature, ...] = (
            "sentiment_analysis",
            "auto_chapters",
            "auto_highlights",
            "entity_detection",
        )
        return frozenset(name for name in names if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResult:
    """What the vendor's language model wrote. A part that failed is None or left out."""

    summary: str | None = None
    action_items: str | None = None
    answers: tuple[tuple[str, str], ...] = ()  # (question, answer)
    tasks: tuple[tuple[str, str], ...] = ()  # (instruction, answer)
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResult:
    """Segments and coverage of one window or file, in the recording's own time."""

    segments: tuple[Segment, ...]
    coverage: tuple[Coverage, ...]  # tiles the window exactly
    language: str | None = None
    language_confidence: float | None = None
    model: str = ""
    warnings: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()  # when the engine names them for the whole file
    turns: tuple[Turn, ...] = ()  # a window's labels mean nothing outside of it; a file's do
    understanding: Understanding | None = None
    gateway: GatewayResult | None = None


class SpeechToText(Protocol):
    """An engine. One instance serves one process; ``transcribe`` may be called from threads."""

    capabilities: SpeechCapabilities

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageGuess:
    language: str  # BCP-47
    confidence: float  # 0 to 1
    votes: Mapping[str, float] = field(default_factory=dict)  # language -> share of the votes


class HearsLanguage(Protocol):
    """An engine with the capability ``detects_language``."""

    def language_of(
        self, stretches: Sequence[Samples], *, model: str | None = None
    ) -> LanguageGuess | None:
        """Votes over several voiced stretches of one recording; None when nobody speaks."""
        ...


class HearsLive(SpeechToText, Protocol):
    """An engine with the capability ``live``."""

    def load(self) -> None:
        """Now, so that the first words do not wait for it."""
        ...


class FileSpeechToText(Protocol):
    """An engine that hears whole files, in steps, so that a restart neither pays nor waits twice.

    ``start`` is the paid step: keep its answer. ``collect`` may be called again with it, also in
    another process. ``forget`` deletes everything at the vendor, or stops what still runs.
    """

    capabilities: SpeechCapabilities

    def start(self, request: FileRequest, report: Report) -> str: ...

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """Raises ProviderBusy with code "in_progress" when it takes longer than a worker waits."""
        ...

    def forget(self, reference: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationCapabilities:
    overlap: bool = False  # may report two speakers at once
    needs_channels: bool = False


def _anew(work: Callable[[], str]) -> str:
    """For callers that keep nothing."""
    return work()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationRequest:
    """A whole recording as a way to read its windows, so that memory stays flat."""

    path: Path  # the media file
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    min_speakers: int | None = None
    max_speakers: int | None = None
    media_url: str | None = None  # signed and short-lived, for vendors that fetch the file
    # Runs paid work, or gives what it gave before the process was killed.
    once: Callable[[Callable[[], str]], str] = _anew


class Diarizer(Protocol):
    capabilities: DiarizationCapabilities

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]: ...


class Finish(StrEnum):
    """Why a language model stopped."""

    STOP = "stop"  # it was done
    LENGTH = "length"  # cut at its output limit: to be continued
    SAFETY = "safety"  # the vendor's filter


def no_text(delta: str) -> None:
    """For callers that do not watch a text grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelFacts:
    """What a language model takes and gives; tokens by its vendor's own count."""

    context_tokens: int  # input and output together
    output_tokens: int  # the most of one answer, its silent reasoning included
    reasoning_tokens: int = 0  # set aside of ``output_tokens`` for thinking nobody sees
    temperature: bool = True  # takes one
    strict_schema: bool = True  # decodes inside a JSON schema; else it is only told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCapabilities:
    models: Mapping[str, TextModelFacts] = field(default_factory=dict)
    structured: Literal["json_schema", "json_object"] = "json_schema"
    streams_structured: bool = True  # False: a structured answer comes in one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSchema:
    """JSON Schema of a structured answer."""

    name: str  # letters, digits, underscores
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    model: str
    system: str
    user: str
    max_output_tokens: int
    temperature: float | None = None  # left out where a model takes none
    schema: AnswerSchema | None = None  # None: plain text
    on_text: Callable[[str], None] = no_text  # each piece as it arrives; raises to stop the call


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """``text`` is all pieces together. Tokens are the vendor's count, or None when it gave none."""

    text: str
    finish: Finish
    input_tokens: int | None = None
    output_tokens: int | None = None


class TextModel(Protocol):
    """A vendor of language models; one instance a process, called from threads.

    A safety block is a result, not an error. Everything else that goes wrong is a ProviderError.
    """

    capabilities: TextCapabilities

    def write(self, request: TextRequest) -> TextResult: ...

    def models(self) -> tuple[str, ...]:
        """The vendor's own list of names today."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCapabilities:
    most_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    query: str
    results: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """What a search found; its words are untrusted."""

    title: str
    address: str
    text: str
    published: str | None = None  # as the vendor gave it


class WebSearch(Protocol):
    capabilities: SearchCapabilities

    def search(self, request: SearchRequest) -> tuple[WebPage, ...]: ...
