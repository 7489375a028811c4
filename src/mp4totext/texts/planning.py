"""Chooses the provider and model of a text, and validates its options."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.prices import ModelPrice, PriceList
from mp4totext.kit.clock import now
from mp4totext.kit.errors import Invalid
from mp4totext.kit.text import ExactStr
from mp4totext.kit.validation import message_of, where
from mp4totext.providers import registry
from mp4totext.providers.retirement import verdict
from mp4totext.providers.search.table import search_missing
from mp4totext.providers.text.table import TEXT
from mp4totext.settings import Settings
from mp4totext.transcriptions.schemas import TextOrder
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Options, TextKind

LOCAL = "local"
"""The provider that writes without a model."""

_STORABLE = TypeAdapter(ExactStr)


class UnknownKind(Invalid):
    code = "unknown_kind"


class InvalidOptions(Invalid):
    code = "invalid_options"


class UnknownProvider(Invalid):
    code = "unknown_provider"


class ProviderNotReady(Invalid):
    """A key or a package is missing; the message names it."""

    code = "provider_not_ready"


class NeedsModel(Invalid):
    """This kind cannot be written without a model, or not in this language."""

    code = "needs_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlan:
    kind: TextKind
    options: Options
    provider: str
    model: str | None  # None: LOCAL


def plan_text(order: TextOrder, *, prices: PriceList, settings: Settings) -> TextPlan:
    """Validate an order and choose its provider and model. Raises AppError 422."""
    if order.kind not in KINDS:
        raise UnknownKind(
            f"There is no kind {order.kind!r}. Kinds: {', '.join(KINDS)}.", kinds=list(KINDS)
        )
    kind = KINDS[order.kind]
    options = _options(kind, order.options)
    if order.provider == LOCAL:
        provider, model = _local(kind, order.model), None
    else:
        chosen = chosen_model(order.provider, order.model, prices, settings, now().date())
        if chosen is None:
            provider, model = _without_model(kind, settings), None
        else:
            provider, model = chosen.provider, chosen.model
            require_ready(TEXT[provider].title, provider, settings)
    if kind.needs_search:
        missing = search_missing(settings)
        if missing is not None:
            raise ProviderNotReady(f"{kind.title} needs web search: {missing}.")
    return TextPlan(kind=kind, options=options, provider=provider, model=model)


def must_run_locally(kind: TextKind, language: str | None) -> None:
    """Raises NeedsModel if the local version does not support the recording's language."""
    if not kind.runs_locally(language):
        languages = ", ".join(sorted(kind.local_languages))
        raise NeedsModel(
            f"{kind.title} without a model works in: {languages}. The recording is in "
            f"{language or 'no known language'}: choose a provider with a model."
        )


def _options(kind: TextKind, options: dict[str, Any]) -> Options:
    try:
        _check_storable(options)
        return kind.options.model_validate(options)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        schema = kind.options.model_json_schema()
        accepted = ", ".join(schema.get("properties", {}))
        raise InvalidOptions(
            f"Option {where(first) or 'set'} of {kind.name!r}: {message_of(first)} "
            f"It takes: {accepted}.",
            options=schema,
        ) from error


def _check_storable(value: Any) -> None:  # JSON
    """Raises ValidationError for strings a database cannot store, such as NUL."""
    match value:
        case str():
            _STORABLE.validate_python(value)
        case dict():
            for key, entry in value.items():
                _STORABLE.validate_python(key)
                _check_storable(entry)
        case list() | tuple():
            for entry in value:
                _check_storable(entry)


def _local(kind: TextKind, model: str | None) -> str:
    if not kind.local:
        names = ", ".join(other.name for other in KINDS.values() if other.local)
        raise NeedsModel(f"{kind.title} needs a model. Kinds without one: {names}.")
    if model is not None:
        raise InvalidOptions("The provider 'local' has no models: leave out 'model'.")
    return LOCAL


def chosen_model(
    provider: str | None, model: str | None, prices: PriceList, settings: Settings, today: date
) -> ModelPrice | None:
    """The model of an order that may omit its provider, its name, or both.

    A named one is used even if it is not ready: ``require_ready`` then explains why. None: nothing
    is named, and no provider is ready.
    """
    if provider is not None and provider not in TEXT:
        providers = ", ".join([LOCAL, *TEXT])
        raise UnknownProvider(f"There is no provider {provider!r}. Providers: {providers}.")
    offered = [
        price
        for price in prices.models
        if price.provider in TEXT and provider in (None, price.provider)
    ]
    named = [price for price in offered if model in (None, price.model)]
    if model is not None and not named:
        of = f" of {provider!r}" if provider else ""
        raise UnknownModel(model, known=[price.model for price in offered], of=of)
    sold = [price for price in named if verdict(price, today).state != "refused"]
    if named and not sold:
        raise ModelRetired(named[0], verdict(named[0], today))
    first = default_price(prices, today)
    sold.sort(key=lambda price: price is not first)
    ready = [price for price in sold if _missing(price.provider, settings) is None]
    if ready:
        return ready[0]
    if provider is None and model is None:
        return None
    if not sold:  # a custom provider whose models have no price yet
        raise UnknownPrice(
            f"No model of {provider!r} has a price, so none can be used: ask an administrator to "
            "set one."
        )
    return sold[0]


def default_price(prices: PriceList, today: date) -> ModelPrice | None:
    """The default model, or its successor after its end; None if there is none."""
    price = next((price for price in prices.models if price.default), None)
    tried: set[str] = set()
    while price is not None and verdict(price, today).state == "refused":
        tried.add(price.model)
        provider, successor = price.provider, price.replaced_by
        price = next(
            (
                other
                for other in prices.models
                if (other.provider, other.model) == (provider, successor)
                and other.model not in tried
            ),
            None,
        )
    return price


def _without_model(kind: TextKind, settings: Settings) -> str:
    """LOCAL. Raises ProviderNotReady for a kind that needs a model."""
    if kind.local:
        return LOCAL
    needs = "; ".join(f"{name}: {_missing(name, settings)}" for name in TEXT)
    raise ProviderNotReady(f"{kind.title} needs a model, and no provider is ready: {needs}.")


def _missing(provider: str, settings: Settings) -> str | None:
    return registry.missing(TEXT[provider], settings)


def require_ready(title: str, provider: str, settings: Settings) -> None:
    missing = _missing(provider, settings)
    if missing is not None:
        raise ProviderNotReady(f"{title} is not ready here: {missing}.", provider=provider)
