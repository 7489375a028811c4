"""Whether a model is sold on a date, including the days around both limits."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from mp4totext.providers.retirement import WARN_DAYS, verdict

END = date(2027, 1, 6)


@dataclass(frozen=True)
class Brush:
    provider: str = "acme"
    model: str = "brush-1"
    retires_at: date | None = END
    replaced_by: str | None = "brush-2"


@pytest.mark.parametrize(
    ("days_before", "state"),
    [(365, "sold"), (61, "sold"), (60, "warns"), (59, "warns"), (1, "warns"), (0, "refused")],
)
def test_a_model_is_sold_then_warns_then_is_refused(days_before: int, state: str) -> None:
    result = verdict(Brush(), END - timedelta(days=days_before))
    assert result.state == state
    assert bool(result.message) == (state != "sold")
    assert WARN_DAYS == 60


def test_long_after_its_end_it_is_still_refused_with_the_replacement_and_the_date() -> None:
    result = verdict(Brush(), END + timedelta(days=999))
    assert result.state == "refused"
    assert result.message == "acme's 'brush-1' ended on 2027-01-06: choose 'brush-2'."


@pytest.mark.parametrize(("days", "left"), [(7, "7 days"), (1, "1 day")])
def test_a_warning_says_how_long_there_is(days: int, left: str) -> None:
    result = verdict(Brush(replaced_by=None), END - timedelta(days=days))
    assert result.message == (
        f"acme's 'brush-1' ends on 2027-01-06, in {left}: choose another model."
    )


def test_without_an_announced_end_it_is_sold() -> None:
    assert verdict(Brush(retires_at=None), date(2050, 1, 1)).state == "sold"
