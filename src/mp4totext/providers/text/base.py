"""Language models: the request, the answer, and the Protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from mp4totext.providers.model_catalogue import TextModelFacts


class Finish(StrEnum):
    """Why a language model stopped."""

    STOP = "stop"  # it was done
    LENGTH = "length"  # cut at its output limit: to be continued
    SAFETY = "safety"  # the vendor's filter


def no_text(delta: str) -> None:
    """For callers that do not watch a text grow."""


LIST_TIMEOUT_S = 8.0
"""Of the look at a vendor's list, which the sweeper waits for: less than one of its periods."""

UNKNOWN = TextModelFacts(context_tokens=32_768, output_tokens=4_096, strict_schema=False)
"""Small enough for any model worth using: for one that an admin prices without its limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCapabilities:
    unlisted: TextModelFacts = UNKNOWN  # of a model whose row has no limits
    # Settings that hold the context and output tokens of unlisted models, in this order.
    unlisted_limits: tuple[str, str] | None = None
    streams_structured: bool = True  # False: a structured answer comes in one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSchema:
    """JSON Schema of a structured answer."""

    name: str  # letters, digits, underscores
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    model: str
    system: str
    user: str
    max_output_tokens: int
    facts: TextModelFacts = UNKNOWN
    temperature: float | None = None  # left out where a model takes none
    schema: AnswerSchema | None = None  # None: plain text
    on_text: Callable[[str], None] = no_text  # each piece as it arrives; raises to stop the call


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """``text`` is all pieces together. Tokens are the vendor's count, or None when it gave none."""

    text: str
    finish: Finish
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A line of a vendor's own list."""

    name: str
    ends_on: date | None = None  # where the vendor's list tells


class TextModel(Protocol):
    """A vendor of language models; one instance a process, called from threads.

    A safety block is a result, not an error. Everything else that goes wrong is a ProviderError.
    """

    def write(self, request: TextRequest) -> TextResult: ...

    def models(self) -> tuple[ListedModel, ...]:
        """The vendor's own list today, by name; within ``LIST_TIMEOUT_S``."""
        ...
