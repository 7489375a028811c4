"""A few places for heavy work inside the API, of which one account has fewer still.

Who waits costs nothing: no thread, no session. Who waits too long is told when to come again.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

from mp4totext.kit.errors import AppError, TooManyRequests, Unavailable

RETRY_AFTER_S = 10

Result = TypeVar("Result")


class FairSlots:
    """``what`` names the work for people, as in "exports"."""

    def __init__(self, what: str, *, total: int, per_user: int, wait_s: float) -> None:
        self._what = what
        self._per_user = per_user
        self._wait_s = wait_s
        self._all = CapacityLimiter(total)
        self._threads = CapacityLimiter(total)  # apart from those that answer quick requests
        self._of_user: dict[str, CapacityLimiter] = {}

    @asynccontextmanager
    async def place(self, user_id: str) -> AsyncIterator[None]:
        """Raises TooManyRequests when the account's own places stay taken, else Unavailable."""
        me = object()
        mine = self._of_user.setdefault(user_id, CapacityLimiter(self._per_user))
        try:
            await self._acquire(mine, me, self._too_many)
            try:
                await self._acquire(self._all, me, self._all_taken)
                try:
                    yield
                finally:
                    self._all.release_on_behalf_of(me)
            finally:
                mine.release_on_behalf_of(me)
        finally:
            if not mine.borrowed_tokens and not mine.statistics().tasks_waiting:
                self._of_user.pop(user_id, None)

    async def run(self, user_id: str, work: Callable[[], Result]) -> Result:
        """``work`` in a thread, in a place of the account's. It is waited for, whatever happens."""
        async with self.place(user_id):
            return await to_thread.run_sync(work, limiter=self._threads)

    async def _acquire(
        self, limiter: CapacityLimiter, me: object, refusal: Callable[[], AppError]
    ) -> None:
        try:
            with fail_after(self._wait_s):
                await limiter.acquire_on_behalf_of(me)
        except TimeoutError as error:
            raise refusal() from error

    def _too_many(self) -> AppError:
        return TooManyRequests(
            f"{self._per_user} {self._what} of your account are under way, and they take long. "
            "Wait for them, then try again.",
            retry_after_s=RETRY_AFTER_S,
        )

    def _all_taken(self) -> AppError:
        return Unavailable(
            f"Too many {self._what} at once. Try again in a few seconds.",
            code="busy",
            retry_after_s=RETRY_AFTER_S,
        )
