"""The only source of the current time, and parsing of times from requests."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator


def now() -> datetime:
    """The current time, aware UTC."""
    return datetime.now(UTC)


class ClockWatch:
    """Notices that the system clock was set, by comparing it with the monotonic clock.

    The monotonic clock stops while a machine sleeps, so waking up counts as a step ahead.
    """

    # The two clocks are read one after the other, and time servers slew a clock by small amounts.
    _TOLERANCE = timedelta(seconds=2)

    def __init__(self) -> None:
        self._begin = self._began()

    def step(self) -> timedelta:
        """How far the clock was set ahead since the last call; negative: back; usually zero."""
        step = self._began() - self._begin
        if abs(step) <= self._TOLERANCE:
            return timedelta()
        self._begin += step
        return step

    @staticmethod
    def _began() -> datetime:
        return now() - timedelta(seconds=time.monotonic())


def _as_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the date is beyond the calendar") from error


# From a request: UTC if it has no time zone.
Moment = Annotated[datetime, AfterValidator(_as_utc)]
