"""Speech understanding on this machine: what was asked, what ran, and its answer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from mp4totext.providers.speech.base import Feature
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.entities import entities
from mp4totext.writing.extractive.features import LOCAL_FEATURES, runs
from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.extractive.sentiment import sentiments
from mp4totext.writing.results import Chapter, Cited, Entity, Highlight, SentenceSentiment
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import Script

SOURCE = "local"

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """None: not asked for, or it does not run in this language (then it is in ``refused``)."""

    ran: tuple[Feature, ...]  # bill these
    refused: tuple[Feature, ...]
    sentiments: tuple[SentenceSentiment, ...] | None = None
    chapters: tuple[Chapter, ...] | None = None
    highlights: tuple[Highlight, ...] | None = None
    entities: tuple[Entity, ...] | None = None


def understand(transcript: Transcript, features: Collection[Feature]) -> Understanding:
    asked = [feature for feature in LOCAL_FEATURES if feature in features]
    ran = tuple(feature for feature in asked if runs(feature, transcript.language))
    script = Script(transcript)
    said = sentences(script)
    return Understanding(
        ran=ran,
        refused=tuple(feature for feature in asked if feature not in ran),
        sentiments=sentiments(said) if "sentiment_analysis" in ran else None,
        chapters=chapters(said) if "auto_chapters" in ran else None,
        highlights=highlights(script, said) if "auto_highlights" in ran else None,
        entities=entities(script, said) if "entity_detection" in ran else None,
    )


def answer(understanding: Understanding) -> dict[str, JsonValue]:
    """Under the names AssemblyAI publishes; only what ran is there.

    Added to each entry: ``segment_ids``; to the whole: ``source``.
    """
    found: dict[str, JsonValue] = {"source": SOURCE}
    if understanding.sentiments is not None:
        found["sentiment_analysis_results"] = [_sentiment(one) for one in understanding.sentiments]
    if understanding.chapters is not None:
        found["chapters"] = [_chapter(one) for one in understanding.chapters]
    if understanding.highlights is not None:
        results: list[JsonValue] = [_highlight(one) for one in understanding.highlights]
        found["auto_highlights_result"] = {"status": "success", "results": results}
    if understanding.entities is not None:
        found["entities"] = [_entity(one) for one in understanding.entities]
    return found


def _sentiment(one: SentenceSentiment) -> JsonValue:
    return {
        "text": one.text,
        "sentiment": one.sentiment,
        "confidence": one.confidence,
        "speaker": one.speaker,
        **_place(one),
    }


def _chapter(one: Chapter) -> JsonValue:
    return {"gist": one.gist, "headline": one.headline, "summary": one.summary, **_place(one)}


def _highlight(one: Highlight) -> JsonValue:
    timestamps: list[JsonValue] = [_place(mention) for mention in one.mentions]
    return {"count": one.count, "rank": one.rank, "text": one.text, "timestamps": timestamps}


def _entity(one: Entity) -> JsonValue:
    return {"entity_type": one.entity_type, "text": one.text, **_place(one)}


def _place(cited: Cited) -> dict[str, JsonValue]:
    ids: list[JsonValue] = list(cited.segment_ids)
    return {"start": cited.start_ms, "end": cited.end_ms, "segment_ids": ids}
