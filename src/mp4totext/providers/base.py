"""The request, the answer and the Protocol of each task. Vendors' types never leave their file."""

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]  # mono, 16 kHz, -1 to 1

SAMPLE_RATE = 16_000
"""Every engine here hears 16 kHz mono."""


class Report(Protocol):
    """Told how much audio is done; raises when the job is cancelled."""

    def __call__(self, done_ms: int) -> None: ...


def no_report(done_ms: int) -> None:
    """For callers that show no progress."""
