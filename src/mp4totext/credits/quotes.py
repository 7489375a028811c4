"""Line items of a quote or a charge, and their sum."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from mp4totext.credits.money import round_to_cents, share
from mp4totext.credits.prices import PriceList

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``quantity_milli`` is in thousandths of the price's unit."""

    key: str
    quantity_milli: int
    amount_uc: int
    optional: bool = False  # when its step fails, the line is dropped and the job goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The maximum that an operation can cost."""

    lines: tuple[Line, ...]

    @property
    def total_uc(self) -> int:
        return total_uc(self.lines)

    def free(self) -> "Quote":
        """The same lines without amounts, for an account that is not metered."""
        return Quote(lines=tuple(replace(line, amount_uc=0) for line in self.lines))


def total_uc(lines: Iterable[Line]) -> int:
    """The sum, rounded once to a hundredth of a credit."""
    return round_to_cents(sum(line.amount_uc for line in lines))


MS_MIN = 1_000  # so that no recording, however short, is free


def per_minute(prices: PriceList, key: str, duration_ms: int, *, optional: bool = False) -> Line:
    """What is shorter than a second, but not nothing, costs as much as a second."""
    duration_ms = max(duration_ms, MS_MIN) if duration_ms else 0
    return Line(
        key=key,
        quantity_milli=share(1000, duration_ms, MS_PER_MINUTE),
        amount_uc=share(prices.amount_uc(key), duration_ms, MS_PER_MINUTE),
        optional=optional,
    )


def per_item(prices: PriceList, key: str, count: int = 1, *, optional: bool = False) -> Line:
    return Line(
        key=key,
        quantity_milli=count * 1000,
        amount_uc=prices.amount_uc(key) * count,
        optional=optional,
    )


def per_1000_characters(key: str, rate_uc: int, characters: int) -> Line:
    """``quantity_milli`` counts characters, as a rate is for 1,000 of them."""
    return Line(key=key, quantity_milli=characters, amount_uc=share(rate_uc, characters, 1000))


_LINES = TypeAdapter(tuple[Line, ...])


def lines_to_json(lines: Iterable[Line]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = _LINES.dump_python(tuple(lines), mode="json")
    return dumped


def lines_from_json(data: list[dict[str, Any]]) -> tuple[Line, ...]:
    return _LINES.validate_python(data)
