"""The bodies of requests and responses over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mp4totext.jobs.acceptance import Accepted
from mp4totext.jobs.failure import message_of
from mp4totext.jobs.models import Job
from mp4totext.jobs.quotes import QuoteOut, QuoteRequest
from mp4totext.kit.language_fields import LanguageTag
from mp4totext.kit.queue_names import Priority
from mp4totext.kit.text import CleanStr
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions.options import TextOrder


class TextEstimate(TextOrder):
    version: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Version number of the transcript. If omitted, the current version.",
    )


class TextRequest(TextEstimate):
    priority: Priority = "default"


class TextRerun(BaseModel):
    """Changes to the text that is written again.

    Without ``provider`` and ``model`` they stay as they were; without ``version`` the current
    transcript is used.
    """

    model_config = ConfigDict(extra="forbid")

    provider: Annotated[CleanStr, Field(max_length=40)] | None = None
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    version: int | None = Field(None, ge=1, le=10**6)
    priority: Priority = "default"


class TextQuoteRequest(TextEstimate, QuoteRequest):
    operation: Literal["write_text"]
    transcription_id: str = Field(pattern=r"^trn_[0-9a-z]{26}$")


class TextQuote(QuoteOut):
    kind: str
    provider: str
    model: str | None
    characters: int = Field(
        description="Length in characters of the transcript, which the price per character applies "
        "to."
    )


class TextAccepted(Accepted):
    """The text is queued; follow its job, or the ``text_delta`` events."""

    transcription_id: str | None
    kind: str
    provider: str
    model: str | None


class CitationOut(BaseModel):
    """Segments that the text cites: at the characters ``at`` to ``to`` of ``body``, or in the
    entry ``field`` of ``data``.
    """

    transcription_id: str | None = None
    segment_ids: list[str]
    start_ms: int | None = None
    end_ms: int | None = None
    at: int | None = None
    to: int | None = None
    field: str | None = None
    quote: str | None = None
    verbatim: bool | None = None


class GapOut(BaseModel):
    """A stretch of the recording that the text leaves out, or includes unchanged. It is not
    billed.
    """

    transcription_id: str
    segment_ids: list[str]
    start_ms: int
    end_ms: int
    reason: Literal["refused", "not_returned"] = Field(
        description="`refused` if the provider's safety rules rejected it. `not_returned` if the "
        "model left it out."
    )


class TextSummary(BaseModel):
    id: str
    transcription_id: str | None
    job_id: str | None
    status: str
    kind: str
    provider: str
    model: str | None
    prompt_version: str
    version: int | None
    language: str | None
    options: dict[str, Any]
    warnings: list[str]
    gaps: list[GapOut]
    error: str | None
    charged: float | None
    created_at: datetime
    finished_at: datetime | None


class TextOut(TextSummary):
    body: str | None = Field(description="The text in Markdown. null until it is written.")
    html: str | None = Field(
        description="The text as safe HTML if `html=true` was requested, with citations as links "
        "to `r/{recording}?at={ms}`. Incomplete while the text is being written."
    )
    data: dict[str, Any] | None = Field(
        description="Structured data, for kinds that have it, in the schema listed by GET "
        "/text-kinds."
    )
    citations: list[CitationOut]
    input_tokens: int | None
    output_tokens: int | None


class ChangeOut(BaseModel):
    change: Literal["same", "removed", "added"]
    text: str


class TextComparison(BaseModel):
    before: TextSummary
    after: TextSummary
    changed: list[str] = Field(
        description="Names of properties that differ, such as model or prompt_version."
    )
    likeness: float = Field(description="Share of identical characters, from 0 to 1.")
    changes: list[ChangeOut] = Field(
        description="Differences by sentence. `same` and `added` form the newer text, `same` and "
        "`removed` the older one."
    )


class TextKindOut(BaseModel):
    name: str
    title: str
    prompt_version: str
    structured: bool
    local_languages: list[str] = Field(
        description='Languages in which it can be written without a model. "*" means all.'
    )
    min_words: int
    price: str
    options: dict[str, Any] = Field(description="JSON Schema of the options.")
    answer: dict[str, Any] | None = Field(
        description="JSON Schema of `data`. null for kinds without structured data."
    )


class AiModelOut(BaseModel):
    provider: str
    title: str
    model: str | None
    ready: bool
    missing: str | None
    default: bool
    multiplier: float | None
    per_1000_characters: float
    context_tokens: int | None
    output_tokens: int | None
    state: Literal["sold", "warns", "refused"] = Field(
        description="`warns` if the model is retired within 60 days, `refused` if it is retired."
    )
    retires_at: date | None = Field(
        description="First day on which the model is no longer available."
    )
    replaced_by: str | None


class VendorModelOut(BaseModel):
    model: str
    priced: bool
    retires_at: date | None = Field(
        None,
        description="First day on which the model is no longer available, if the provider's list "
        "states it.",
    )


class AskRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Annotated[CleanStr, Field(min_length=2, max_length=1000)]
    limit: int = Field(5, ge=1, le=20, description="Maximum number of passages.")
    provider: Annotated[CleanStr, Field(max_length=40)] | None = Field(
        None,
        description="Provider whose model writes an answer from the passages. If omitted or "
        '"local", only passages are returned.',
    )
    model: Annotated[CleanStr, Field(max_length=120)] | None = None
    language: LanguageTag | None = Field(
        None, description="Language of the answer as a BCP 47 tag."
    )

    @property
    def wants_model(self) -> bool:
        return self.provider not in (None, "local") or self.model is not None


class PassageOut(BaseModel):
    rank: int
    score: float
    transcription_id: str
    title: str
    segment_ids: list[str]
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None
    matched: list[str]
    by: Literal["words", "meaning"] = Field(
        description="How the passage was found. Scores are comparable only within the same method."
    )


class AskOut(BaseModel):
    passages: list[PassageOut]
    answer: TextAccepted | None = Field(
        None, description="Answer that a model will write. null if no model was requested."
    )
    not_yet_searched: int = Field(
        0, description="Number of recordings not indexed yet. Later questions index them."
    )
    meaning_missing: str | None = Field(
        None,
        description="Why search by meaning is unavailable, and the command that installs it. null "
        "if it is available.",
    )


def summary_out(text: WrittenText, job: Job | None) -> TextSummary:
    return TextSummary.model_validate(_fields(text, job))


def text_out(text: WrittenText, job: Job | None, *, html: str | None) -> TextOut:
    return TextOut.model_validate(
        {
            **_fields(text, job),
            "body": text.body,
            "html": html,
            "data": text.data,
            "citations": text.citations,
            "input_tokens": text.input_tokens,
            "output_tokens": text.output_tokens,
        }
    )


def _fields(text: WrittenText, job: Job | None) -> dict[str, Any]:
    return {
        "id": text.id,
        "transcription_id": text.transcription_id,
        "job_id": text.job_id,
        "status": job.state if job is not None else "succeeded",
        "kind": text.kind,
        "provider": text.provider,
        "model": text.model,
        "prompt_version": text.prompt_version,
        "version": text.version,
        "language": text.language,
        "options": text.options,
        "warnings": text.warnings,
        "gaps": text.gaps or [],
        "error": message_of(job) if job is not None else None,
        "charged": None if job is None or job.charged_uc is None else job.charged_uc / 1_000_000,
        "created_at": text.created_at,
        "finished_at": text.finished_at,
    }
