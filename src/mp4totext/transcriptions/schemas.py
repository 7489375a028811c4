"""Requests and answers of the routes of transcriptions."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.models import JobState
from mp4totext.jobs.quotes import LineOut, QuoteOut, QuoteRequest
from mp4totext.jobs.schemas import ProgressOut
from mp4totext.kit.clock import Moment
from mp4totext.kit.pagination import Page
from mp4totext.kit.text import CleanStr
from mp4totext.transcriptions.options import TranscriptionOptions


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
