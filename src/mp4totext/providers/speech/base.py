"""Speech to text: requests, results, and the interfaces of engines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from mp4totext.providers.base import Report, Samples, SpeakerLimits
from mp4totext.transcript import Coverage, Segment, Speaker, Turn

Feature = Literal["sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection"]


Quality = Literal["fast", "balanced", "best"]

ALL_LANGUAGES = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCapabilities:
    """What an engine supports, as data: code outside ``providers`` never compares engine names."""

    languages: frozenset[str] = frozenset({ALL_LANGUAGES})  # primary subtags, or ALL_LANGUAGES
    word_times: bool = True
    vocabulary: bool = False
    prompt: bool = False
    translate_to_english: bool = False
    qualities: frozenset[Quality] = frozenset()  # levels that a request may choose
    diarization: bool = False  # its transcripts have speakers
    features: Mapping[str, frozenset[str]] = field(default_factory=dict)  # feature -> languages
    llm_gateway: bool = False
    bundled: bool = False  # included in the installation with its model
    whole_file: bool = False  # a FileSpeechToText, which needs the whole file instead of windows
    live: bool = False  # a LiveSpeechToText, which is faster than real time
    max_bytes: int | None = None  # of the sound in one request
    max_duration_ms: int | None = None

    def supports(self, language: str) -> bool:
        """``language``: BCP 47; its primary subtag decides."""
        return ALL_LANGUAGES in self.languages or language.partition("-")[0] in self.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """Options of a request, passed to the engine unchanged."""

    language: str | None = None  # BCP 47; None: detect
    model: str | None = None  # None: the settings' model
    vocabulary: tuple[str, ...] = ()
    prompt: str | None = None  # a text of the same style and spelling that precedes the recording
    translate_to_english: bool = False
    quality: Quality | None = None  # None: the engine's default
    # Languages of the account's recordings, BCP 47: preferred where a short one is uncertain.
    usual_languages: tuple[str, ...] = ()

    @property
    def hints(self) -> tuple[str, ...]:
        """Vocabulary and prompt together, for engines that accept only words."""
        return (*((self.prompt,) if self.prompt else ()), *self.vocabulary)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """One window of a recording."""

    samples: Samples
    offset_ms: int = 0  # start of the window in the recording
    around: str | None = None  # BCP 47 language of the surrounding text, if known
    heard: str | None = None  # BCP 47 language in which another engine has understood all of it
    # (start_ms, end_ms) of English, in the recording's time, that another engine is sure of.
    english: tuple[tuple[int, int], ...] = ()
    options: SpeechOptions = field(default_factory=SpeechOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    """What a vendor's language model is to write from the transcript."""

    summary: bool = False
    action_items: bool = False
    questions: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()  # instructions by the user
    language: str | None = None  # of the answers; None: the transcript's


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """A whole recording, for an engine with the capability ``whole_file``."""

    path: Path  # the media file
    work_dir: Path  # for temporary files
    duration_ms: int
    read: Callable[[int, int], Samples]  # (start_ms, end_ms) -> mono samples
    media_url: str | None = None  # signed and short-lived, for engines that download the file
    options: SpeechOptions = field(default_factory=SpeechOptions)
    speakers: SpeakerLimits | None = None  # None: speakers were not requested
    features: frozenset[Feature] = frozenset()
    gateway: GatewayRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentResult:
    start_ms: int
    end_ms: int
    text: str
    sentiment: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterResult:
    start_ms: int
    end_ms: int
    gist: str
    headline: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HighlightResult:
    text: str
    count: int
    rank: float
    times: tuple[tuple[int, int], ...]  # (start_ms, end_ms) of each mention


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityResult:
    start_ms: int
    end_ms: int
    entity_type: str  # the vendor's name, such as "person_name"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """A vendor's analyses. None: not requested, or not delivered and so not billed."""

    sentiment_analysis: tuple[SentimentResult, ...] | None = None
    auto_chapters: tuple[ChapterResult, ...] | None = None
    auto_highlights: tuple[HighlightResult, ...] | None = None
    entity_detection: tuple[EntityResult, ...] | None = None

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
    """The texts of a vendor's language model. A part that failed is None or left out."""

    summary: str | None = None
    action_items: str | None = None
    answers: tuple[tuple[str, str], ...] = ()  # (question, answer)
    tasks: tuple[tuple[str, str], ...] = ()  # (instruction, answer)
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResult:
    """Segments and coverage of one window or file, in the recording's time."""

    segments: tuple[Segment, ...]
    coverage: tuple[Coverage, ...]  # tiles the window
    language: str | None = None
    language_confidence: float | None = None
    model: str = ""
    warnings: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()  # of engines that separate the speakers of a whole file
    turns: tuple[Turn, ...] = ()  # labels of a window are valid only in that window
    understanding: Understanding | None = None
    gateway: GatewayResult | None = None


class SpeechToText(Protocol):
    """An engine. One instance for each process; ``transcribe`` is called from several threads."""

    def transcribe(self, request: SpeechRequest, report: Report) -> SpeechResult: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageGuess:
    language: str  # BCP-47
    confidence: float  # 0 to 1
    votes: Mapping[str, float] = field(default_factory=dict)  # language -> share of the votes
    tried: tuple[str, ...] = ()  # languages in which an uncertain text was decoded


@runtime_checkable
class LoadsEarly(Protocol):
    """An engine whose models can be loaded before there is sound."""

    def load_for(self, options: SpeechOptions) -> None:
        """Loads what every recording with these options needs."""
        ...


class TranscribesTogether(SpeechToText, Protocol):
    """An engine for which several parts of a recording take less time at once than one by one."""

    def transcribe_together(
        self, requests: Sequence[SpeechRequest], report: Report
    ) -> list[SpeechResult]:
        """``requests``: with the same options. ``report`` counts their lengths together."""
        ...


class LiveSpeechToText(SpeechToText, Protocol):
    """An engine with the capability ``live``."""

    def load(self) -> None:
        """Load the model now, so that the first words are not delayed."""
        ...


class FileSpeechToText(Protocol):
    """An engine with the capability ``whole_file``, in steps, so that a restart does not pay twice.

    ``start`` is the paid step: store its result. ``collect`` may be called repeatedly with it, also
    in another process. ``discard`` deletes all data at the vendor, or cancels the work.
    """

    def start(self, request: FileRequest, report: Report) -> str: ...

    def collect(self, reference: str, request: FileRequest, report: Report) -> SpeechResult:
        """Raises ProviderBusy with the code "in_progress" if a worker would wait too long."""
        ...

    def discard(self, reference: str) -> None: ...
