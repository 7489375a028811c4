"""The only source of the current instant, and instants that callers give."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def _as_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the date is beyond the calendar") from error


# From a caller: without a zone it means UTC.
Moment = Annotated[datetime, AfterValidator(_as_utc)]
