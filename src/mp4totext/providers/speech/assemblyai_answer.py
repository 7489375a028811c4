"""AssemblyAI's answers in our shapes. Pure; nothing in an answer is trusted to be there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from mp4totext.providers.json_fields import JsonObject, number, objects, share, text
from mp4totext.providers.speech.base import (
    FileRequest,
    HeardChapter,
    HeardEntity,
    HeardHighlight,
    HeardSentiment,
    SpeechResult,
    Understanding,
)
from mp4totext.providers.speech.decoding.result_assembly import assembled, spread_over_voice
from mp4totext.providers.speech.decoding.word_timing import Heard, HeardWord
from mp4totext.providers.speech.languages import from_whisper
from mp4totext.providers.vad import Region
from mp4totext.transcript import Speaker

_Mood = Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]


def result_of(
    answer: JsonObject,
    request: FileRequest,
    *,
    voice: Sequence[Region],
    warnings: tuple[str, ...] = (),
) -> SpeechResult:
    """A completed transcript. Speakers A, B, ... become S1, S2, ... in order of appearance."""
    heard = _heard(answer, voice)
    names = _speaker_ids(heard)
    result = assembled(
        [_renamed(h, names) for h in heard],
        start_ms=0,
        end_ms=request.duration_ms,
        voice=voice,
        language=_language(answer, request) if heard else None,
        language_confidence=share(answer.get("language_confidence")),
        model=text(answer.get("speech_model_used")) or "universal",
        warnings=(*warnings, *_said(answer)),
    )
    return replace(
        result,
        speakers=tuple(Speaker(id=name) for name in names.values()),
        understanding=_understanding(answer, request, names),
    )


def _heard(answer: JsonObject, voice: Sequence[Region]) -> list[Heard]:
    words = tuple(_word(word) for word in objects(answer.get("words")))
    words = tuple(word for word in words if word.text)
    spoken = text(answer.get("text")) or " ".join(word.text for word in words)
    if not spoken:
        return []
    heard = Heard(text=spoken, words=words)
    timed = any(word.start_ms is not None for word in words)
    return [heard if timed else spread_over_voice(replace(heard, words=()), voice=voice)]


def _word(word: JsonObject) -> HeardWord:
    return HeardWord(
        text=text(word.get("text")),
        start_ms=number(word.get("start")),
        end_ms=number(word.get("end")),
        confidence=number(word.get("confidence")),
        speaker=text(word.get("speaker")) or None,
    )


def _speaker_ids(heard: Sequence[Heard]) -> dict[str, str]:
    labels = dict.fromkeys(w.speaker for h in heard for w in h.words if w.speaker)
    return {label: f"S{n}" for n, label in enumerate(labels, 1)}


def _renamed(heard: Heard, names: Mapping[str, str]) -> Heard:
    """A word without a label is by whoever spoke before it: labels are missing one by one."""
    words: list[HeardWord] = []
    last: str | None = next(iter(names.values()), None)
    for word in heard.words:
        last = names.get(word.speaker or "", last)
        words.append(replace(word, speaker=last))
    return replace(heard, words=tuple(words), speaker=last)


def _language(answer: JsonObject, request: FileRequest) -> str | None:
    return from_whisper(text(answer.get("language_code"))) or request.language


def _said(answer: JsonObject) -> Iterator[str]:
    metadata = answer.get("metadata")
    if isinstance(metadata, dict):
        for warning in objects(metadata.get("warnings")):
            if message := text(warning.get("message")):
                yield message


def _understanding(
    answer: JsonObject, request: FileRequest, names: Mapping[str, str]
) -> Understanding | None:
    """Only what was asked for and came: the rest is None and not billed."""
    last = request.duration_ms
    asked = request.features
    found = Understanding(
        sentiment_analysis=_sentiments(answer, last, names)
        if "sentiment_analysis" in asked
        else None,
        auto_chapters=_chapters(answer, last) if "auto_chapters" in asked else None,
        auto_highlights=_highlights(answer, last) if "auto_highlights" in asked else None,
        entity_detection=_entities(answer, last) if "entity_detection" in asked else None,
    )
    return found if found.delivered else None


def _sentiments(
    answer: JsonObject, last: int, names: Mapping[str, str]
) -> tuple[HeardSentiment, ...] | None:
    given = answer.get("sentiment_analysis_results")
    if not isinstance(given, list):
        return None
    return tuple(
        HeardSentiment(
            start_ms=start,
            end_ms=end,
            text=text(item.get("text")),
            sentiment=mood,
            confidence=share(item.get("confidence")),
            speaker=names.get(text(item.get("speaker"))),
        )
        for item in objects(given)
        for start, end in _span(item, last)
        for mood in _mood(item.get("sentiment"))
    )


def _chapters(answer: JsonObject, last: int) -> tuple[HeardChapter, ...] | None:
    given = answer.get("chapters")
    if not isinstance(given, list):
        return None
    return tuple(
        HeardChapter(
            start_ms=start,
            end_ms=end,
            gist=text(item.get("gist")),
            headline=text(item.get("headline")),
            summary=text(item.get("summary")),
        )
        for item in objects(given)
        for start, end in _span(item, last)
    )


def _highlights(answer: JsonObject, last: int) -> tuple[HeardHighlight, ...] | None:
    given = answer.get("auto_highlights_result")
    if not isinstance(given, dict) or given.get("status") != "success":
        return None
    return tuple(
        HeardHighlight(
            text=text(item.get("text")),
            count=round(number(item.get("count")) or 0),
            rank=number(item.get("rank")) or 0.0,
            times=tuple(
                span for time in objects(item.get("timestamps")) for span in _span(time, last)
            ),
        )
        for item in objects(given.get("results"))
        if text(item.get("text"))
    )


def _entities(answer: JsonObject, last: int) -> tuple[HeardEntity, ...] | None:
    given = answer.get("entities")
    if not isinstance(given, list):
        return None
    return tuple(
        HeardEntity(
            start_ms=start,
            end_ms=end,
            entity_type=text(item.get("entity_type")) or "unknown",
            text=text(item.get("text")),
        )
        for item in objects(given)
        for start, end in _span(item, last)
        if text(item.get("text"))
    )


def _span(item: JsonObject, last: int) -> Iterator[tuple[int, int]]:
    """Its start and end inside the recording, or nothing when it has no usable times."""
    start, end = number(item.get("start")), number(item.get("end"))
    if start is None or end is None:
        return
    low = min(max(round(start), 0), last)
    high = min(max(round(end), 0), last)
    if low <= high:
        yield low, high


def _mood(value: object) -> Iterator[_Mood]:
    for mood in get_args(_Mood):
        if value == mood:
            yield mood
