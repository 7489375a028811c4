"""The choice of a language model by other operations: validation, price, and session."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from mp4totext.catalogue import service as catalogue
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, per_1000_characters
from mp4totext.jobs.context import Context
from mp4totext.kit.clock import now
from mp4totext.providers.text.table import TEXT, text_facts, text_model
from mp4totext.settings import Settings
from mp4totext.texts.planning import LOCAL, chosen_model, require_ready
from mp4totext.writing.generate.model_session import ModelSession

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
    require_ready(TEXT[price.provider].title, price.provider, settings)
    return ModelChoice(provider=price.provider, model=price.model)


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
