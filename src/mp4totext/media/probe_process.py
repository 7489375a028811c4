"""Probes an unknown file. Runs in the sandbox."""

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mp4totext.media.measure import measure
from mp4totext.media.sandbox_process import Answer

NICE = 10  # below the API process that requested it, which serves other requests meanwhile
# A probe that takes longer than nearly all others gets the lowest priority: a file of one megabyte
# can be crafted to take a minute.
LONG_S = 0.2  # processor time
NICE_LONG = 19


class Probe:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if hasattr(os, "nice"):
            os.nice(NICE)
            signal.signal(signal.SIGPROF, lambda _signal, _frame: os.nice(NICE_LONG - NICE))
            signal.setitimer(signal.ITIMER_PROF, LONG_S)

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        yield asdict(measure(self._path)), b""
