"""Sends events to the open streams of one API process. Signals say when to read new rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from mp4totext.events import log as event_log
from mp4totext.events.log import Event
from mp4totext.kit.log import get_logger
from mp4totext.kit.tasks import ended
from mp4totext.runtime import Runtime

WAITING_MAX = 500  # events of one stream in memory: about 200 kB
POLL_S = 5.0  # seconds after which all users are checked, as signals may be lost

log = get_logger()


@dataclass(eq=False)
class Subscription:
    """One stream. A replay waits for the client; a client too slow for new events must resync."""

    user_id: str
    seq: int  # of the last event that was put into ``waiting``
    waiting_max: int = WAITING_MAX
    ask_for_more: Callable[[], None] = lambda: None  # during a replay
    is_over: Callable[[], bool] = lambda: False  # nothing more may be sent
    replaying: bool = True
    waiting: asyncio.Queue[Event | None] = field(init=False)  # None: events were left out

    def __post_init__(self) -> None:
        self.waiting = asyncio.Queue(self.waiting_max + 1)

    @property
    def is_full(self) -> bool:
        return self.waiting.qsize() >= self.waiting_max

    def can_take(self, newest_seq: int) -> bool:
        """Whether events up to ``newest_seq``, the user's last, are missing and have space."""
        if self.seq >= newest_seq:
            self.replaying = False
            return False
        return not (self.replaying and self.is_full)

    async def take(self) -> Event | None:
        """The next event, or None when events were left out and the client must resync."""
        event = await self.waiting.get()
        if self.replaying and self.waiting.empty():
            self.ask_for_more()
        return event

    def push(self, events: list[Event]) -> None:
        if self.is_over():
            return
        for event in events:
            if event.seq <= self.seq:
                continue
            if self.is_full:
                # A replay waits: ``take`` requests more when it is empty. Of live events a slow
                # client would get ever older ones, so it is asked to read the state again.
                if self.replaying:
                    return
                while not self.waiting.empty():
                    self.waiting.get_nowait()
                self.waiting.put_nowait(None)
            self.seq = event.seq
            self.waiting.put_nowait(event)


class Hub:
    """All streams of one process. A signal costs one query, regardless of the number of streams."""

    def __init__(
        self, runtime: Runtime, *, waiting_max: int = WAITING_MAX, poll_s: float = POLL_S
    ) -> None:
        self._runtime = runtime
        self._waiting_max = waiting_max
        self._poll_s = poll_s
        # Marks the subscriptions of these users that are over by now.
        self.before_delivery: Callable[[set[str]], Awaitable[None]] | None = None
        self._by_user: dict[str, set[Subscription]] = {}
        self._task: asyncio.Task[None] | None = None
        self._pending: set[str] = set()
        self._everyone = False
        self._woken = asyncio.Event()

    @property
    def listeners(self) -> int:
        # A copy, as threads read it while listeners come and go.
        return sum(len(subscriptions) for subscriptions in tuple(self._by_user.values()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._deliver())]
        try:
            yield
        finally:
            await ended(*tasks)

    @asynccontextmanager
    async def subscribed(
        self, user_id: str, since: int | None, *, is_over: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[Subscription]:
        """Events after ``since``; None: only new ones."""
        if since is None:
            newest_seqs = await run_in_threadpool(self._last_seqs, {user_id})
            since = newest_seqs.get(user_id, 0)
        subscription = Subscription(
            user_id,
            since,
            waiting_max=self._waiting_max,
            is_over=is_over,
            ask_for_more=lambda: self._wake(user_id),
        )
        self._by_user.setdefault(user_id, set()).add(subscription)
        self._wake(user_id)
        try:
            yield subscription
        finally:
            subscriptions = self._by_user[user_id]
            subscriptions.discard(subscription)
            if not subscriptions:
                del self._by_user[user_id]

    def _wake(self, user_id: str | None) -> None:
        if user_id is None:
            self._everyone = True
        else:
            self._pending.add(user_id)
        self._woken.set()

    async def _listen(self) -> None:
        async for user_id in self._runtime.change_signals.listen():
            if user_id is None or user_id in self._by_user:
                self._wake(user_id)

    async def _deliver(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._woken.wait()
            except TimeoutError:
                self._everyone = True
            self._woken.clear()
            users = set(self._by_user) if self._everyone else self._pending & set(self._by_user)
            self._pending, self._everyone = set(), False
            if not users:
                continue
            try:
                await self._deliver_to(users)
            except SQLAlchemyError as error:
                log.warning("stream.database_away", reason=type(error).__name__)
                await asyncio.sleep(1)
                self._wake(None)

    async def _deliver_to(self, users: set[str]) -> None:
        newest_seqs = await run_in_threadpool(self._last_seqs, users)
        behind = {}
        for user_id, seq in newest_seqs.items():
            streams = self._by_user.get(user_id, set())
            seqs = [stream.seq for stream in streams if stream.can_take(seq)]
            if seqs:
                behind[user_id] = min(seqs)
        if not behind:
            return
        events_by_user = await run_in_threadpool(self._read, behind)
        # After reading, so that a login that ended before an event was written does not get it.
        if self.before_delivery is not None:
            await self.before_delivery(set(events_by_user))
        for user_id, events in events_by_user.items():
            for subscription in self._by_user.get(user_id, ()):
                subscription.push(events)
            if len(events) == event_log.PAGE:
                self._wake(user_id)  # there is more

    def _last_seqs(self, users: set[str]) -> dict[str, int]:
        with self._runtime.database.read() as session:
            return event_log.last_seqs(session, users)

    def _read(self, behind: dict[str, int]) -> dict[str, list[Event]]:
        with self._runtime.database.read() as session:
            return {
                user_id: event_log.since(session, user_id=user_id, seq=seq)
                for user_id, seq in behind.items()
            }
