"""Language models: the request, the answer, and the Protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Finish(StrEnum):
    """Why a language model stopped."""

    STOP = "stop"  # it was done
    LENGTH = "length"  # cut at its output limit: to be continued
    SAFETY = "safety"  # the vendor's filter


def no_text(delta: str) -> None:
    """For callers that do not watch a text grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelFacts:
    """What a language model takes and gives; tokens by its vendor's own count."""

    context_tokens: int  # input and output together
    output_tokens: int  # of one answer at most, its reasoning included
    reasoning_tokens: int = 0  # of ``output_tokens``, set aside for reasoning
    temperature: bool = True  # whether it takes one
    strict_schema: bool = True  # the vendor enforces a JSON schema; else the prompt has it


UNKNOWN = TextModelFacts(context_tokens=32_768, output_tokens=4_096, strict_schema=False)
"""Small enough for any model worth using: for one that an admin prices and no table lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCapabilities:
    models: Mapping[str, TextModelFacts] = field(default_factory=dict)
    unlisted: TextModelFacts = UNKNOWN  # of a model that ``models`` does not name
    # Settings that hold the context and output tokens of unlisted models, in this order.
    unlisted_limits: tuple[str, str] | None = None
    streams_structured: bool = True  # False: a structured answer comes in one piece

    def facts(self, model: str) -> TextModelFacts:
        return self.models.get(model, self.unlisted)


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


class TextModel(Protocol):
    """A vendor of language models; one instance a process, called from threads.

    A safety block is a result, not an error. Everything else that goes wrong is a ProviderError.
    """

    def write(self, request: TextRequest) -> TextResult: ...

    def models(self) -> tuple[str, ...]:
        """The vendor's own list of names today."""
        ...
