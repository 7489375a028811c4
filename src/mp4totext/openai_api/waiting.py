"""Requests that wait for their job, and clients that time out and send the request again.

A repeated request (the same account, API key, file and options) joins the running job, or gets the
result that was not delivered yet. A job whose client has gone is cancelled after ``keep_s`` unless
the request is repeated; then it costs nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.dependencies import require_scope
from mp4totext.auth.identity import Identity
from mp4totext.events.hub import Subscription
from mp4totext.jobs import service as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import caller_of
from mp4totext.jobs.errors import JobNotActive
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit import idempotency
from mp4totext.kit.clock import now
from mp4totext.kit.log import get_logger
from mp4totext.kit.tasks import ended
from mp4totext.openai_api.refusals import NotTranscribed, in_openai_shape
from mp4totext.runtime import Runtime

LOOK_EVERY_S = 2.0  # whether the client is still there, and whether an event was lost
KEEP_S = 180.0  # OpenAI's clients ask again within 8 s; a person, or a queue, within minutes
RESULT_KEPT = timedelta(minutes=10)  # of a job that ended while nobody waited

# The caller of a route that starts paid work.
Writer = Annotated[Identity, require_scope("transcriptions:write")]

Answer = TypeVar("Answer")

log = get_logger()


class Waits:
    """The waiting requests of one API process. The database has the job of a repeated request."""

    def __init__(
        self, runtime: Runtime, *, keep_s: float = KEEP_S, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self.runtime = runtime
        self.keep_s = keep_s
        self.look_every_s = look_every_s
        self._cancelling: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if self._cancelling:
                await ended(*self._cancelling)  # their jobs go on, and their results are kept

    def caller(
        self, request: Request, user: Identity, key: str | None, *identity: Any
    ) -> Caller:  # JSON values
        """The caller with an idempotency key that repeats of the request share: the client's own,
        or a hash of ``identity``. Blocks for the database."""
        if key is not None:
            return caller_of(request, user, key)
        repeat_key = f"repeat:{idempotency.fingerprint(user.key_id, *identity)}"
        caller = caller_of(request, user, repeat_key)
        self._forget_used_up(caller)
        return caller

    def _forget_used_up(self, caller: Caller) -> None:
        """Forget an earlier request whose job failed, or whose result is older than RESULT_KEPT."""
        owner, key = caller.user_id, str(caller.idempotency_key)
        with self.runtime.database.write() as session:
            row = idempotency.kept_answer(session, owner=owner, key=key)
            if row is None:
                return
            job = session.get(Job, row.answer["task_id"])
            is_over = job is None or job.state in (JobState.FAILED, JobState.CANCELLED)
            is_old = job is not None and job.state in ENDED and row.created_at < now() - RESULT_KEPT
            if is_over or is_old:
                idempotency.forget_answer(session, owner=owner, key=key)
            else:
                row.created_at = now()  # so that a client that left before does not cancel the job

    def cancel_later(self, wait: "Wait") -> None:
        task = asyncio.get_running_loop().create_task(self._cancel(wait, now()))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _cancel(self, wait: "Wait", left_at: datetime) -> None:
        await asyncio.sleep(self.keep_s)
        await run_in_threadpool(wait.cancel_unless_asked_again, left_at)


@dataclass(kw_only=True)
class Wait:
    """One request that waits for one job."""

    waits: Waits
    caller: Caller
    job_id: str
    has_own_key: bool  # the idempotency key was made here, not sent by the client
    _renewed_at: float = field(default_factory=time.monotonic)

    async def has_ended(self, events: Subscription) -> bool:
        """Wait for the job's next event, at most ``look_every_s``. True when the job has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.waits.look_every_s):
                while True:
                    event = await events.take()
                    if event is None or event.job_id == self.job_id:
                        break
        if time.monotonic() - self._renewed_at > self.waits.keep_s / 3:
            self._renewed_at = time.monotonic()
            await run_in_threadpool(self._renew)
        return await run_in_threadpool(self.is_over)

    async def until_ended(self, request: Request, events: Subscription) -> bool:
        """True when the job has ended; False when the client has gone before."""
        while not await self.has_ended(events):
            if await request.is_disconnected():
                self.left()
                return False
        return True

    def left(self) -> None:
        """The client has gone: cancel the job unless the request is repeated."""
        log.info("openai.client_left", job_id=self.job_id, keep_s=self.waits.keep_s)
        self.waits.cancel_later(self)

    def delivered(self) -> None:
        """The client has its answer, so the same request is a new one from now on. Blocks."""
        if not self.has_own_key:
            return
        with self.waits.runtime.database.write() as session:
            idempotency.forget_answer(session, owner=self.caller.user_id, key=self._key)

    def is_over(self) -> bool:
        with self.waits.runtime.database.read() as session:
            return session.get_one(Job, self.job_id).state in ENDED

    def cancel_unless_asked_again(self, left_at: datetime) -> None:
        with self.waits.runtime.database.write() as session:
            row = idempotency.kept_answer(session, owner=self.caller.user_id, key=self._key)
            if row is None or row.created_at > left_at:
                return
            with suppress(JobNotActive):  # it ended meanwhile
                jobs.cancel(session, session.get_one(Job, self.job_id))

    def _renew(self) -> None:
        with self.waits.runtime.database.write() as session:
            row = idempotency.kept_answer(session, owner=self.caller.user_id, key=self._key)
            if row is not None:
                row.created_at = now()

    @property
    def _key(self) -> str:
        return str(self.caller.idempotency_key)


async def accepted_and_ended(
    request: Request, user: Identity, accept: Callable[[], tuple[Answer, Wait]]
) -> tuple[Answer, Wait]:
    """Submit a job with ``accept`` in a thread, and wait for its end.

    Raises NotTranscribed when the client has gone before.
    """
    # Subscribed before the job is accepted, so that its end cannot be missed.
    async with request.app.state.hub.subscribed(user.user_id, None) as events:
        with in_openai_shape():
            accepted, wait = await run_in_threadpool(accept)
        if not await wait.until_ended(request, events):
            raise NotTranscribed("The client has gone.", code="client_gone")
    return accepted, wait
