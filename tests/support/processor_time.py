"""Measures what work costs, whatever else the process of the tests holds and does."""

import gc
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Spent:
    """The seconds of processor time that this thread has spent; 0 before the end."""

    s: float = 0


@contextmanager
def processor_time() -> Generator[Spent, None, None]:
    """Garbage is not collected meanwhile.

    One look through all that a process with thousands of tests keeps takes longer
    than most work that is measured here.
    """
    spent = Spent()
    collects = gc.isenabled()
    gc.disable()
    began_s = time.thread_time()
    try:
        yield spent
    finally:
        spent.s = time.thread_time() - began_s
        if collects:
            gc.enable()
