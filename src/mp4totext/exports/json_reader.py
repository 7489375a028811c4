"""Parses the JSON export, so that a transcript can be converted to other formats."""

import codecs
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")  # newer versions only add fields


M = TypeVar("M", bound=_Model)


class _Word(_Model):
    text: str
    start_ms: Ms
    end_ms: Ms
    confidence: float | None = None
    speaker: str | None = None
    speaker_confidence: float | None = None
    estimated: bool = False


class _Segment(_Model):
    id: str = ""  # s1, s2, ... in files that people wrote
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


class _Head(_Model):
    schema_name: str = Field(alias="schema")
    version: int


class _Document(_Model):
    title: str = ""
    duration_ms: Ms | None = None  # until the last segment ends
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


def read(content: bytes) -> tuple[Transcript, ExportOptions]:
    """The transcript, and options with its title, date and findings. Raises Invalid."""
    content = content.removeprefix(codecs.BOM_UTF8)  # of editors on Windows
    head = _parsed(_Head, content)
    if head.schema_name != SCHEMA or head.version != VERSION:
        raise _unreadable(f"it says {head.schema_name[:40]!r} version {head.version}")
    document = _parsed(_Document, content)
    duration_ms = document.duration_ms
    if duration_ms is None:
        duration_ms = max((segment.end_ms for segment in document.segments), default=0)
    transcript = Transcript(
        duration_ms=duration_ms,
        language=document.language,
        language_confidence=document.language_confidence,
        segments=tuple(_segment(n, each) for n, each in enumerate(document.segments, start=1)),
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


def _parsed(model: type[M], content: bytes) -> M:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        problems_found = error.errors(include_url=False, include_input=False)
        is_json = problems_found[0]["type"] != "json_invalid"
        reason = sentence_of(problems_found).removesuffix(".") if is_json else "it is not JSON"
        raise _unreadable(reason) from error


def _segment(number: int, segment: _Segment) -> Segment:
    fields: dict[str, Any] = dict(segment)
    words = tuple(Word(**dict(word)) for word in segment.words)
    return Segment(**(fields | {"id": segment.id or f"s{number}", "words": words}))


def _unreadable(reason: str) -> Invalid:
    return Invalid(
        f"This is not a JSON transcript of this program: {reason}. Make one with --format json.",
        code="unreadable_transcript",
    )
