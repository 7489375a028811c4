"""Types that requests of several kinds share. A vendor's own types never leave its file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]  # mono, 16 kHz, -1 to 1

SAMPLE_RATE = 16_000
"""Of the sound that every engine and diarizer is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerLimits:
    """How many speakers a user says there are; None: no limit is known."""

    min_speakers: int | None = None
    max_speakers: int | None = None


class Report(Protocol):
    """Called with how much of the recording is done; raises when the job is cancelled."""

    def __call__(self, done_ms: int, /) -> None: ...


def no_report(done_ms: int) -> None:
    """For callers that show no progress."""


Once: TypeAlias = Callable[[Callable[[], str]], str]
"""Runs paid work, or returns the result it had before the process was killed."""


def run_anew(work: Callable[[], str]) -> str:
    """Without a stored result, for callers that cannot resume."""
    return work()
