"""Which language model writes: chosen, priced and opened, for texts and other operations."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from pydantic import BaseModel

from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue.errors import ModelRetired, UnknownModel
from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.prices import ModelPrice, PriceList
from mp4totext.credits.quotes import Line, per_1000_characters
from mp4totext.jobs.context import Context
from mp4totext.kit.clock import now
from mp4totext.providers import registry
from mp4totext.providers.retirement import verdict
from mp4totext.providers.text.table import TEXT, text_facts, text_model
from mp4totext.settings import Settings
from mp4totext.texts.errors import ProviderNotReady, UnknownProvider
from mp4totext.writing.generate.model_session import ModelSession

LOCAL = "local"
"""The provider that writes without a model."""

CHOICE = r"^[a-z0-9-]{1,40}(:.{1,120})?$"
"""``local``, a provider, or a provider with one of its models, such as ``openai:gpt-6-luna``."""


T = TypeVar("T")


class ModelChoice(BaseModel):
    provider: str
    model: str


def model_choice(choice: str, *, prices: PriceList, settings: Settings) -> ModelChoice | None:
    """None: ``local``. Raises AppError 422 for a model that does not exist or is not ready."""
    provider, _, model = choice.partition(":")
    if provider == LOCAL:
        return None
    price = chosen_model(provider, model or None, prices, settings, now().date())
    assert price is not None  # a provider is named
    require_ready(price.provider, settings)
    return ModelChoice(provider=price.provider, model=price.model)


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
    ready = [price for price in sold if missing(price.provider, settings) is None]
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


def missing(provider: str, settings: Settings) -> str | None:
    """What a provider lacks, such as a key; None if it is ready."""
    return registry.missing(TEXT[provider], settings)


def require_ready(provider: str, settings: Settings) -> None:
    """Raises ProviderNotReady."""
    lacking = missing(provider, settings)
    if lacking is not None:
        title = TEXT[provider].title
        raise ProviderNotReady(f"{title} is not ready here: {lacking}.", provider=provider)


def choice_line(prices: PriceList, key: str, choice: ModelChoice, characters: int) -> Line:
    """The price at the model's rate for 1,000 characters of the recording. Raises UnknownPrice."""
    rate_uc = prices.model(choice.provider, choice.model).per_1000_chars_uc
    return per_1000_characters(key, rate_uc, characters)


def model_session(choice: ModelChoice, ctx: Context, *, steps: str) -> ModelSession:
    """``steps``: prefix of the names of the steps that store its answers.

    Raises ProviderMisconfigured with what is missing.
    """

    def step(name: str, make: Callable[[], T], *, returns: type[T]) -> T:
        return ctx.step(f"{steps}:{name}", make, returns=returns)

    settings = ctx.runtime.settings
    with ctx.runtime.database.read() as session:
        entries = catalogue.entries(session)
    return ModelSession(
        model=text_model(choice.provider, settings),
        provider=choice.provider,
        title=TEXT[choice.provider].title.partition(":")[0],
        name=choice.model,
        facts=text_facts(entries, choice.provider, choice.model, settings),
        step=step,
        check=ctx.check,
        refuse=lambda names: ctx.refuse(f"{steps}:{name}" for name in names),
    )
