"""The vendors' models: limits, list prices and end dates. ``models.toml`` is the release's own.

All kinds of providers have the same rows; fields of one kind are grouped under its name.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mp4totext.kit.errors import Invalid
from mp4totext.kit.validation import sentence_of

ModelKind: TypeAlias = Literal["text", "speech", "image", "voice"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high"]

_NEAR_NAMES = 3
_LIKENESS = 0.6  # lowest difflib ratio: "gpt6-luna" finds "gpt-6-luna", but not "gpt-5"
# Either shows that it is no chance: "nope" is not "openai", "haiku-4.5" is "claude-haiku-4-5".
_LIKENESS_ALONE = 0.75
_LETTERS_IN_A_ROW = 4
_STRICT = ConfigDict(extra="forbid")


class InvalidCatalogue(Invalid):
    code = "invalid_catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelFacts:
    """Limits and options of a language model; tokens are counted by its vendor."""

    __pydantic_config__ = _STRICT

    context_tokens: int  # input and output together
    output_tokens: int  # at most, in one answer, including reasoning
    reasoning_tokens: int = 0  # reserved for reasoning, of ``output_tokens``
    # The requested effort of reasoning; None: not sent.
    reasoning_effort: Effort | None = None
    limits_reasoning: bool = False  # the vendor accepts ``reasoning_tokens`` as a limit
    temperature: Literal["always", "without reasoning", "never"] = "always"  # when it accepts one
    # The vendor enforces a JSON schema; otherwise it is part of the prompt.
    strict_schema: bool = True

    @property
    def takes_temperature(self) -> bool:
        if self.temperature == "without reasoning":
            return self.reasoning_effort == "none"
        return self.temperature == "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """A vendor's list price in US dollars."""

    __pydantic_config__ = _STRICT

    per: Literal["million tokens", "hour", "picture", "million characters"] = "million tokens"
    input_usd: Decimal
    output_usd: Decimal = Decimal(0)  # for tokens only
    since: date | None = None  # first day
    until: date | None = None  # last day

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model of a provider. ``retirement.verdict`` tells whether it can be used on a day."""

    __pydantic_config__ = _STRICT

    kind: ModelKind
    provider: str  # key in the table of its kind
    model: str  # the vendor's name of it
    source: str = ""  # web page with its price and limits
    note: str = ""
    default: bool = False  # used if a request names no model
    active: bool = True  # False: disabled by an administrator
    retires_at: date | None = None  # the first day without it
    replaced_by: str | None = None  # a model of the same provider and kind
    list_prices: tuple[ListPrice, ...] = ()
    # Credits for 1,000 characters; None: calculated from the list price.
    rate: Decimal | None = None
    multiplier: Decimal | None = None  # of texts with a fixed price; None: calculated from the rate
    text: TextModelFacts | None = None  # None: small limits that suit any language model

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.provider, self.model

    def list_price(self, day: date) -> ListPrice | None:
        return next((price for price in self.list_prices if price.holds(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFile:
    __pydantic_config__ = _STRICT

    dated: date  # when the rows were compared with the vendors' pages
    models: tuple[ModelEntry, ...]


_FILE = TypeAdapter(CatalogueFile)


def parse(text: str) -> CatalogueFile:
    """Parse a catalogue in TOML. Raises InvalidCatalogue with the line or field."""
    try:
        return checked(_FILE.validate_python(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise InvalidCatalogue(f"This is not TOML: {error}.") from error
    except ValidationError as error:
        raise InvalidCatalogue(invalid(error)) from error


def invalid(error: ValidationError) -> str:
    """The message for the first error, with its field."""
    return sentence_of(error.errors(include_url=False, include_input=False))


def checked(catalogue: CatalogueFile) -> CatalogueFile:
    """Raises InvalidCatalogue for a duplicate model, or one that cannot have a price."""
    seen: set[tuple[str, str, str]] = set()
    for entry in catalogue.models:
        if entry.key in seen:
            raise InvalidCatalogue(f"{entry.provider}'s {entry.model!r} is in the catalogue twice.")
        seen.add(entry.key)
        if entry.kind == "text" and entry.rate is None and not entry.list_prices:
            raise InvalidCatalogue(
                f"{entry.provider}'s {entry.model!r} has no price: add list_prices, or a rate."
            )
    return catalogue


@cache
def shipped() -> CatalogueFile:
    """The release's own catalogue."""
    return parse(files("mp4totext.providers").joinpath("models.toml").read_text(encoding="utf-8"))


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Names similar to an unknown one, the most similar first."""
    # "meta-llama/Llama-3.3-70B" is often written without the publisher.
    by_short = {known.rpartition("/")[2].lower(): known for known in names}
    short = name.rpartition("/")[2].lower()
    close = get_close_matches(short, by_short, n=_NEAR_NAMES, cutoff=_LIKENESS)
    return [by_short[match] for match in close if _is_no_chance(short, match)]


def _is_no_chance(name: str, known: str) -> bool:
    matcher = SequenceMatcher(None, name, known)
    in_a_row = matcher.find_longest_match().size
    return in_a_row >= _LETTERS_IN_A_ROW or matcher.ratio() >= _LIKENESS_ALONE


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The sentence for an error, after a space: similar names. Empty if there is none."""
    near = near_names(name, names)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
