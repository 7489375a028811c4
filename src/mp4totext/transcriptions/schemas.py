"""Requests and answers of the routes of transcriptions."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.models import JobState
from mp4totext.jobs.quotes import LineOut, QuoteOut, QuoteRequest
from mp4totext.jobs.schemas import ProgressOut
from mp4totext.kit.clock import Moment
from mp4totext.kit.language_fields import LanguageOrAuto, LanguageTag
from mp4totext.kit.languages import AUTO
from mp4totext.kit.pagination import Page
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr
from mp4totext.media.choice import SourceOptions
from mp4totext.providers.base import SpeakerLimits
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import Quality, SpeechOptions

# Whisper reads 223 tokens of a prompt, which are about so many characters of a Latin script.
PROMPT_CHARACTERS = 600


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


TrackNumbers = Annotated[
    Literal["auto", "all"]
    | Annotated[tuple[Annotated[int, Field(ge=1, le=64)], ...], Field(min_length=1, max_length=64)],
    Field(union_mode="left_to_right"),
]


class SpeechUnderstanding(_Options):
    sentiment_analysis: bool = False
    auto_chapters: bool = False
    entity_detection: bool = False
    auto_highlights: bool = False
    speaker_labels: bool = False


class LlmGateway(_Options):
    enabled: bool = False
    generate_summary: bool = False
    questions: tuple[Annotated[CleanStr, Field(min_length=1, max_length=500)], ...] = Field(
        (), max_length=20
    )
    action_items: bool = False
    tasks: tuple[Annotated[CleanStr, Field(min_length=1, max_length=2000)], ...] = Field(
        (), max_length=10, description="Your own instructions, each answered by itself."
    )
    language: LanguageTag | None = Field(
        None, description="Of what is written. Absent: the transcript's."
    )


class Features(_Options):
    speech_understanding: SpeechUnderstanding = SpeechUnderstanding()
    llm_gateway: LlmGateway = LlmGateway()

    @property
    def asked(self) -> tuple[str, ...]:
        """The priced features asked for."""
        names = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
        return tuple(name for name in names if getattr(self.speech_understanding, name))


class TextOrder(_Options):
    """A text to write from a recording. See /text-kinds and /ai-models."""

    kind: Annotated[CleanStr, Field(max_length=40)]
    provider: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None, description='Or "local": without a model. Absent: the default, or what is ready.'
    )
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    options: dict[str, Any] = Field({}, description="The kind's own, as /text-kinds lists them.")


def in_order(min_speakers: int | None, max_speakers: int | None) -> None:
    """Raises ValueError when no number of speakers is left."""
    if min_speakers is not None and max_speakers is not None and min_speakers > max_speakers:
        raise ValueError(f"min_speakers {min_speakers} is more than max_speakers {max_speakers}")


class TranscriptionOptions(_Options):
    engine: Annotated[CleanStr, Field(max_length=40)] = "auto"
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    language: LanguageOrAuto = Field(
        AUTO,
        description="auto, or a BCP-47 tag in any case; English names and ISO 639-2 codes as well. "
        "zh-Hans, zh-Hant, zh-TW or zh-HK say how Chinese is written; zh and auto: simplified.",
    )
    diarize: bool = False
    diarizer: Annotated[CleanStr, Field(max_length=40)] = "local"
    min_speakers: int | None = Field(None, ge=1, le=20)
    max_speakers: int | None = Field(None, ge=1, le=20)
    vocabulary: tuple[Annotated[CleanStr, Field(min_length=1, max_length=80)], ...] = Field(
        (), max_length=200, description="Names and terms to listen for."
    )
    prompt: Annotated[CleanStr, Field(min_length=1, max_length=PROMPT_CHARACTERS)] | None = Field(
        None,
        description="Text that comes before the recording, or is written as its text should be. "
        "For engines that take one: see /config.",
    )
    translate_to_english: bool = False
    quality: Quality | None = Field(
        None,
        description="With the bundled models: fast is the quick English engine where it can, "
        "balanced (what they do without) adds Whisper for what it doubts, best has both transcribe "
        "everything. Refused for an engine without this choice.",
    )
    denoise: Denoise = Field(
        "off",
        description="Takes noise out before transcribing, with the extra denoise: on, or auto "
        "where it was measured to help: even noise, such as of wind, fans and traffic, and people "
        "who talk behind the speaker. Speakers are found, and the recording is played, as it is.",
    )
    tracks: TrackNumbers = Field(
        "auto",
        description="Sound tracks to transcribe, counted from 1. auto: every one with a voice that "
        "no other has; all: also other versions, such as a commentary.",
    )
    channels: TrackNumbers = Field(
        "auto",
        description="Channels of those tracks to transcribe, counted from 1. auto: every one with "
        "a voice.",
    )
    features: Features = Features()
    texts: tuple[TextOrder, ...] = Field(
        (), max_length=20, description="Written when the transcript is done, each a job of its own."
    )
    priority: Priority = "default"
    webhook_url: HttpUrl | None = Field(
        None,
        max_length=2000,
        description="Told by POST when the transcription, and each of its texts, has ended.",
    )
    allow_fallback: bool = Field(
        default=False,
        description="true: another engine takes over when the chosen one cannot be reached, fails "
        "or stays busy. Never when it refuses.",
    )
    strict: bool = Field(
        default=True,
        description="false: features that cannot run are dropped with a warning, unbilled.",
    )

    @model_validator(mode="after")
    def _speakers_in_order(self) -> "TranscriptionOptions":
        in_order(self.min_speakers, self.max_speakers)
        return self

    @property
    def source_options(self) -> SourceOptions:
        """What of the recording is transcribed."""
        return SourceOptions(
            tracks=None if self.tracks == "auto" else self.tracks,
            channels=None if self.channels == "auto" else self.channels,
            language=None if self.language == AUTO else self.language,
        )

    @property
    def speech(self) -> SpeechOptions:
        return SpeechOptions(
            language=None if self.language == AUTO else self.language,
            model=self.model,
            vocabulary=self.vocabulary,
            prompt=self.prompt,
            translate_to_english=self.translate_to_english,
            quality=self.quality,
        )

    @property
    def speakers(self) -> SpeakerLimits | None:
        """None when speakers were not requested."""
        if not self.diarize and not self.features.speech_understanding.speaker_labels:
            return None
        return SpeakerLimits(min_speakers=self.min_speakers, max_speakers=self.max_speakers)


class FromUrlRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: HttpUrl = Field(max_length=2000)
    title: Annotated[CleanStr, Field(max_length=255)] | None = None
    options: TranscriptionOptions = TranscriptionOptions()


class FromUploadRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    upload_id: str = Field(max_length=40, pattern="^[a-z0-9_]+$")
    title: Annotated[CleanStr, Field(max_length=255)] | None = None
    options: TranscriptionOptions = TranscriptionOptions()


class EstimateRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    duration_ms: int = Field(ge=1, le=7 * 24 * 3_600_000)
    options: TranscriptionOptions = TranscriptionOptions()


class TranscriptionQuoteRequest(EstimateRequest, QuoteRequest):
    operation: Literal["transcribe"] = "transcribe"


class DownloadQuoteRequest(QuoteRequest):
    """The download alone; the transcription that follows is priced by ``transcribe``."""

    operation: Literal["import"]


class DiarizationQuoteRequest(EstimateRequest, QuoteRequest):
    """Of the options, only the diarizer counts."""

    operation: Literal["diarize"]


class RerunRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    options: TranscriptionOptions | None = Field(None, description="Absent: those it had.")


class TextCostOut(BaseModel):
    """An estimate: the most a text will cost that is written when the transcript is stored."""

    kind: str
    provider: str
    model: str | None
    characters: int | None = Field(
        description="Of the transcript, estimated high; null: the recording's length is not known."
    )
    lines: list[LineOut]
    total: float | None = Field(description="null: not known before the recording's length is.")


class TextCosts(BaseModel):
    texts: list[TextCostOut] = Field(
        [],
        description="Estimates, held neither now nor in `total`: each text is held, at the price "
        "and the length it then has, when the transcript is stored.",
    )
    texts_total: float | None = Field(
        0, description="Of all of them, at most; null when one is not known."
    )


class TranscriptionQuote(TextCosts, QuoteOut):
    enough_with_texts: bool
    engine: str
    reason: str
    fallback: str | None = Field(None, description="The engine that would take over.")
    warnings: list[str] = []


class TranscriptionAccepted(TextCosts, Accepted):
    """A recording was accepted; follow the job for progress."""

    engine: str | None = None
    reason: str | None = None
    fallback: str | None = Field(None, description="The engine that would take over.")
    duplicates: list[str] = Field(
        [], description="Your transcriptions of exactly this file, to reuse instead."
    )


class WordOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None
    speaker: str | None
    speaker_confidence: float | None
    estimated: bool


class SegmentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None
    speaker_confidence: float | None = None
    confidence: float | None
    language: str | None
    recognised_text: str | None
    checked: bool = Field(default=False, description="A person confirmed it.")
    revision: int = Field(0, description="The transcript's, when the segment last changed.")
    words: list[WordOut] | None = None


class SpeakerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str | None
    label: str
    speaking_ms: int = 0
    share: float = Field(0.0, description="Of all speech that has a speaker, 0 to 1.")
    segments: int = 0


class CoverageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    start_ms: int
    end_ms: int
    kind: str
    text: str | None
    reason: str | None


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    colour: int = Field(description="1 to 8.")


class SourceOut(BaseModel):
    """One channel of one sound track of the file."""

    model_config = ConfigDict(from_attributes=True)

    track: int
    channel: int
    weight: float = Field(description="In the signal that was transcribed; 0: it was not.")
    signal: int | None = Field(description="Channels with the same number were mixed.")
    reason: str
    language: str | None = Field(description="As the file says.")
    title: str | None = Field(description="As the file says.")


class TranscriptionSummary(BaseModel):
    id: str
    job_id: str | None
    title: str
    filename: str
    source_url: str | None
    status: str
    language: str | None
    duration_ms: int | None
    size_bytes: int | None
    has_video: bool
    version: int | None
    options: dict[str, Any]
    error: str | None
    progress: ProgressOut | None = Field(None, description="Of the job while it is not ended.")
    tags: list[TagOut] = []
    speakers_named: list[str] = Field([], description="Who speaks, by name or label.")
    archived: bool = False
    binned_at: datetime | None = Field(None, description="Deleted BIN_DAYS later.")
    created_at: datetime
    updated_at: datetime


Place = Literal["library", "archive", "bin", "all"]


class ListFilter(BaseModel):
    search: Annotated[CleanStr | None, Field(max_length=200)] = None
    status: JobState | None = None
    language: str | None = Field(None, max_length=35, pattern="^[A-Za-z0-9-]+$")
    created_from: Moment | None = None
    created_to: Moment | None = None
    tag: str | None = Field(None, pattern=r"^tag_[0-9a-z]{26}$")
    place: Place = Field(
        "library", description="What is archived or in the bin is listed only there."
    )


class LibraryPage(Page[TranscriptionSummary]):
    total: int | None = Field(None, description="Of all pages; absent behind the first one.")


class TranscriptionOut(TranscriptionSummary):
    engine: str | None = None
    model: str | None = None
    revision: int | None = None
    text: str | None = None
    segments: list[SegmentOut] = []
    speakers: list[SpeakerOut] = []
    coverage: list[CoverageOut] = []
    sources: list[SourceOut] = []
    understanding: dict[str, Any] | None = None
    warnings: list[str] = []
    media_url: str | None = Field(None, description="Opens without a token for an hour.")


class TranscriptionChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[CleanStr, Field(min_length=1, max_length=255)] | None = None
    version: int | None = Field(None, ge=1, description="Makes another version the current one.")
    archived: bool | None = Field(None, description="true: out of the library's first list.")
    binned: bool | None = Field(None, description="true: into the bin. false: back from it.")


class VersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: int
    job_id: str
    engine: str
    model: str
    language: str | None
    word_count: int
    revision: int
    created_at: datetime
