"""Lets a request wait for its job, and handles clients that time out and retry.

A retried request (same account, API key, file and options) joins the running job, or gets the
result that was not delivered yet. If a client disconnects and does not retry within ``keep_s``, its
job is cancelled and costs nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import Identity
from mp4totext.events.hub import Subscription
from mp4totext.jobs import queries as job_queries
from mp4totext.jobs import service as jobs
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import caller_of
from mp4totext.jobs.failure import message_of
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.kit import idempotency
from mp4totext.kit.clock import now
from mp4totext.kit.log import get_logger
from mp4totext.kit.tasks import ended
from mp4totext.openai_api.refusals import NoResult, in_openai_shape
from mp4totext.runtime import Runtime

LOOK_EVERY_S = 2.0  # interval of checks for a disconnected client and for a lost event
KEEP_S = 180.0  # OpenAI's clients retry within 8 s; people and job queues within minutes
RESULT_KEPT = timedelta(minutes=10)  # for a retry, if the job ended while no client waited

Answer = TypeVar("Answer")

log = get_logger()


class Waits:
    """The waiting requests of one API process.

    Retries find their job in the database, so any process can serve them.
    """

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
        """The caller with an idempotency key that is equal for retries of a request.

        It is the client's own key, or a hash of ``identity``. Blocks for the database.
        """
        if key is not None:
            return caller_of(request, user, key)
        repeat_key = f"repeat:{idempotency.fingerprint(user.key_id, *identity)}"
        caller = caller_of(request, user, repeat_key)
        self._forget_ended(caller)
        return caller

    def _forget_ended(self, caller: Caller) -> None:
        """Forget an earlier request if its job failed or its result is older than RESULT_KEPT."""
        owner, key = caller.user_id, str(caller.idempotency_key)
        with self.runtime.database.write() as session:
            row = idempotency.stored_answer(session, owner=owner, key=key)
            if row is None:
                return
            job = session.get(Job, row.answer["task_id"])
            is_over = job is None or job.state in (JobState.FAILED, JobState.CANCELLED)
            is_old = job is not None and job.state in ENDED and row.created_at < now() - RESULT_KEPT
            if is_over or is_old:
                idempotency.forget_answer(session, owner=owner, key=key)
            else:
                row.created_at = now()  # prevents the cancellation for the earlier client

    def cancel_later(self, wait: "Wait") -> None:
        task = asyncio.get_running_loop().create_task(self._cancel(wait, now()))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _cancel(self, wait: "Wait", left_at: datetime) -> None:
        await asyncio.sleep(self.keep_s)
        await run_in_threadpool(wait.cancel_unless_retried, left_at)


@dataclass(kw_only=True)
class Wait:
    """A request that waits for its job."""

    waits: Waits
    caller: Caller
    job_id: str
    key_made_here: bool  # the client sent no idempotency key
    _renewed_at: float = field(default_factory=time.monotonic)

    async def has_ended(self, events: Subscription) -> bool:
        """Wait for the job's next event, at most ``look_every_s``; return whether it has ended."""
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
        """Wait for the end of the job. Returns False if the client disconnects before."""
        while not await self.has_ended(events):
            if await request.is_disconnected():
                self.client_left()
                return False
        return True

    def client_left(self) -> None:
        """The client has disconnected: cancel the job later, unless the request is retried."""
        log.info("openai.client_left", job_id=self.job_id, keep_s=self.waits.keep_s)
        self.waits.cancel_later(self)

    def delivered(self) -> None:
        """The answer was delivered, so that an equal request is a new one. Blocks."""
        if not self.key_made_here:
            return
        with self.waits.runtime.database.write() as session:
            idempotency.forget_answer(session, owner=self.caller.user_id, key=self._key)

    def is_over(self) -> bool:
        with self.waits.runtime.database.read() as session:
            return session.get_one(Job, self.job_id).state in ENDED

    def cancel_unless_retried(self, left_at: datetime) -> None:
        with self.waits.runtime.database.write() as session:
            row = idempotency.stored_answer(session, owner=self.caller.user_id, key=self._key)
            if row is None or row.created_at > left_at:
                return
            jobs.cancel_unless_ended(session, session.get_one(Job, self.job_id))

    def _renew(self) -> None:
        with self.waits.runtime.database.write() as session:
            row = idempotency.stored_answer(session, owner=self.caller.user_id, key=self._key)
            if row is not None:
                row.created_at = now()

    @property
    def _key(self) -> str:
        return str(self.caller.idempotency_key)


def succeeded_job(session: Session, user: Identity, job_id: str) -> Job:
    """A job that has ended. Raises NoResult if it failed."""
    job = job_queries.get(session, user_id=user.user_id, job_id=job_id)
    if job.state != JobState.SUCCEEDED:
        raise NoResult(message_of(job) or "It failed.", code=job.error_code)
    return job


async def accepted_and_ended(
    request: Request, user: Identity, accept: Callable[[], tuple[Answer, Wait]]
) -> tuple[Answer, Wait]:
    """Submit a job with ``accept`` in a thread and wait for its end.

    Raises NoResult if the client disconnects before.
    """
    # Subscribed before the job is accepted, so that its end cannot be missed.
    async with request.app.state.hub.subscribed(user.user_id, None) as events:
        with in_openai_shape():
            accepted, wait = await run_in_threadpool(accept)
        if not await wait.until_ended(request, events):
            raise NoResult("The client has gone.", code="client_gone")
    return accepted, wait
