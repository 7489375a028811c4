"""Base classes of kinds of text: options, the task for a model, the version without a model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mp4totext.kit.language_fields import LanguageTag
from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.meaning import Embed
from mp4totext.writing.languages import language_name
from mp4totext.writing.results import Paragraph, Quote

SegmentIds = list[str]


class Strategy(StrEnum):
    """How a recording longer than the model's window becomes one text."""

    LINES = "lines"  # each part is rewritten line by line and the lines are joined: none is lost
    MERGE = "merge"  # a text is made of each part, then one text of those


class Options(BaseModel, ABC):
    """Options of a kind of text. Unknown names are refused."""

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

    @property
    def translates_to(self) -> str | None:
        """The tag of the language of a translation; None for other kinds of text."""
        return None

    @abstractmethod
    def task(self) -> str:
        """The prompt for the recording, or for one part of it."""

    def merge_task(self) -> str:
        """The prompt that makes one text of the texts of all parts."""
        return MERGE_TASK


class LocalOptions(Options):
    """Options of a kind that can also be written without a model."""

    @abstractmethod
    def write_locally(self, transcript: Transcript, *, embed: Embed | None = None) -> "LocalText":
        """Write the text without a model. ``embed``: the embedding model; None: not installed."""


class Answer(BaseModel):
    """Base of structured answers.

    Every field is required and no other is allowed, as the strict schemas of vendors demand.
    """

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalText:
    """A text made without a model: Markdown of ``cited``, and ``answer`` for structured kinds."""

    text: str
    cited: tuple[Quote | Paragraph, ...] = ()
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextKind:
    """One row of the table. ``version``: of the prompt, raised with every change of its words."""

    name: str
    title: str
    version: int
    strategy: Strategy
    options: type[Options]
    answer: type[Answer] | None = None  # None: Markdown, streamed while it is written
    price_key: str | None = None  # of a price per text; None: priced by the recording's length
    needs_search: bool = False  # on the web
    local_languages: frozenset[str] = field(default_factory=frozenset)  # without a model
    min_words: int = 20  # a recording with fewer words is refused

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
