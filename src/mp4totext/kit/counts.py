"""Counts jobs and vendor calls for whoever collects them.

Nothing does until a service or a worker calls ``count_with`` (kit.metrics): a command has no
metrics, and importing Prometheus' client takes 0.1 s.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Counts(Protocol):
    def job_ended(self, operation: str, outcome: str, code: str, *, took_s: float) -> None: ...

    def transcribed(self, engine: str, *, length_s: float) -> None: ...

    def vendor_called(self, vendor: str, outcome: str, *, took_s: float) -> None: ...


class _NotCounted:
    def job_ended(self, operation: str, outcome: str, code: str, *, took_s: float) -> None: ...

    def transcribed(self, engine: str, *, length_s: float) -> None: ...

    def vendor_called(self, vendor: str, outcome: str, *, took_s: float) -> None: ...


class _Process:
    counts: Counts = _NotCounted()


def count_with(counts: Counts) -> None:
    _Process.counts = counts


def counts() -> Counts:
    return _Process.counts


@contextmanager
def vendor_call(vendor: str) -> Iterator[None]:
    """For one call, including the translation of the vendor's errors."""
    began = time.perf_counter()
    outcome = "ok"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        counts().vendor_called(vendor, outcome, took_s=time.perf_counter() - began)
