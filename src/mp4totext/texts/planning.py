"""Plans a text: its kind, its options, and the provider and model that write it."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mp4totext.credits.prices import PriceList
from mp4totext.kit.clock import now
from mp4totext.kit.text import ExactStr
from mp4totext.kit.validation import message_of, where
from mp4totext.providers.search.table import search_missing
from mp4totext.providers.text.table import TEXT
from mp4totext.settings import Settings
from mp4totext.texts.errors import InvalidOptions, NeedsModel, ProviderNotReady, UnknownKind
from mp4totext.texts.model_choice import LOCAL, chosen_model, missing, require_ready
from mp4totext.transcriptions.options import TextOrder
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Options, TextKind

_STORABLE = TypeAdapter(ExactStr)


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
            require_ready(provider, settings)
    if kind.needs_search:
        lacking = search_missing(settings)
        if lacking is not None:
            raise ProviderNotReady(f"{kind.title} needs web search: {lacking}.")
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


def _without_model(kind: TextKind, settings: Settings) -> str:
    """LOCAL. Raises ProviderNotReady for a kind that needs a model."""
    if kind.local:
        return LOCAL
    needs = "; ".join(f"{name}: {missing(name, settings)}" for name in TEXT)
    raise ProviderNotReady(f"{kind.title} needs a model, and no provider is ready: {needs}.")
