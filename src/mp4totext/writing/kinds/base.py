"""What every kind of text is made of: the user's options, the task for a model, a local version."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mp4totext.kit.languages import LanguageTag
from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.transcript import Transcript
from mp4totext.writing.languages import language_name
from mp4totext.writing.results import Paragraph, Quote

SegmentIds = list[str]


class Strategy(StrEnum):
    """How a recording longer than the model's window becomes one text."""

    LINES = "lines"  # each part rewritten line by line, the answers joined: nothing is merged away
    MERGE = "merge"  # a text from each part, then one text from those


class Options(BaseModel, ABC):
    """What the user sets. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: LanguageTag | None = Field(
        default=None, description="BCP-47; the transcript's when absent"
    )

    @field_validator("language")
    @classmethod
    def _is_a_language(cls, tag: str | None) -> str | None:
        if tag is not None:
            language_name(tag)
        return tag

    @abstractmethod
    def task(self) -> str:
        """What to make of the recording, or of one part of it."""

    def merge_task(self) -> str:
        """What to make of the texts of all parts."""
        return MERGE_TASK


class LocalOptions(Options):
    """Options of a kind that can also be made without a model."""

    @abstractmethod
    def write_locally(self, transcript: Transcript) -> "LocalText": ...


class Answer(BaseModel):
    """Base of structured answers: every field required, nothing else allowed, as vendors' strict
    schemas demand."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalText:
    """``text`` is Markdown, made of ``cited``; ``answer`` has the shape a model's would have."""

    text: str
    cited: tuple[Quote | Paragraph, ...] = ()
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextKind:
    """One row of the table. ``version`` is the prompt's: raised with every change of its words."""

    name: str
    title: str
    version: int
    strategy: Strategy
    options: type[Options]
    answer: type[Answer] | None = None  # None: Markdown, streamed as it is written
    price_key: str | None = None  # of its price a piece; None: by the recording's length
    needs_search: bool = False  # looks things up on the web
    local_languages: frozenset[str] = field(default_factory=frozenset)
    min_words: int = 20
    """Fewer words in the recording than this: refused, there is nothing to work on."""

    @property
    def local(self) -> bool:
        return bool(self.local_languages)

    def runs_locally(self, language: str | None) -> bool:
        if ALL_LANGUAGES in self.local_languages:
            return language is not None
        return (language or "").partition("-")[0].lower() in self.local_languages


MERGE_TASK = (
    "You get the results of consecutive parts of one recording, in order. Make one result of them,"
    " as if it had been made from the whole recording at once: join what belongs together, say each"
    " thing once, keep every distinct fact, name, number, decision and date, and give the last part"
    " as much room as the first. Keep the citations of what you keep. Do not mention the parts."
)
