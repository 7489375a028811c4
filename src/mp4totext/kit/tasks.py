"""Tasks that must not outlive the one that started them."""

import asyncio
from typing import Any

from anyio import CancelScope


async def ended(*tasks: asyncio.Task[Any]) -> list[Exception]:
    """Cancels the tasks and waits for them, also while the caller is cancelled. What they raised.

    Not gather(): cancelled itself, it raises a CancelledError that hides who asked for it.
    """
    for task in tasks:
        task.cancel()
    with CancelScope(shield=True):
        await asyncio.wait(tasks)
    ends = [None if task.cancelled() else task.exception() for task in tasks]
    return [end for end in ends if isinstance(end, Exception)]
