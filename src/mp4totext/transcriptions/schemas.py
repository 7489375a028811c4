"""Requests and answers of the routes of transcriptions."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, model_validator

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
from mp4totext.providers.base import MAX_SPEAKERS, SpeakerLimits
from mp4totext.providers.denoise.base import Denoise
from mp4totext.providers.speech.base import Quality, SpeechOptions

# Whisper reads 223 tokens of a prompt: about this many characters of a Latin script.
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
        (), max_length=10, description="Custom instructions. Each is answered separately."
    )
    language: LanguageTag | None = Field(
        None, description="Language of the texts. If omitted, the transcript's language."
    )


class Features(_Options):
    speech_understanding: SpeechUnderstanding = SpeechUnderstanding()
    llm_gateway: LlmGateway = LlmGateway()

    @property
    def requested(self) -> tuple[str, ...]:
        """The requested features that have a price."""
        names = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
        return tuple(name for name in names if getattr(self.speech_understanding, name))


class TextOrder(_Options):
    """A text to write from a recording. See /text-kinds and /ai-models."""

    kind: Annotated[CleanStr, Field(max_length=40)]
    provider: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None,
        description='Name of a provider, or "local" to work without a model. If omitted, the '
        "default provider or the first that is ready.",
    )
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    options: dict[str, Any] = Field(
        {}, description="Options of the kind of text, listed by /text-kinds."
    )


def _order_of_kind(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def check_speaker_limits(min_speakers: int | None, max_speakers: int | None) -> None:
    """Raises ValueError if the limits exclude every number of speakers."""
    if min_speakers is not None and max_speakers is not None and min_speakers > max_speakers:
        raise ValueError(
            f"`min_speakers` {min_speakers} is more than `max_speakers` {max_speakers}: swap them"
        )


class TranscriptionOptions(_Options):
    engine: Annotated[CleanStr, Field(max_length=40)] = "auto"
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    language: LanguageOrAuto = Field(
        AUTO,
        description="Spoken language: `auto`, a BCP 47 tag in any case, an English name or an ISO "
        "639-2 code. zh-Hans, zh-Hant, zh-TW and zh-HK select the script of Chinese; zh and auto "
        "use simplified characters.",
    )
    diarize: bool = False
    diarizer: Annotated[CleanStr, Field(max_length=40)] = "local"
    min_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    max_speakers: int | None = Field(None, ge=1, le=MAX_SPEAKERS)
    vocabulary: tuple[Annotated[CleanStr, Field(min_length=1, max_length=80)], ...] = Field(
        (), max_length=200, description="Names and terms that the engine should recognise."
    )
    prompt: Annotated[CleanStr, Field(min_length=1, max_length=PROMPT_CHARACTERS)] | None = Field(
        None,
        description="Text that precedes the recording or is written in the desired style. Only for "
        "engines that accept a prompt, see /config.",
    )
    translate_to_english: bool = False
    quality: Quality | None = Field(
        None,
        description="Accuracy level of the bundled models. `fast` uses the fast English engine "
        "where possible, `balanced` adds Whisper for uncertain parts, and `best` runs both on "
        "everything. If omitted, `balanced`. Refused by engines without levels.",
    )
    denoise: Denoise = Field(
        "off",
        description="Noise reduction before transcription. Requires the extra denoise. `on` always "
        "applies it. `auto` applies it where it was measured to help: steady noise such as wind, "
        "fans and traffic, and people talking in the background. Speaker diarization and playback "
        "use the original audio.",
    )
    tracks: TrackNumbers = Field(
        "auto",
        description="Audio tracks to transcribe, numbered from 1. `auto` selects every track with "
        "a voice that no other track has. `all` includes other versions, such as a commentary.",
    )
    channels: TrackNumbers = Field(
        "auto",
        description="Channels of the selected tracks to transcribe, numbered from 1. `auto` "
        "selects every channel with a voice.",
    )
    features: Features = Features()
    texts: tuple[Annotated[TextOrder, BeforeValidator(_order_of_kind)], ...] = Field(
        (),
        max_length=20,
        description="Texts to write when the transcript is ready. Each runs as a separate job. A "
        "kind's name, such as `summary`, is enough.",
    )
    priority: Priority = "default"
    webhook_url: HttpUrl | None = Field(
        None,
        max_length=2000,
        description="URL that receives a POST request when the transcription, and each of its "
        "texts, finishes.",
    )
    allow_fallback: bool = Field(
        default=False,
        description="Whether another engine is used if the selected one is unreachable, fails or "
        "stays busy. It is not used if the engine refuses the request.",
    )
    strict: bool = Field(
        default=True,
        description="Whether unsupported features are an error. If false, they are dropped with a "
        "warning and not billed.",
    )

    @model_validator(mode="after")
    def _speakers_in_order(self) -> "TranscriptionOptions":
        check_speaker_limits(self.min_speakers, self.max_speakers)
        return self

    @property
    def source_options(self) -> SourceOptions:
        """The requested tracks and channels."""
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
        """None if speakers were not requested."""
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
    """A quote for the download only. The transcription is priced by ``transcribe``."""

    operation: Literal["import"]


class DiarizationQuoteRequest(EstimateRequest, QuoteRequest):
    """A quote for diarization. Only the `diarizer` option affects the price."""

    operation: Literal["diarize"]


class RerunRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    options: TranscriptionOptions | None = Field(
        None, description="Options of the new transcription. If omitted, the previous options."
    )


class TextCostOut(BaseModel):
    """Estimated maximum price of a text that is written when the transcript is stored."""

    kind: str
    provider: str
    model: str | None
    characters: int | None = Field(
        description="Upper estimate of the length of the transcript in characters. null if the "
        "duration of the recording is unknown."
    )
    lines: list[LineOut]
    total: float | None = Field(
        description="Estimated maximum price in credits. null if the duration of the recording is "
        "unknown."
    )


class TextCosts(BaseModel):
    texts: list[TextCostOut] = Field(
        [],
        description="Estimated prices of the texts. They are neither held now nor included in "
        "`total`: each is held when the transcript is stored, based on the price and length at "
        "that time.",
    )
    texts_total: float | None = Field(
        0,
        description="Estimated maximum price of all texts in credits. null if one of them is "
        "unknown.",
    )


class TranscriptionQuote(TextCosts, QuoteOut):
    enough_with_texts: bool
    engine: str
    reason: str
    fallback: str | None = Field(
        None, description="Engine used if the selected one fails. null if there is none."
    )
    warnings: list[str] = []


class TranscriptionAccepted(TextCosts, Accepted):
    """The recording was accepted. Follow the job for progress."""

    engine: str | None = None
    reason: str | None = None
    fallback: str | None = Field(
        None, description="Engine used if the selected one fails. null if there is none."
    )
    duplicates: list[str] = Field(
        [], description="IDs of existing transcriptions of the same file."
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
    checked: bool = Field(
        default=False, description="Whether a person confirmed the segment as correct."
    )
    revision: int = Field(
        0, description="Revision of the transcript in which the segment last changed."
    )
    words: list[WordOut] | None = None


class SpeakerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str | None
    label: str = Field(description="The name, or a number in the language of `Accept-Language`.")
    speaking_ms: int = 0
    share: float = Field(
        0.0, description="Share of all speech that is attributed to a speaker, from 0 to 1."
    )
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
    colour: int = Field(description="Number of the colour, 1 to 8.")


class SourceOut(BaseModel):
    """One channel of an audio track of the file."""

    model_config = ConfigDict(from_attributes=True)

    track: int
    channel: int
    weight: float = Field(
        description="Weight of the channel in the transcribed signal. 0 if it was not transcribed."
    )
    signal: int | None = Field(
        description="Number of the transcribed signal. Channels with the same number were mixed."
    )
    reason: str
    language: str | None = Field(description="Language of the track according to the file.")
    title: str | None = Field(description="Title of the track according to the file.")


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
    progress: ProgressOut | None = Field(
        None, description="Progress of the job. null once it has ended."
    )
    queue_place: int | None = Field(
        None,
        description="Place of the job among the waiting jobs of the account in its queue, from 1. "
        "null unless it waits.",
    )
    tags: list[TagOut] = []
    speakers_named: list[str] = Field([], description="Names or labels of the speakers.")
    archived: bool = False
    binned_at: datetime | None = Field(
        None,
        description="Time at which the recording was moved to the bin. It is deleted BIN_DAYS "
        "later.",
    )
    created_at: datetime
    updated_at: datetime


Place = Literal["library", "archive", "bin", "all"]
Sort = Literal["newest", "oldest", "title", "longest"]


class ListFilter(BaseModel):
    search: Annotated[CleanStr | None, Field(max_length=200)] = None
    status: JobState | None = None
    language: str | None = Field(None, max_length=35, pattern="^[A-Za-z0-9-]+$")
    created_from: Moment | None = None
    created_to: Moment | None = None
    tag: str | None = Field(None, pattern=r"^tag_[0-9a-z]{26}$")
    place: Place = Field(
        "library",
        description="Which recordings to list. Archived and binned recordings are not part of "
        "`library`.",
    )
    sort: Sort = Field(
        "newest",
        description="Order of the list. `title` ignores case; `longest` lists recordings whose "
        "duration is not known yet last.",
    )


class LibraryPage(Page[TranscriptionSummary]):
    total: int | None = Field(
        None, description="Number of recordings on all pages. Only returned with the first page."
    )
    languages: list[str] | None = Field(
        None,
        description="Languages of all your recordings, as BCP 47 tags. Only returned with the "
        "first page.",
    )


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
    media_url: str | None = Field(
        None,
        description="Link to the recording. Valid for one hour without a token, "
        "while the login or key is valid.",
    )


class TranscriptionChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[CleanStr, Field(min_length=1, max_length=255)] | None = None
    version: int | None = Field(
        None,
        ge=1,
        description="Version number to make current. If omitted, the current version stays.",
    )
    archived: bool | None = Field(
        None,
        description="Whether the recording is archived. Archived recordings are not in the default "
        "list.",
    )
    binned: bool | None = Field(
        None, description="true moves the recording to the bin, false restores it."
    )


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
