"""Types that requests of several kinds share. A vendor's own types never leave its file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]  # mono, 16 kHz, -1 to 1

SAMPLE_RATE = 16_000
"""Of the samples that every engine and diarizer gets."""


MAX_SPEAKERS = 30
"""A request may ask for, whichever diarizer it uses: none here distinguishes more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerLimits:
    """The number of speakers that the user expects; None: no limit."""

    min_speakers: int | None = None
    max_speakers: int | None = None


class Report(Protocol):
    """Called with the milliseconds that are done; raises if the job is cancelled."""

    def __call__(self, done_ms: int, /) -> None: ...


def no_report(done_ms: int) -> None:
    """For callers without a progress display."""


Once: TypeAlias = Callable[[Callable[[], str]], str]
"""Runs paid work once: after a restart it returns the stored result instead."""


def run_anew(work: Callable[[], str]) -> str:
    """Runs the work without storing the result, for callers that cannot resume."""
    return work()
