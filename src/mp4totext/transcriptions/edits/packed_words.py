"""The words of a transcript as numbers over its text: a tenth of their size as objects."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from mp4totext.editing.word_times import word_spans
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import TranscriptVersion

LAST_MS = 2**53

_Stored = Sequence[Any]  # a word as stored in TranscriptSegment.words


class PackedSegment(BaseModel):
    id: str
    start_ms: int
    words: list[int] = Field(
        description="Four numbers per word: its length in characters (Unicode code points) of the "
        "segment's text, in which words are separated by white space; milliseconds since the end "
        "of the previous word, or since `start_ms` for the first; its duration in milliseconds; "
        "its confidence in percent, or -1 if unknown."
    )
    texts: list[str] | None = Field(
        None, description="The words, if they differ from the segment's text."
    )
    estimated: list[int] | None = Field(
        None, description="Indexes of words with estimated timestamps. Omitted if there are none."
    )
    speakers: list[Annotated[tuple[int, str | None], Field()]] | None = Field(
        None,
        description="Index and speaker of each word whose speaker differs from the previous "
        "word's, or from the segment's for the first word.",
    )


class PackedWords(BaseModel):
    """The text is that of the recording, at the same revision."""

    version: int
    revision: int
    segments: list[PackedSegment]


def packed(session: Session, version: TranscriptVersion, *, from_ms: int, to_ms: int) -> bytes:
    """``PackedWords`` as JSON, for the segments that overlap the range."""
    segments = [
        _segment(row["id"], row["start_ms"], row["text"], row["speaker"], row["words"])
        for row in queries.segments(session, version, words=True)
        if row["start_ms"] < to_ms and row["end_ms"] >= from_ms
    ]
    document = {"version": version.number, "revision": version.revision, "segments": segments}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _segment(
    segment_id: str, start_ms: int, text: str, speaker: str | None, words: Sequence[_Stored]
) -> dict[str, Any]:
    """A segment without fields that have their usual value: a missing one is None."""
    out: dict[str, Any] = {"id": segment_id, "start_ms": start_ms}
    texts = [word[0] for word in words]
    lengths = _lengths(text, texts)
    if lengths is None:
        lengths, out["texts"] = [len(each) for each in texts], texts
    numbers: list[int] = []
    speakers: list[tuple[int, str | None]] = []
    at_ms, who = start_ms, speaker
    for n, (length, word) in enumerate(zip(lengths, words, strict=True)):
        _text, start, end, confidence, said_by, _sure, _estimated = word
        sure = -1 if confidence is None else round(confidence * 100)
        numbers += (length, start - at_ms, end - start, sure)
        at_ms = end
        if (said_by or speaker) != who:
            who = said_by or speaker
            speakers.append((n, who))
    out["words"] = numbers
    if estimated := [n for n, word in enumerate(words) if word[6]]:
        out["estimated"] = estimated
    if speakers:
        out["speakers"] = speakers
    return out


def _lengths(text: str, words: Sequence[str]) -> list[int] | None:
    if text.split() == words:  # the usual case
        return [len(word) for word in words]
    spans = word_spans(text, words)
    return None if spans is None else [end - begin for begin, end in spans]
