"""Parsing of times in requests."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from mp4totext.kit.clock import Moment

MOMENT = TypeAdapter[datetime](Moment)


@pytest.mark.parametrize(
    "text", ["2026-03-01T12:00:00", "2026-03-01T12:00:00Z", "2026-03-01T14:30:00+02:30"]
)
def test_a_moment_is_utc_whether_or_not_it_names_a_zone(text: str) -> None:
    assert MOMENT.validate_python(text) == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValidationError, match="beyond the calendar"):
        MOMENT.validate_python("0001-01-01T00:00:00+02:00")
