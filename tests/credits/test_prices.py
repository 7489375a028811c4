from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.catalogue import service as catalogue
from mp4totext.credits import prices
from mp4totext.credits.errors import UnknownPrice
from mp4totext.credits.money import round_to_cents, share, to_credits, to_uc
from mp4totext.credits.prices import DEFAULT_PRICES
from mp4totext.credits.quotes import (
    Line,
    Quote,
    lines_from_json,
    lines_to_json,
    per_item,
    per_minute,
)
from mp4totext.runtime import Runtime

TODAY = prices.defaults()
TEN_MINUTES = 600_000


def test_without_an_admins_word_the_defaults_are_todays_prices(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert prices.current(session) == TODAY


@pytest.mark.parametrize(
    ("text", "uc"), [("1", 1_000_000), ("0.88", 880_000), ("0.002", 2_000), ("1.31", 1_310_000)]
)
def test_credits_become_exact_integers(text: str, uc: int) -> None:
    assert to_uc(text) == uc


def test_halves_are_rounded_up_at_the_edge() -> None:
    assert to_credits(1_005_000) == 1.01
    assert round_to_cents(1_005_000) == 1_010_000
    assert share(1_000_000, 1, 3) == 333_333
    assert share(1_000_000, 1, 2) == 500_000


@given(st.integers(-(10**14), 10**14))
def test_people_see_the_nearest_hundredth_and_halves_away_from_zero(amount_uc: int) -> None:
    exact = Decimal(amount_uc).scaleb(-6).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert to_credits(amount_uc) == float(exact)


@given(st.integers(0, 10**9), st.integers(0, 10**8), st.integers(1, 10**5))
def test_a_share_is_within_half_a_unit(unit: int, quantity: int, per: int) -> None:
    assert abs(share(unit, quantity, per) * per - unit * quantity) * 2 <= per


def test_ten_english_minutes_with_sentiment_and_entities_cost_sixteen() -> None:
    quote = Quote(
        lines=(
            per_minute(TODAY, "transcription", TEN_MINUTES),
            per_minute(TODAY, "feature.sentiment_analysis", TEN_MINUTES),
            per_minute(TODAY, "feature.entity_detection", TEN_MINUTES),
        )
    )
    assert to_credits(quote.total_uc) == 16.00


def test_a_recording_costs_at_least_a_second() -> None:
    second = per_minute(TODAY, "transcription", 1_000)
    assert second.amount_uc > 0
    assert [per_minute(TODAY, "transcription", ms) for ms in (1, 290, 999)] == [second] * 3
    assert per_minute(TODAY, "transcription", 0).amount_uc == 0


def test_rounding_happens_once_over_the_sum() -> None:
    """Ten seconds at 1.0 and at 0.3 a minute: 0.1667 + 0.05 = 0.22, not 0.17 + 0.05 + ..."""
    lines = tuple(per_minute(TODAY, "feature.auto_chapters", 1_000) for _ in range(10))
    assert Quote(lines=lines).total_uc == to_uc("0.05")
    assert sum(round_to_cents(line.amount_uc) for line in lines) == to_uc("0.10")


def test_a_free_quote_keeps_its_lines() -> None:
    quote = Quote(lines=(per_item(TODAY, "download", 2),))
    assert quote.total_uc == to_uc("1.76")
    assert quote.free().total_uc == 0
    assert quote.free().lines[0].key == "download"


def test_lines_survive_json() -> None:
    lines = (Line(key="a", quantity_milli=5, amount_uc=7, optional=True),)
    assert lines_from_json(lines_to_json(lines)) == lines


def test_unknown_prices_and_models_are_refused_not_free() -> None:
    with pytest.raises(UnknownPrice, match="no price"):
        TODAY.amount_uc("nonsense")
    with pytest.raises(UnknownPrice, match=r"gemini-3\.5-flash-lite"):
        TODAY.model("gemini", "gemini-99")
    assert TODAY.model("groq", "openai/gpt-oss-120b").per_1000_chars_uc == 8_000


def test_admin_rows_go_over_the_defaults_and_snapshots_do_not_change(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        before = prices.current(session)
        snapshot = prices.to_json(before)
        prices.set_price(session, key="transcription", amount_uc=5)
        catalogue.edit(session, ("text", "openai", "gpt-6-luna"), {"rate": "0.000002"})
        catalogue.edit(session, ("text", "groq", "openai/gpt-oss-120b"), {"active": False})
        session.flush()
        after = prices.current(session)
    assert after.amount_uc("transcription") == 5
    assert after.model("openai", "gpt-6-luna").per_1000_chars_uc == 2
    with pytest.raises(UnknownPrice):
        after.model("groq", "openai/gpt-oss-120b")
    assert prices.from_json(snapshot) == before


def test_only_known_prices_can_be_set(runtime: Runtime) -> None:
    with runtime.database.write() as session, pytest.raises(UnknownPrice, match="transcription"):
        prices.set_price(session, key="nonsense", amount_uc=5)


def test_every_price_is_described() -> None:
    assert all(price.description for price in DEFAULT_PRICES)


def test_a_part_of_a_second_costs_a_second_and_nothing_costs_nothing() -> None:
    second = per_minute(TODAY, "transcription", 1_000)
    assert second.amount_uc > 0
    assert (
        per_minute(TODAY, "transcription", 1) == per_minute(TODAY, "transcription", 999) == second
    )
    assert per_minute(TODAY, "transcription", 1_001).amount_uc >= second.amount_uc
    assert per_minute(TODAY, "transcription", 0).amount_uc == 0
