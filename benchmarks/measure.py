"""A measurement: a ratio to something measured in the same run, and its target."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``target``: a condition such as "<= 1.15"; None if the figure is only reported."""

    name: str
    value: float
    unit: str = ""
    target: str | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        if self.target is None:
            return None
        comparison, _, limit = self.target.partition(" ")
        return self.value <= float(limit) if comparison == "<=" else self.value >= float(limit)


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
