"""The models of vendors as rows: limits, list prices, when they end. ``models.toml`` ships them.

Every kind of provider has the same rows; what only one kind needs is in a field named after it.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mp4totext.kit.errors import Invalid
from mp4totext.kit.validation import sentence_of

ModelKind: TypeAlias = Literal["text", "speech", "image", "voice"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high"]

_NEAR_NAMES = 3
_LIKENESS = 0.6  # difflib's ratio: "gpt6-luna" finds "gpt-6-luna", and not "gpt-5"
_STRICT = ConfigDict(extra="forbid")


class InvalidCatalogue(Invalid):
    code = "invalid_catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelFacts:
    """What a language model takes and gives; tokens by its vendor's own count."""

    __pydantic_config__ = _STRICT

    context_tokens: int  # input and output together
    output_tokens: int  # of one answer at most, its reasoning included
    reasoning_tokens: int = 0  # of ``output_tokens``, set aside for reasoning
    # How much reasoning is asked for; None: the vendor is not told.
    reasoning_effort: Effort | None = None
    limits_reasoning: bool = False  # the vendor takes ``reasoning_tokens`` as a limit
    temperature: Literal["always", "without reasoning", "never"] = "always"  # when it takes one
    strict_schema: bool = True  # the vendor enforces a JSON schema; else the prompt has it

    @property
    def takes_temperature(self) -> bool:
        if self.temperature == "without reasoning":
            return self.reasoning_effort == "none"
        return self.temperature == "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """What a vendor asks, in US dollars, as its price page says."""

    __pydantic_config__ = _STRICT

    per: Literal["million tokens", "hour", "picture", "million characters"] = "million tokens"
    input_usd: Decimal
    output_usd: Decimal = Decimal(0)  # of tokens only
    since: date | None = None  # the first day
    until: date | None = None  # the last day

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One model of one provider. ``retirement.verdict`` tells whether it is sold on a day."""

    __pydantic_config__ = _STRICT

    kind: ModelKind
    provider: str  # the name in the table of its kind
    model: str  # the vendor's own name
    source: str = ""  # the page with its price and limits
    note: str = ""
    default: bool = False  # used where an order names no model
    active: bool = True  # False: an administrator does not offer it
    retires_at: date | None = None  # the first day without it
    replaced_by: str | None = None  # a model of the same provider and kind
    list_prices: tuple[ListPrice, ...] = ()
    rate: Decimal | None = None  # credits for 1,000 characters; None: by the list price
    multiplier: Decimal | None = None  # of texts with a fixed price; None: by the rate
    text: TextModelFacts | None = None  # None: small limits that fit any language model

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.provider, self.model

    def list_price(self, day: date) -> ListPrice | None:
        return next((price for price in self.list_prices if price.holds(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFile:
    __pydantic_config__ = _STRICT

    dated: date  # when its rows were compared with the vendors' pages
    models: tuple[ModelEntry, ...]


_FILE = TypeAdapter(CatalogueFile)


def parse(text: str) -> CatalogueFile:
    """A catalogue in TOML. Raises InvalidCatalogue naming the line or the field."""
    try:
        return checked(_FILE.validate_python(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise InvalidCatalogue(f"This is not TOML: {error}.") from error
    except ValidationError as error:
        raise InvalidCatalogue(invalid(error)) from error


def invalid(error: ValidationError) -> str:
    """The first thing that is wrong, with its field."""
    return sentence_of(error.errors(include_url=False, include_input=False))


def checked(catalogue: CatalogueFile) -> CatalogueFile:
    """Raises InvalidCatalogue for a model that is there twice, or cannot have a price."""
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
    """The catalogue of this release."""
    return parse(files("mp4totext.providers").joinpath("models.toml").read_text(encoding="utf-8"))


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are similar to an unknown name, the most similar first."""
    # "meta-llama/Llama-3.3-70B" is often written without its publisher.
    by_short = {known.rpartition("/")[2].lower(): known for known in names}
    short = name.rpartition("/")[2].lower()
    close = get_close_matches(short, by_short, n=_NEAR_NAMES, cutoff=_LIKENESS)
    return [by_short[match] for match in close]
