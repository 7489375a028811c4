"""The lines that a video speaks, and the translation that it shows."""

from dataclasses import replace

from sqlalchemy.orm import Session

from mp4totext.downloads import documents
from mp4totext.exports.documents import translation_among
from mp4totext.exports.findings import Line, Text
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.models import TranscriptVersion
from mp4totext.transcriptions.versions import transcript_of

SAID = "said"  # the kind of lines that come from the transcript itself


def in_language(session: Session, version: TranscriptVersion, language: str) -> Text:
    """The newest translation into the language. Raises NoTranslation."""
    text = translation_among(documents.written_texts(session, version), language)
    return _lines_only(text, transcript_of(session, version))


def by_id(session: Session, version: TranscriptVersion, text_id: str) -> Text | None:
    """The translation; None: it was deleted, or is not of this recording."""
    for text in documents.written_texts(session, version):
        if text.id == text_id and text.lines and text.language:
            return _lines_only(text, transcript_of(session, version))
    return None


def as_said(transcript: Transcript) -> Text:
    """The transcript itself, as lines of a translation.

    Passages in other languages are left out, as a voice speaks only one.
    """
    language = transcript.language or "en"
    lines = tuple(
        Line(
            segment_id=segment.id,
            start_ms=segment.start_ms,
            end_ms=segment.end_ms,
            text=segment.text,
            speaker=segment.speaker,
        )
        for segment in transcript.segments
        if _primary(segment.language or language) == _primary(language)
    )
    return Text(kind=SAID, title="", body="", language=language, lines=lines)


def _primary(language: str) -> str:
    return language.partition("-")[0]


def cut(text: Text, from_ms: int, to_ms: int) -> Text:
    """The lines that begin in a range, with times relative to its start."""
    lines = tuple(
        replace(
            line,
            start_ms=line.start_ms - from_ms,
            end_ms=min(line.end_ms, to_ms) - from_ms,
        )
        for line in text.lines
        if from_ms <= line.start_ms < to_ms
    )
    return replace(text, lines=lines)


def shifted(text: Text, ms: int) -> Text:
    """All times ``ms`` later."""
    lines = tuple(
        replace(line, start_ms=line.start_ms + ms, end_ms=line.end_ms + ms) for line in text.lines
    )
    return replace(text, lines=lines)


def _lines_only(text: Text, transcript: Transcript) -> Text:
    """The part that a job stores: unchanged lines are not translations.

    Speakers are stored by ID, as names change.
    """
    speakers = {segment.id: segment.speaker for segment in transcript.segments}
    lines = tuple(
        replace(line, speaker=speakers.get(line.segment_id))
        for line in text.lines
        if not line.original and line.text.strip()
    )
    return replace(text, title="", body="", data=None, lines=lines)
