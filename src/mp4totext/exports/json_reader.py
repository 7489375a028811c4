"""Parses the JSON export, so that a transcript can be converted to other formats."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mp4totext.exports.findings import (
    Chapter,
    Entity,
    Findings,
    Highlight,
    Sentiment,
    Text,
)
from mp4totext.exports.json_file import SCHEMA, VERSION
from mp4totext.exports.options import ExportOptions
from mp4totext.kit.errors import Invalid
from mp4totext.kit.validation import sentence_of
from mp4totext.transcript import Coverage, Segment, Source, Speaker, Transcript, Word, problems

_LONGEST_MS = 1_000 * 3_600_000  # a thousand hours
Ms = Annotated[int, Field(ge=0, le=_LONGEST_MS)]
T = TypeVar("T")


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")  # newer versions only add fields


class _Word(_Model):
    text: str
    start_ms: Ms
    end_ms: Ms
    confidence: float | None = None
    speaker: str | None = None
    speaker_confidence: float | None = None
    estimated: bool = False


class _Segment(_Model):
    id: str
    start_ms: Ms
    end_ms: Ms
    text: str
    speaker: str | None = None
    language: str | None = None
    confidence: float | None = None
    recognised_text: str | None = None
    words: tuple[_Word, ...] = ()


class _Speaker(_Model):
    id: str
    name: str | None = None


class _Understanding(_Model):
    chapters: tuple[Chapter, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    entities: tuple[Entity, ...] = ()
    sentiments: tuple[Sentiment, ...] = ()


class _Document(_Model):
    schema_name: str = Field(alias="schema")
    version: int
    title: str
    duration_ms: Ms
    language: str | None = None
    language_confidence: float | None = None
    engine: str = ""
    model: str = ""
    made_at: datetime | None = None
    speakers: tuple[_Speaker, ...] = ()
    segments: tuple[_Segment, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()
    understanding: _Understanding = _Understanding()
    texts: tuple[Text, ...] = ()


_READER: TypeAdapter[_Document] = TypeAdapter(_Document)


def read(content: bytes) -> tuple[Transcript, ExportOptions]:
    """The transcript, and options with its title, date and findings. Raises Invalid."""
    try:
        document = _READER.validate_json(content)
    except ValidationError as error:
        reason = sentence_of(error.errors(include_url=False, include_input=False))
        raise _unreadable(reason.removesuffix(".")) from error
    if document.schema_name != SCHEMA or document.version != VERSION:
        raise _unreadable(f"it says {document.schema_name[:40]!r} version {document.version}")
    transcript = Transcript(
        duration_ms=document.duration_ms,
        language=document.language,
        language_confidence=document.language_confidence,
        segments=tuple(_segment(segment) for segment in document.segments),
        speakers=tuple(Speaker(id=s.id, name=s.name) for s in document.speakers),
        coverage=document.coverage,
        engine=document.engine,
        model=document.model,
        warnings=document.warnings,
        sources=document.sources,
    )
    if wrong := problems(transcript):
        raise _unreadable(wrong[0])
    findings = Findings(**dict(document.understanding), texts=document.texts)
    options = ExportOptions(title=document.title, made_at=document.made_at, findings=findings)
    return transcript, options


def _segment(segment: _Segment) -> Segment:
    fields: dict[str, Any] = dict(segment)
    words = tuple(Word(**dict(word)) for word in segment.words)
    return Segment(**(fields | {"words": words}))


def _unreadable(reason: str) -> Invalid:
    return Invalid(
        f"This is not a JSON transcript of this program: {reason}. Make one with --format json.",
        code="unreadable_transcript",
    )
