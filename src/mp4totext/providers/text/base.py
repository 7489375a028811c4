"""Language models: the request, the result, and the interface."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from mp4totext.providers.model_catalogue import TextModelFacts


class Finish(StrEnum):
    """Why a language model stopped writing."""

    STOP = "stop"  # it was complete
    LENGTH = "length"  # cut at its output limit, and to be continued
    SAFETY = "safety"  # the vendor's filter


def no_text(delta: str) -> None:
    """For callers that do not show partial text."""


LIST_TIMEOUT_S = 8.0
"""Of a request for a vendor's list, for which the sweeper waits: shorter than its period."""

UNKNOWN = TextModelFacts(context_tokens=32_768, output_tokens=4_096, strict_schema=False)
"""Small limits that suit any usable model: for one that an administrator prices without limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCapabilities:
    unlisted: TextModelFacts = UNKNOWN  # of a model whose row has no limits
    # Settings with the context and output tokens of unlisted models, in this order.
    unlisted_limits: tuple[str, str] | None = None
    streams_structured: bool = True  # False: a structured answer arrives in one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSchema:
    """The JSON Schema of a structured answer."""

    name: str  # letters, digits, underscores
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    model: str
    system: str
    user: str
    max_output_tokens: int
    facts: TextModelFacts = UNKNOWN
    temperature: float | None = None  # not sent to a model without one
    schema: AnswerSchema | None = None  # None: plain text
    on_text: Callable[[str], None] = no_text  # called with each piece; raises to stop the call


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """``text`` is all pieces together. Tokens are the vendor's count; None if it returned none."""

    text: str
    finish: Finish
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A row of a vendor's own list."""

    name: str
    ends_on: date | None = None  # if the vendor's list says so


class TextModel(Protocol):
    """A vendor of language models. One instance for each process; called from several threads.

    A safety block is a result, not an error. All other failures are ProviderErrors.
    """

    def write(self, request: TextRequest) -> TextResult: ...

    def models(self) -> tuple[ListedModel, ...]:
        """The vendor's current list, by name; within ``LIST_TIMEOUT_S``."""
        ...
