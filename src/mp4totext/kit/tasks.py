"""Ends asyncio tasks together with the task that started them."""

import asyncio
from typing import Any

from anyio import CancelScope


async def ended(*tasks: asyncio.Task[Any]) -> list[Exception]:
    """Cancel the tasks, wait for them even if the caller is cancelled, and return their errors.

    gather() is unsuitable: when it is cancelled, its own CancelledError hides whose cancellation it
    was.
    """
    for task in tasks:
        task.cancel()
    with CancelScope(shield=True):
        await asyncio.wait(tasks)
    errors = [None if task.cancelled() else task.exception() for task in tasks]
    return [error for error in errors if isinstance(error, Exception)]
