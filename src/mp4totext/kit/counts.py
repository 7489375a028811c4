"""What jobs and calls to vendors report about themselves, to whoever counts in this process.

Nobody does, until a service or a worker says so (kit.metrics): a command on one machine is never
asked, and Prometheus' client takes a tenth of a second to load.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Counts(Protocol):
    def job_ended(self, operation: str, outcome: str, code: str, *, took_s: float) -> None: ...

    def transcribed(self, engine: str, *, length_s: float) -> None: ...

    def vendor_called(self, vendor: str, outcome: str, *, took_s: float) -> None: ...


class _Nobody:
    def job_ended(self, operation: str, outcome: str, code: str, *, took_s: float) -> None: ...

    def transcribed(self, engine: str, *, length_s: float) -> None: ...

    def vendor_called(self, vendor: str, outcome: str, *, took_s: float) -> None: ...


class _Process:
    counts: Counts = _Nobody()


def count_with(counts: Counts) -> None:
    _Process.counts = counts


def counts() -> Counts:
    return _Process.counts


@contextmanager
def vendor_call(vendor: str) -> Iterator[None]:
    """Around one call and what translates its errors into ours."""
    began = time.perf_counter()
    outcome = "ok"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        counts().vendor_called(vendor, outcome, took_s=time.perf_counter() - began)
