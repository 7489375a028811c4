"""Which model will write a text, with which options, before anything is held."""

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
"""Made here without a model."""


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
    """This kind, or this language, has no version without a model."""

    code = "needs_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlan:
    kind: TextKind
    options: Options
    provider: str
    model: str | None  # None: LOCAL


def plan_text(order: TextOrder, *, prices: PriceList, settings: Settings) -> TextPlan:
    """Raises AppError 422 saying what is accepted."""
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
            prices.model(provider, model)
            _ready(TEXT[provider].title, provider, settings)
    if kind.needs_search:
        missing = search_missing(settings)
        if missing is not None:
            raise ProviderNotReady(f"{kind.title} needs web search: {missing}.")
    return TextPlan(kind=kind, options=options, provider=provider, model=model)


def must_run_locally(kind: TextKind, language: str | None) -> None:
    """Raises NeedsModel where the local version does not work in the recording's language."""
    if not kind.runs_locally(language):
        able = ", ".join(sorted(kind.local_languages))
        raise NeedsModel(
            f"{kind.title} without a model works in: {able}. The recording is in "
            f"{language or 'no known language'}: choose a provider with a model."
        )


def _options(kind: TextKind, given: dict[str, Any]) -> Options:
    try:
        _check_storable(given)
        return kind.options.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        schema = kind.options.model_json_schema()
        accepted = ", ".join(schema.get("properties", {}))
        raise InvalidOptions(
            f"Option {where or 'set'} of {kind.name!r}: {first['msg']}. It takes: {accepted}.",
            options=schema,
        ) from error


def _check_storable(value: Any) -> None:  # JSON
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
        able = ", ".join(one.name for one in KINDS.values() if one.local)
        raise NeedsModel(f"{kind.title} needs a model. Made without one: {able}.")
    if model is not None:
        raise InvalidOptions("The provider 'local' has no models: leave out 'model'.")
    return LOCAL


def _priced(
    order: TextOrder, kind: TextKind, prices: PriceList, settings: Settings
) -> tuple[str, str | None]:
    if order.provider is not None and order.provider not in TEXT:
        known = ", ".join([LOCAL, *TEXT])
        raise UnknownProvider(f"There is no provider {order.provider!r}. Providers: {known}.")
    if order.provider is not None and order.model is not None:
        return order.provider, order.model
    found = [
        price
        for price in _by_default(prices.models)
        if order.provider in (None, price.provider) and order.model in (None, price.model)
    ]
    ready = [price for price in found if _missing(price.provider, settings) is None]
    if ready:
        return ready[0].provider, ready[0].model
    if found and (order.provider or order.model):
        return found[0].provider, found[0].model  # refused below, with what is missing
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


def _by_default(models: Sequence[ModelPrice]) -> list[ModelPrice]:
    """The product's default model first; an admin's new price for it does not change that."""
    default = next(price for price in DEFAULT_MODEL_PRICES if price.default)
    first = (default.provider, default.model)
    return sorted(
        (price for price in models if price.provider in TEXT),
        key=lambda price: (price.provider, price.model) != first,
    )


def _missing(provider: str, settings: Settings) -> str | None:
    return registry.missing(TEXT[provider], settings)


def _ready(title: str, provider: str, settings: Settings) -> None:
    missing = _missing(provider, settings)
    if missing is not None:
        raise ProviderNotReady(f"{title} is not ready here: {missing}.", provider=provider)
