"""Lists of kinds of text, models and prices."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from mp4totext.catalogue import service as model_rows
from mp4totext.credits import prices
from mp4totext.credits.money import UC_PER_CREDIT, to_credits
from mp4totext.credits.prices import ModelPrice, PriceList
from mp4totext.kit.clock import now
from mp4totext.kit.errors import NotFound, Unavailable
from mp4totext.messages import worded
from mp4totext.providers import registry
from mp4totext.providers.errors import ProviderError
from mp4totext.providers.model_catalogue import ModelEntry
from mp4totext.providers.retirement import verdict
from mp4totext.providers.text.table import TEXT, text_facts, text_model
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.texts.model_choice import LOCAL, default_price
from mp4totext.texts.prices import SEARCH
from mp4totext.texts.schemas import AiModelOut, TextKindOut, VendorModelOut
from mp4totext.texts.service import prompt_version
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import TextKind


def kinds(session: Session) -> list[TextKindOut]:
    current = prices.current(session)
    # The answer of a kind with a search is its queries, which users do not get.
    return [
        TextKindOut(
            name=kind.name,
            title=worded(kind.title),
            prompt_version=prompt_version(kind),
            structured=kind.answer is not None and not kind.needs_search,
            local_languages=sorted(kind.local_languages),
            min_words=kind.min_words,
            price=_price(kind, current),
            options=kind.options.model_json_schema(),
            answer=None
            if kind.answer is None or kind.needs_search
            else kind.answer.model_json_schema(),
        )
        for kind in KINDS.values()
    ]


def models(session: Session, settings: Settings) -> list[AiModelOut]:
    """``local`` first, then every model with a price; retired ones are last."""
    current = prices.current(session)
    today = now().date()
    entries = model_rows.entries(session)
    local = AiModelOut(
        provider=LOCAL,
        title=worded("On this machine, without a model"),
        model=None,
        ready=True,
        missing=None,
        default=False,
        multiplier=None,
        per_1000_characters=current.amount_uc("text.local") / UC_PER_CREDIT,
        context_tokens=None,
        output_tokens=None,
        state="sold",
        retires_at=None,
        replaced_by=None,
    )
    default = default_price(current, today)
    priced = [
        _model_out(price, settings, entries=entries, today=today, default=price is default)
        for price in current.models
        if price.provider in TEXT
    ]
    return [local, *sorted(priced, key=lambda model: model.state == "refused")]


def vendor_models(runtime: Runtime, provider: str) -> list[VendorModelOut]:
    """The vendor's own list of models. Raises NotFound or Unavailable.

    Asks the vendor over the network, so call it without a transaction.
    """
    if provider not in TEXT:
        raise NotFound(f"There is no provider {provider!r}. Providers: {', '.join(TEXT)}.")
    try:
        listed = text_model(provider, runtime.settings).models()
    except ProviderError as error:
        raise Unavailable(error.message, code="provider_unavailable", retry_after_s=30) from error
    with runtime.database.read() as session:
        priced = {
            price.model for price in prices.current(session).models if price.provider == provider
        }
    return [
        VendorModelOut(model=line.name, priced=line.name in priced, retires_at=line.ends_on)
        for line in listed
    ]


def _model_out(
    price: ModelPrice,
    settings: Settings,
    *,
    entries: Sequence[ModelEntry],
    today: date,
    default: bool,
) -> AiModelOut:
    entry = TEXT[price.provider]
    result = verdict(price, today)
    missing = registry.missing(entry, settings)
    if result.state == "refused":
        missing = result.message
    facts = text_facts(entries, price.provider, price.model, settings)
    return AiModelOut(
        provider=price.provider,
        title=worded(entry.title),
        model=price.model,
        ready=missing is None,
        missing=missing,
        default=default,
        multiplier=price.multiplier_milli / 1000,
        per_1000_characters=price.per_1000_chars_uc / UC_PER_CREDIT,
        context_tokens=facts.context_tokens,
        output_tokens=facts.output_tokens,
        state=result.state,
        retires_at=price.retires_at,
        replaced_by=price.replaced_by,
    )


def _price(kind: TextKind, current: PriceList) -> str:
    if kind.price_key is not None:
        amount = to_credits(current.amount_uc(kind.price_key))
        return f"{amount:g} x the model's multiplier"
    rate = "the model's rate for 1,000 characters of the recording"
    if kind.needs_search:
        search = to_credits(current.amount_uc(SEARCH))
        return f"{rate}, and {search:g} for each search that finds something"
    return rate
