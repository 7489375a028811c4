"""Lines of a quote, shown with two decimals that add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.credits.money import to_credits
from mp4totext.credits.quotes import Line, total_uc
from mp4totext.jobs.quotes import lines_out


def lines(*amounts_uc: int) -> list[Line]:
    return [Line(key="transcription", quantity_milli=1_000, amount_uc=uc) for uc in amounts_uc]


@given(st.lists(st.integers(0, 10**10), max_size=20))
def test_shown_lines_add_up_to_the_shown_total(amounts_uc: list[int]) -> None:
    priced = lines(*amounts_uc)

    shown = [line.amount for line in lines_out(priced)]

    total = Decimal(str(to_credits(total_uc(priced))))
    assert sum((Decimal(str(amount)) for amount in shown), Decimal()) == total
    for amount, exact_uc in zip(shown, amounts_uc, strict=True):
        assert abs(amount - exact_uc / 1_000_000) < 0.0101


def test_three_lines_that_were_each_rounded_up_show_no_more_than_their_total() -> None:
    """0.075 + 0.0275 + 0.0275 = 0.13; each rounded alone they showed 0.08 + 0.03 + 0.03."""
    shown = [line.amount for line in lines_out(lines(75_000, 27_500, 27_500))]
    assert shown == [0.08, 0.02, 0.03]
