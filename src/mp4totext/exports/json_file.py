"""JSON: the complete transcript, in a format that only gains fields (see docs/exports.md)."""

import json
from dataclasses import asdict
from typing import Any

from mp4totext.editing.speakers import speaking_times
from mp4totext.editing.word_times import retimed
from mp4totext.exports.findings import Findings, Text
from mp4totext.exports.options import ExportOptions
from mp4totext.transcript import Segment, Transcript, Word

SCHEMA, VERSION = "mp4totext.transcript", 1


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "title": options.title,
        "language": transcript.language,
        "language_confidence": transcript.language_confidence,
        "duration_ms": transcript.duration_ms,
        "engine": transcript.engine,
        "model": transcript.model,
        "made_at": options.made_at.isoformat() if options.made_at else None,
        "text": transcript.text,
        "speakers": [
            {
                "id": spoken.speaker.id,
                "name": spoken.speaker.name,
                "label": spoken.speaker.label,
                "speaking_ms": spoken.spoken_ms,
                "share": round(spoken.share, 4),
            }
            for spoken in speaking_times(transcript.speakers, transcript.segments)
        ],
        "segments": [_segment(segment) for segment in transcript.segments],
        "coverage": [
            {
                "start_ms": stretch.start_ms,
                "end_ms": stretch.end_ms,
                "kind": stretch.kind.value,
                "text": stretch.text,
                "reason": stretch.reason,
            }
            for stretch in transcript.coverage
        ],
        "sources": [asdict(source) for source in transcript.sources],
        "warnings": list(transcript.warnings),
        "understanding": _understanding(options.findings),
        "texts": [_text(text) for text in options.findings.texts],
    }
    # A lone surrogate cannot be written as UTF-8; a question mark stands in for it.
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode(errors="replace")


def _understanding(findings: Findings) -> dict[str, Any]:
    return {
        "chapters": list(map(asdict, findings.chapters)),
        "highlights": list(map(asdict, findings.highlights)),
        "entities": list(map(asdict, findings.entities)),
        "sentiments": list(map(asdict, findings.sentiments)),
    }


def _text(text: Text) -> dict[str, Any]:
    created_at = text.created_at.isoformat() if text.created_at else None
    return asdict(text) | {"created_at": created_at}


def _segment(segment: Segment) -> dict[str, Any]:
    # The words spell the text also after an edit. If the engine gave none, there are none.
    words = retimed(segment).words if segment.words else ()
    return {
        "id": segment.id,
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "speaker": segment.speaker,
        "speaker_confidence": segment.speaker_confidence,
        "language": segment.language,
        "confidence": segment.confidence,
        "text": segment.text,
        "recognised_text": segment.recognised_text,
        "words": [_word(word) for word in words],
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "start_ms": word.start_ms,
        "end_ms": word.end_ms,
        "confidence": word.confidence,
        "speaker": word.speaker,
        "speaker_confidence": word.speaker_confidence,
        "estimated": word.estimated,
    }
