"""Waits for a condition instead of sleeping."""

import time
from collections.abc import Callable

import psutil

POLL_S = 0.02


def until(condition: Callable[[], object], *, within_s: float = 60, what: object = "") -> None:
    """Wait until the condition is true. Raises AssertionError after ``within_s``."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s:g} s for {what or condition}"
        time.sleep(POLL_S)


def has_ended(process: psutil.Process) -> bool:
    """Whether the process is gone or waits only for its parent to notice."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # ended between the two
        return True
