"""Measures independent recordings in as many processes as the machine has cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Figures = TypeVar("Figures")


def processes() -> ProcessPoolExecutor:
    """Spawned, as a forked process would have the parent's models without their threads."""
    return ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))


def begin(
    pool: Executor,
    measure: Callable[[Item], Figures],
    items: Sequence[Item],
    *,
    length: Callable[[Item], float],
) -> list[Future[Figures]]:
    """``measure`` of each item, in their order. It is a function of a module, or a ``partial``.

    The longest are begun first, so that no core waits for the last one.
    """
    longest_first = sorted(range(len(items)), key=lambda n: -length(items[n]))
    futures = {n: pool.submit(measure, items[n]) for n in longest_first}
    return [futures[n] for n in range(len(items))]
