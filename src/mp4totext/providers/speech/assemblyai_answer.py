"""Converts AssemblyAI's responses to results. Pure; every field of a response may be missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from mp4totext.providers.json_fields import JsonObject, number, objects, share, text
from mp4totext.providers.speech.base import (
    ChapterResult,
    EntityResult,
    FileRequest,
    HighlightResult,
    SentimentResult,
    SpeechResult,
    Understanding,
)
from mp4totext.providers.speech.decoding.result_assembly import assemble_result, spread_over_voice
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region
from mp4totext.transcript import Speaker

_Sentiment = Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]


def result_of(
    answer: JsonObject,
    request: FileRequest,
    *,
    voice: Sequence[Region],
    warnings: tuple[str, ...] = (),
) -> SpeechResult:
    """The result of a completed transcript. Speakers A, B, ... become S1, S2, ... by appearance."""
    raw_segments = _raw_segments(answer, voice)
    labels = dict.fromkeys(w.speaker for raw in raw_segments for w in raw.words if w.speaker)
    names = {label: f"S{n}" for n, label in enumerate(labels, 1)}
    result = assemble_result(
        [_renamed(raw, names) for raw in raw_segments],
        start_ms=0,
        end_ms=request.duration_ms,
        voice=voice,
        language=_language(answer, request) if raw_segments else None,
        language_confidence=share(answer.get("language_confidence")),
        model=text(answer.get("speech_model_used")) or "universal",
        warnings=(*warnings, *_own_warnings(answer)),
    )
    return replace(
        result,
        speakers=tuple(Speaker(id=name) for name in names.values()),
        understanding=_understanding(answer, request, names),
    )


def _raw_segments(answer: JsonObject, voice: Sequence[Region]) -> list[RawSegment]:
    """The whole text as one segment, which is later divided into sentences."""
    words = tuple(
        RawWord(
            text=text(item.get("text")),
            start_ms=number(item.get("start")),
            end_ms=number(item.get("end")),
            confidence=number(item.get("confidence")),
            speaker=text(item.get("speaker")) or None,
        )
        for item in objects(answer.get("words"))
        if text(item.get("text"))
    )
    whole_text = text(answer.get("text")) or " ".join(word.text for word in words)
    if not whole_text:
        return []
    if any(word.start_ms is not None for word in words):
        return [RawSegment(text=whole_text, words=words)]
    return [spread_over_voice(RawSegment(text=whole_text), voice=voice)]


def _renamed(raw: RawSegment, names: Mapping[str, str]) -> RawSegment:
    """The segment with new names of speakers. A word without a label gets the previous one's."""
    words: list[RawWord] = []
    speaker: str | None = next(iter(names.values()), None)
    for word in raw.words:
        speaker = names.get(word.speaker or "", speaker)
        words.append(replace(word, speaker=speaker))
    return replace(raw, words=tuple(words), speaker=speaker)


def _language(answer: JsonObject, request: FileRequest) -> str | None:
    return from_whisper(text(answer.get("language_code"))) or request.options.language


def _own_warnings(answer: JsonObject) -> Iterator[str]:
    metadata = answer.get("metadata")
    if isinstance(metadata, dict):
        for warning in objects(metadata.get("warnings")):
            if message := text(warning.get("message")):
                yield message


def _understanding(
    answer: JsonObject, request: FileRequest, names: Mapping[str, str]
) -> Understanding | None:
    """The requested analyses. Those that are missing are None, and not billed."""
    end_ms, features = request.duration_ms, request.features
    understanding = Understanding(
        sentiment_analysis=_sentiments(answer, end_ms, names)
        if "sentiment_analysis" in features
        else None,
        auto_chapters=_chapters(answer, end_ms) if "auto_chapters" in features else None,
        auto_highlights=_highlights(answer, end_ms) if "auto_highlights" in features else None,
        entity_detection=_entities(answer, end_ms) if "entity_detection" in features else None,
    )
    return understanding if understanding.delivered else None


def _sentiments(
    answer: JsonObject, end_ms: int, names: Mapping[str, str]
) -> tuple[SentimentResult, ...] | None:
    value = answer.get("sentiment_analysis_results")
    if not isinstance(value, list):
        return None
    return tuple(
        SentimentResult(
            start_ms=start,
            end_ms=end,
            text=text(item.get("text")),
            sentiment=sentiment,
            confidence=share(item.get("confidence")),
            speaker=names.get(text(item.get("speaker"))),
        )
        for item in objects(value)
        for start, end in _span(item, end_ms)
        for sentiment in get_args(_Sentiment)
        if sentiment == item.get("sentiment")
    )


def _chapters(answer: JsonObject, end_ms: int) -> tuple[ChapterResult, ...] | None:
    value = answer.get("chapters")
    if not isinstance(value, list):
        return None
    return tuple(
        ChapterResult(
            start_ms=start,
            end_ms=end,
            gist=text(item.get("gist")),
            headline=text(item.get("headline")),
            summary=text(item.get("summary")),
        )
        for item in objects(value)
        for start, end in _span(item, end_ms)
    )


def _highlights(answer: JsonObject, end_ms: int) -> tuple[HighlightResult, ...] | None:
    value = answer.get("auto_highlights_result")
    if not isinstance(value, dict) or value.get("status") != "success":
        return None
    return tuple(
        HighlightResult(
            text=text(item.get("text")),
            count=round(number(item.get("count")) or 0),
            rank=number(item.get("rank")) or 0.0,
            times=tuple(
                span for time in objects(item.get("timestamps")) for span in _span(time, end_ms)
            ),
        )
        for item in objects(value.get("results"))
        if text(item.get("text"))
    )


def _entities(answer: JsonObject, end_ms: int) -> tuple[EntityResult, ...] | None:
    value = answer.get("entities")
    if not isinstance(value, list):
        return None
    return tuple(
        EntityResult(
            start_ms=start,
            end_ms=end,
            entity_type=text(item.get("entity_type")) or "unknown",
            text=text(item.get("text")),
        )
        for item in objects(value)
        for start, end in _span(item, end_ms)
        if text(item.get("text"))
    )


def _span(item: JsonObject, end_ms: int) -> Iterator[tuple[int, int]]:
    """The item's start and end within the recording; nothing if its times are unusable."""
    start, end = number(item.get("start")), number(item.get("end"))
    if start is None or end is None:
        return
    low = min(max(round(start), 0), end_ms)
    high = min(max(round(end), 0), end_ms)
    if low <= high:
        yield low, high
