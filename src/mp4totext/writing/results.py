"""Results of understanding a transcript. Each one cites the segments and times it came from.

The fields follow AssemblyAI's for the same features, so that clients handle one format for both.
`understanding.answer` writes them under the published names.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Sentiment: TypeAlias = Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]

EntityType: TypeAlias = Literal[
    "person_name",
    "location",
    "organization",
    "date",
    "time",
    "money_amount",
    "email_address",
    "phone_number",
    "url",
]

SummaryStyle: TypeAlias = Literal["short", "bullets", "executive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A place in the recording. ``segment_ids`` are in the transcript's order, never empty."""

    segment_ids: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Cited):
    """``text`` is ``transcript.text[at:to]``, word for word."""

    text: str
    at: int
    to: int
    speaker: str | None
    language: str | None  # BCP-47


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceSentiment(Cited):
    text: str
    sentiment: Sentiment
    confidence: float  # 0 to 1: the distance from the threshold between labels, no probability
    speaker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Cited):
    """A sentence of the transcript, verbatim."""

    text: str
    speaker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter(Cited):
    """Chapters are in order, and each sentence is in exactly one."""

    gist: str  # a few words
    headline: str  # a sentence of the chapter; a long one is cut at a word and ends with "…"
    summary: str  # `quotes` joined
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    text: str
    count: int
    rank: float  # 0 to 1, best first
    mentions: tuple[Cited, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Cited):
    entity_type: EntityType
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySection:
    name: Literal["overview", "points", "actions"]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    style: SummaryStyle
    sections: tuple[SummarySection, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return tuple(quote for section in self.sections for quote in section.quotes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem(Cited):
    """``text`` is the sentence, verbatim; ``owner`` is a name, a speaker's label, or unknown."""

    text: str
    owner: str | None
    due: str | None  # as it was said, such as "by Friday"
    speaker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Cited):
    text: str
    speaker: str | None
    rank: int  # 1 is the best
    score: float  # BM25 or a cosine; comparable only within one search and of one kind
    matched: tuple[str, ...]  # the terms of the question that the passage has
    by: Literal["words", "meaning"] = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A word that cleaning removed, and why."""

    word: str
    reason: Literal["filler", "repeated"]
    segment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph(Cited):
    text: str
    speaker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanText:
    paragraphs: tuple[Paragraph, ...]
    removed: tuple[Removed, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(paragraph.text for paragraph in self.paragraphs)
