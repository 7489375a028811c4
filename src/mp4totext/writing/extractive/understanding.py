"""Runs the features of speech understanding without a vendor."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from mp4totext.providers.speech.base import Feature
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.entities import entities
from mp4totext.writing.extractive.features import LOCAL_FEATURES, runs
from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.extractive.sentiment import sentiments
from mp4totext.writing.results import Chapter, Cited, Entity, Highlight, SentenceSentiment
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

SOURCE = "local"

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Results of the features that ran; None for the others."""

    ran: tuple[Feature, ...]  # these are charged
    refused: tuple[Feature, ...]  # requested, but not available in the transcript's language
    sentiments: tuple[SentenceSentiment, ...] | None = None
    chapters: tuple[Chapter, ...] | None = None
    highlights: tuple[Highlight, ...] | None = None
    entities: tuple[Entity, ...] | None = None


def understand(
    transcript: Transcript, features: Collection[Feature], *, embed: Embed | None = None
) -> Understanding:
    """Run the features. ``embed``: the embedding model for chapters; None: not installed."""
    requested = [feature for feature in LOCAL_FEATURES if feature in features]
    ran = tuple(feature for feature in requested if runs(feature, transcript.language))
    text_index = TextIndex(transcript)
    sentence_list = sentences(text_index)
    return Understanding(
        ran=ran,
        refused=tuple(feature for feature in requested if feature not in ran),
        sentiments=sentiments(sentence_list) if "sentiment_analysis" in ran else None,
        chapters=chapters(sentence_list, embed=embed) if "auto_chapters" in ran else None,
        highlights=highlights(text_index, sentence_list) if "auto_highlights" in ran else None,
        entities=entities(text_index, sentence_list) if "entity_detection" in ran else None,
    )


def answer(understanding: Understanding) -> dict[str, JsonValue]:
    """The results in the format that AssemblyAI publishes, without features that did not run.

    ``segment_ids`` of each entry and ``source`` are additions.
    """
    body: dict[str, JsonValue] = {"source": SOURCE}
    if understanding.sentiments is not None:
        body["sentiment_analysis_results"] = [
            {
                "text": result.text,
                "sentiment": result.sentiment,
                "confidence": result.confidence,
                "speaker": result.speaker,
                **_place(result),
            }
            for result in understanding.sentiments
        ]
    if understanding.chapters is not None:
        body["chapters"] = [
            {
                "gist": chapter.gist,
                "headline": chapter.headline,
                "summary": chapter.summary,
                **_place(chapter),
            }
            for chapter in understanding.chapters
        ]
    if understanding.highlights is not None:
        results: list[JsonValue] = [_highlight(result) for result in understanding.highlights]
        body["auto_highlights_result"] = {"status": "success", "results": results}
    if understanding.entities is not None:
        body["entities"] = [
            {"entity_type": entity.entity_type, "text": entity.text, **_place(entity)}
            for entity in understanding.entities
        ]
    return body


def _highlight(result: Highlight) -> JsonValue:
    timestamps: list[JsonValue] = [_place(mention) for mention in result.mentions]
    return {
        "count": result.count,
        "rank": result.rank,
        "text": result.text,
        "timestamps": timestamps,
    }


def _place(cited: Cited) -> dict[str, JsonValue]:
    ids: list[JsonValue] = list(cited.segment_ids)
    return {"start": cited.start_ms, "end": cited.end_ms, "segment_ids": ids}
