"""Marks some of many similar cases as slow, and reports how many slow tests a run left out."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

LEFT = pytest.StashKey[int]()


def one_in(every: int, cases: Iterable[Any]) -> list[Any]:  # pytest's parameters
    """Mark all cases as slow except the first and each ``every``-th after it.

    Their coverage is not measured, which takes half as long again: the others run the same lines.
    """
    marks = [pytest.mark.slow, pytest.mark.no_cover]
    return [
        case if n % every == 0 else pytest.param(case, marks=marks) for n, case in enumerate(cases)
    ]


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    slow = sum(item.get_closest_marker("slow") is not None for item in items)
    if slow:
        stash = items[0].config.stash
        stash[LEFT] = stash.get(LEFT, 0) + slow


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # a process of xdist's: only the first one has a terminal
        output["slow_left"] = session.config.stash.get(LEFT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # xdist's type
    """Take the number from one process, as all collect and leave out the same tests."""
    output = getattr(node, "workeroutput", None) or {}  # None where the process was killed
    stash = node.config.stash
    stash[LEFT] = max(stash.get(LEFT, 0), output.get("slow_left", 0))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left = config.stash.get(LEFT, 0)
    if left:
        tests = "1 slow test was" if left == 1 else f"{left} slow tests were"
        terminalreporter.write_line(f"{tests} left to `make test-slow`.")
