"""Chooses the provider and model of a text, and validates its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.prices import DEFAULT_MODEL_PRICES, ModelPrice, PriceList
from mp4totext.kit.errors import Invalid
from mp4totext.kit.text import ExactStr
from mp4totext.providers import registry
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
    """A key or a package is missing. The message names it."""

    code = "provider_not_ready"


class NeedsModel(Invalid):
    """This kind, or this language, has no version without a model."""

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
        provider, model = _priced(order, kind, prices, settings)
        if model is not None:
            prices.model(provider, model)  # refuses one without a price
            _require_ready(TEXT[provider].title, provider, settings)
    if kind.needs_search:
        missing = search_missing(settings)
        if missing is not None:
            raise ProviderNotReady(f"{kind.title} needs web search: {missing}.")
    return TextPlan(kind=kind, options=options, provider=provider, model=model)


def must_run_locally(kind: TextKind, language: str | None) -> None:
    """Raises NeedsModel where the local version does not work in the recording's language."""
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
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        schema = kind.options.model_json_schema()
        accepted = ", ".join(schema.get("properties", {}))
        raise InvalidOptions(
            f"Option {field or 'set'} of {kind.name!r}: {first['msg']}. It takes: {accepted}.",
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


def _priced(
    order: TextOrder, kind: TextKind, prices: PriceList, settings: Settings
) -> tuple[str, str | None]:
    """The provider and model of an order that may leave out either; (LOCAL, None) if none is ready.

    What is named explicitly is returned even if it is not ready: ``_require_ready`` then says why.
    """
    if order.provider is not None and order.provider not in TEXT:
        providers = ", ".join([LOCAL, *TEXT])
        raise UnknownProvider(f"There is no provider {order.provider!r}. Providers: {providers}.")
    if order.provider is not None and order.model is not None:
        return order.provider, order.model
    candidates = [
        price
        for price in _default_first(prices.models)
        if order.provider in (None, price.provider) and order.model in (None, price.model)
    ]
    ready = [price for price in candidates if _missing(price.provider, settings) is None]
    # A named provider without a named model gets its first priced one, and the other way round.
    if ready:
        return ready[0].provider, ready[0].model
    if candidates and (order.provider or order.model):
        return candidates[0].provider, candidates[0].model
    if order.provider or order.model:
        names = ", ".join(sorted({price.model for price in prices.models}))
        raise UnknownPrice(
            f"No model {order.model or ''!r} of {order.provider or 'any provider'} has a price, so "
            f"it cannot be used. Priced models: {names}."
        )
    if kind.local:
        return LOCAL, None
    needs = "; ".join(f"{name}: {_missing(name, settings)}" for name in TEXT)
    raise ProviderNotReady(f"{kind.title} needs a model, and no provider is ready: {needs}.")


def _default_first(models: Sequence[ModelPrice]) -> list[ModelPrice]:
    """The default model first, also after an admin has changed its price."""
    default = next(price for price in DEFAULT_MODEL_PRICES if price.default)
    first = (default.provider, default.model)
    return sorted(
        (price for price in models if price.provider in TEXT),
        key=lambda price: (price.provider, price.model) != first,
    )


def _missing(provider: str, settings: Settings) -> str | None:
    return registry.missing(TEXT[provider], settings)


def _require_ready(title: str, provider: str, settings: Settings) -> None:
    missing = _missing(provider, settings)
    if missing is not None:
        raise ProviderNotReady(f"{title} is not ready here: {missing}.", provider=provider)
