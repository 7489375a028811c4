"""Findings of a recording, and texts about it, as exports show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

JsonObject = dict[str, Any]  # a structured answer, in the shape its kind of text has


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    start_ms: int
    end_ms: int
    segment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter(Place):
    headline: str  # a sentence
    gist: str = ""  # a few words
    summary: str = ""

    @property
    def title(self) -> str:
        """A short title, for lists of chapters."""
        return self.gist or self.headline


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    text: str
    count: int
    rank: float  # 0 to 1, best first
    mentions: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Place):
    type: str  # "person_name", "date", ...
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment(Place):
    text: str
    sentiment: str  # "POSITIVE", "NEUTRAL", "NEGATIVE"
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line for one segment in a text with the recording's lines, such as a translation."""

    segment_id: str
    start_ms: int
    end_ms: int
    text: str
    speaker: str | None = None
    original: bool = False  # the line is the segment's own text, as the model returned none


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that was written about the recording. ``body`` is Markdown."""

    kind: str
    title: str  # of its kind, such as "Action items"
    body: str
    id: str | None = None
    language: str | None = None  # BCP-47
    provider: str = ""
    model: str | None = None
    version: int | None = None  # of the transcript it was written from
    created_at: datetime | None = None
    data: JsonObject | None = None  # structured kinds
    lines: tuple[Line, ...] = ()  # translations and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Findings of a recording. ``texts`` has the newest of each kind and language."""

    chapters: tuple[Chapter, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    entities: tuple[Entity, ...] = ()
    sentiments: tuple[Sentiment, ...] = ()
    texts: tuple[Text, ...] = ()


NOTHING_FOUND = Findings()


def understood(answer: Mapping[str, Any]) -> Findings:
    """The findings of a stored result of speech understanding, empty for features not run."""
    highlights = (answer.get("auto_highlights_result") or {}).get("results")
    return Findings(
        chapters=tuple(
            Chapter(
                headline=entry["headline"],
                gist=entry.get("gist") or "",
                summary=entry.get("summary") or "",
                **_place(entry),
            )
            for entry in answer.get("chapters") or ()
        ),
        highlights=tuple(
            Highlight(
                text=entry["text"],
                count=entry["count"],
                rank=entry["rank"],
                mentions=tuple(Place(**_place(time)) for time in entry.get("timestamps") or ()),
            )
            for entry in highlights or ()
        ),
        entities=tuple(
            Entity(type=entry["entity_type"], text=entry["text"], **_place(entry))
            for entry in answer.get("entities") or ()
        ),
        sentiments=tuple(
            Sentiment(
                text=entry["text"],
                sentiment=entry["sentiment"],
                confidence=entry.get("confidence"),
                speaker=entry.get("speaker"),
                **_place(entry),
            )
            for entry in answer.get("sentiment_analysis_results") or ()
        ),
    )


def _place(entry: Mapping[str, Any]) -> dict[str, Any]:
    ids = tuple(entry.get("segment_ids") or ())
    return {"start_ms": entry["start"], "end_ms": entry["end"], "segment_ids": ids}


def chapters_of(text: Text, starts_ms: Mapping[str, int], duration_ms: int) -> tuple[Chapter, ...]:
    """The chapters of a text of the kind ``chapters``. Each ends where the next begins."""
    entries = [
        (starts_ms[entry["first_segment_id"]], entry)
        for entry in (text.data or {}).get("chapters") or ()
        if entry["first_segment_id"] in starts_ms
    ]
    entries.sort(key=lambda start_and_entry: start_and_entry[0])
    ends = [*(start for start, _ in entries[1:]), duration_ms]
    return tuple(
        Chapter(
            start_ms=start,
            end_ms=max(start, end),
            headline=entry["headline"],
            gist=entry["gist"],
            summary=entry["summary"],
            segment_ids=tuple(entry["segment_ids"]),
        )
        for (start, entry), end in zip(entries, ends, strict=True)
    )


def newest(texts: Iterable[Text]) -> tuple[Text, ...]:
    """The newest text of each kind and language; ``texts`` begins with the newest."""
    by_kind: dict[tuple[str, str | None], Text] = {}
    for text in texts:
        by_kind.setdefault((text.kind, text.language), text)
    return tuple(by_kind.values())
