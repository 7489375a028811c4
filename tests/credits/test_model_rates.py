"""Rates from list prices: 210 tokens in and out, $0.02 a credit, three decimals."""

from datetime import date
from decimal import Decimal

import pytest

from mp4totext.credits.model_rates import multiplier_milli, rate_uc
from mp4totext.credits.prices import model_prices
from mp4totext.providers.model_catalogue import ListPrice, ModelEntry, shipped

DAY = date(2026, 11, 28)


def priced(input_usd: str, output_usd: str, **more: object) -> ModelEntry:
    price = ListPrice(input_usd=Decimal(input_usd), output_usd=Decimal(output_usd))
    return ModelEntry(kind="text", provider="a", model="b", list_prices=(price,), **more)  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize(
    ("input_usd", "output_usd", "rate", "multiplier"),
    [
        ("0.30", "2.50", 29_000, 1_000),  # gemini-3.5-flash-lite, the default
        ("0.10", "0.50", 6_000, 300),  # gpt-6-luna: 0.2 is less than the least
        ("1", "5", 63_000, 2_200),  # gpt-6.1-terra
        ("2", "10", 126_000, 4_300),  # gpt-6.1-sol
        ("0.0001", "0.0001", 1_000, 300),  # the least
    ],
)
def test_a_rate_follows_the_list_price(
    input_usd: str, output_usd: str, rate: int, multiplier: int
) -> None:
    entry = priced(input_usd, output_usd)
    assert rate_uc(entry, DAY) == rate
    assert multiplier_milli(entry, rate, default_uc=29_000) == multiplier


def test_a_rate_of_the_row_goes_over_its_list_price() -> None:
    entry = priced("1", "5", rate=Decimal("0.5"), multiplier=Decimal("9"))
    assert (rate_uc(entry, DAY), multiplier_milli(entry, 1, default_uc=None)) == (500_000, 9_000)


def test_without_a_default_the_multiplier_is_one() -> None:
    assert multiplier_milli(priced("1", "5"), 63_000, default_uc=None) == 1_000


def test_a_vendors_new_price_is_ours_from_its_first_day() -> None:
    def flash(day: date) -> tuple[int, int]:
        prices = model_prices(shipped().models, day)
        (price,) = (price for price in prices if price.model == "gemini-3.8-flash")
        return price.per_1000_chars_uc, price.multiplier_milli

    assert flash(date(2026, 12, 31)) == (47_000, 1_600)
    assert flash(date(2027, 1, 1)) == (95_000, 3_300)


def test_a_row_without_a_price_today_or_switched_off_is_not_sold() -> None:
    later = ListPrice(input_usd=Decimal(1), since=date(2027, 1, 1))
    entries = [
        ModelEntry(kind="text", provider="a", model="later", list_prices=(later,)),
        priced("1", "1", active=False),
    ]
    assert model_prices(entries, DAY) == ()
    assert [price.model for price in model_prices(entries, date(2027, 1, 1))] == ["later"]


def test_the_first_backends_rows_keep_their_prices() -> None:
    prices = {(p.provider, p.model): p for p in model_prices(shipped().models, DAY)}
    for key, multiplier, rate in [
        (("gemini", "gemini-2.5-flash"), 1_000, 30_000),
        (("gemini", "gemini-2.5-pro"), 3_000, 120_000),
        (("openai", "gpt-4o-mini"), 1_500, 8_000),
        (("groq", "openai/gpt-oss-120b"), 1_200, 8_000),
        (("together", "Qwen/Qwen3-235B-A22B-Instruct-2507"), 3_200, 9_000),
    ]:
        assert (prices[key].multiplier_milli, prices[key].per_1000_chars_uc) == (multiplier, rate)
