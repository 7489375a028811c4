"""The price of a model's texts if its row has none: from its vendor's list price. Pure."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from mp4totext.credits.money import to_uc
from mp4totext.providers.model_catalogue import ModelEntry

TOKENS = 210
"""Tokens of 1,000 characters; as many are assumed to be written as read."""

USD_PER_CREDIT = Decimal("0.02")
LEAST_RATE = Decimal("0.001")  # credits for 1,000 characters: the smallest step of a rate
LEAST_MULTIPLIER = Decimal("0.3")


def rate_uc(entry: ModelEntry, today: date) -> int | None:
    """Micro-credits for 1,000 characters, to a thousandth of a credit.

    None: the row has neither a rate nor a list price on this day, so the model is not sold.
    """
    if entry.rate is not None:
        return to_uc(str(entry.rate))
    price = entry.list_price(today)
    if price is None:
        return None
    if price.per == "million characters":  # of a voice
        usd = price.input_usd / 1_000
    else:
        usd = (price.input_usd + price.output_usd) * TOKENS / 1_000_000
    return to_uc(str(max(LEAST_RATE, _rounded(usd / USD_PER_CREDIT, "0.001"))))


def multiplier_milli(entry: ModelEntry, rate_uc: int, *, default_uc: int | None) -> int:
    """Thousandths, to a tenth. ``default_uc``: the default model's rate; None: it has none."""
    multiplier = entry.multiplier
    if multiplier is None:
        ratio = Decimal(rate_uc) / default_uc if default_uc else Decimal(1)
        multiplier = max(LEAST_MULTIPLIER, _rounded(ratio, "0.1"))
    return int(multiplier * 1000)


def _rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)
