"""Limits heavy work inside the API: a few slots for all accounts, fewer for one account.

A request that waits for a slot uses no thread and no database session. One that waits too long is
refused, with the seconds after which to retry.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

from mp4totext.kit.errors import AppError, TooManyRequests, Unavailable

RETRY_AFTER_S = 10

Result = TypeVar("Result")


class FairSlots:
    """``work_name`` is for messages, such as "exports"."""

    def __init__(self, work_name: str, *, total: int, per_user: int, wait_s: float) -> None:
        self._work_name = work_name
        self._per_user = per_user
        self._wait_s = wait_s
        self._all = CapacityLimiter(total)
        # Separate from the threads that answer quick requests.
        self._threads = CapacityLimiter(total)
        self._of_user: dict[str, CapacityLimiter] = {}

    @asynccontextmanager
    async def slot(self, user_id: str) -> AsyncIterator[None]:
        """Raises TooManyRequests if the account's own slots stay taken, else Unavailable."""
        borrower = object()
        of_user = self._of_user.setdefault(user_id, CapacityLimiter(self._per_user))
        try:
            # The account's slot first: while it waits for one, it takes none that others need.
            await self._acquire(of_user, borrower, self._too_many)
            try:
                await self._acquire(self._all, borrower, self._all_taken)
                try:
                    yield
                finally:
                    self._all.release_on_behalf_of(borrower)
            finally:
                of_user.release_on_behalf_of(borrower)
        finally:
            if not of_user.borrowed_tokens and not of_user.statistics().tasks_waiting:
                self._of_user.pop(user_id, None)

    async def run(self, user_id: str, work: Callable[[], Result]) -> Result:
        """Run ``work`` in a thread, in a slot of the account.

        Cancelling the request does not stop the thread, so its slot stays taken until the end.
        """
        async with self.slot(user_id):
            return await to_thread.run_sync(work, limiter=self._threads)

    async def _acquire(
        self, limiter: CapacityLimiter, borrower: object, refusal: Callable[[], AppError]
    ) -> None:
        try:
            with fail_after(self._wait_s):
                await limiter.acquire_on_behalf_of(borrower)
        except TimeoutError as error:
            raise refusal() from error

    def _too_many(self) -> AppError:
        return TooManyRequests(
            f"{self._per_user} {self._work_name} of your account are already running. Wait until "
            "they have ended, then try again.",
            retry_after_s=RETRY_AFTER_S,
        )

    def _all_taken(self) -> AppError:
        return Unavailable(
            f"Too many {self._work_name} at once. Try again in a few seconds.",
            code="busy",
            retry_after_s=RETRY_AFTER_S,
        )
