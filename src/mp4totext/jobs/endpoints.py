"""Routes for jobs, and the event streams over SSE and WebSocket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, WebSocket
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from mp4totext.auth.dependencies import LoginUser, RuntimeDep, reads
from mp4totext.auth.errors import TooManyStreams
from mp4totext.auth.identity import Identity
from mp4totext.auth.sockets import (
    accepted,
    close_with_error,
    run_while_allowed,
    stream_while_allowed,
)
from mp4totext.events import log as event_log
from mp4totext.events.hub import Hub, Subscription
from mp4totext.jobs import queries, service
from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.dependencies import JobCaller, JobReader, JobWriter, OperationsDep
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.jobs.schemas import SUMMARY_COLUMNS, JobOut, WebhookSecret, event_out, job_out
from mp4totext.jobs.webhooks import signing_secret
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.kit.tasks import ended
from mp4totext.runtime import Runtime

SEQ_MAX = 2**53  # the largest integer that JavaScript represents exactly

router = APIRouter(prefix="/api/v1", tags=["jobs"])

Id = Annotated[str, Path(pattern=r"^job_[0-9a-z]{26}$")]


@router.get("/jobs", responses=problems(401, 403), summary="List your jobs, newest first")
@reads("jobs:read")
def list_jobs(
    session: Session, user: Identity, page: PageDep, state: JobState | None = None
) -> Page[JobOut]:
    statement = queries.owned(user.user_id).options(*SUMMARY_COLUMNS)
    if state is not None:
        statement = statement.where(Job.state == state)
    rows, cursor = fetch_page(session, statement, by=Job.id, page=page)
    return Page(items=[job_out(row) for row in rows], next_cursor=cursor)


@router.get("/jobs/{job_id}", responses=problems(401, 403, 404), summary="Get a job")
@reads("jobs:read")
def get_job(session: Session, user: Identity, job_id: Id) -> JobOut:
    return job_out(queries.get(session, user_id=user.user_id, job_id=job_id))


@router.post(
    "/jobs/{job_id}/cancel",
    responses=problems(401, 403, 404, 409),
    summary="Cancel a job and release its hold",
)
def cancel_job(job_id: Id, user: JobWriter, session: WriteSession) -> JobOut:
    job = queries.get(session, user_id=user.user_id, job_id=job_id)
    return job_out(service.cancel(session, job))


@router.post(
    "/jobs/{job_id}/retry",
    status_code=202,
    responses=problems(401, 402, 403, 404, 409),
    summary="Retry a failed or cancelled job from where it stopped",
)
def retry_job(
    job_id: Id, caller: JobCaller, operations: OperationsDep, session: WriteSession
) -> JobOut:
    def make() -> JobOut:
        job = queries.get(session, user_id=caller.user_id, job_id=job_id)
        return job_out(service.retry(session, job, operations))

    return accept(session, caller, ("retry", job_id), JobOut, make)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses=problems(401, 403, 404)
    | {
        200: {"description": "Server-sent events", "content": {"text/event-stream": {}}},
        204: {"description": "The job has ended and every event was sent: do not reconnect"},
    },
    summary="Stream a job's progress as server-sent events until it ends",
)
def job_events(
    job_id: Id,
    request: Request,
    user: JobReader,
    session: ReadSession,
    last_event_id: Annotated[int, Header(alias="Last-Event-ID", ge=0, le=SEQ_MAX)] = 0,
) -> Response:
    job = queries.get(session, user_id=user.user_id, job_id=job_id)
    first, last = event_log.seqs_of_job(session, job.id)
    if job.state in ENDED and last_event_id >= last:
        return Response(status_code=204)
    # Skip the user's earlier events, of which there may be many.
    since = max(last_event_id, first - 1)
    state = request.app.state

    state.watch.require_space(user)

    def events(is_over: Callable[[], bool]) -> AsyncGenerator[str]:
        return _job_stream(state.hub, state.runtime, job, since, is_over=is_over)

    stream = stream_while_allowed(state.watch, user, events)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _job_stream(
    hub: Hub,
    runtime: Runtime,
    job: Job,
    since: int,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[str]:
    """Server-sent events of one job after ``since``, until its last one."""
    keepalive_s = runtime.settings.app.stream_keepalive_s
    async with hub.subscribed(job.user_id, since, is_over=is_over) as subscription:
        while True:
            event = await _next(subscription, keepalive_s)
            if event == "silent":
                yield ": keepalive\n\n"
                # A slow client may have missed the last event, or it was deleted.
                last = await run_in_threadpool(_last_seq_if_ended, runtime, job)
                if last is not None and subscription.seq >= last and subscription.waiting.empty():
                    return
                continue
            if event == "resync":
                yield "event: resync\ndata: {}\n\n"
                continue
            if event["job_id"] != job.id:
                continue
            data = json.dumps(event, ensure_ascii=False)
            yield f"id: {event['seq']}\nevent: {event['type']}\ndata: {data}\n\n"
            if event["type"] in ("job_complete", "error"):
                return


def _last_seq_if_ended(runtime: Runtime, job: Job) -> int | None:
    """The sequence number of an ended job's last event; None while the job is active."""
    with runtime.database.read() as session:
        if session.get_one(Job, job.id).state not in ENDED:
            return None
        return event_log.seqs_of_job(session, job.id)[1]


async def _next(subscription: Subscription, keepalive_s: float) -> Any:
    """An event, ``"silent"`` or ``"resync"``."""
    try:
        async with asyncio.timeout(keepalive_s):
            event = await subscription.take()
    except TimeoutError:
        await asyncio.sleep(0)  # on Python 3.11 tracers lose the callers of an interrupted await
        return "silent"
    return "resync" if event is None else event_out(event)


@router.get(
    "/webhook-secret",
    responses=problems(401, 403),
    summary="Get the secret that signs your webhooks",
)
def webhook_secret(user: LoginUser, runtime: RuntimeDep) -> WebhookSecret:
    return WebhookSecret(secret=signing_secret(runtime.settings.secret_key, user.user_id))


@router.websocket("/ws")
async def live(
    socket: WebSocket,
    ticket: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[int | None, Query(ge=0, le=SEQ_MAX)] = None,
) -> None:
    """All events of the user. ``since`` replays those after a sequence number."""
    runtime: Runtime = socket.app.state.runtime
    hub: Hub = socket.app.state.hub
    user = await accepted(socket, runtime, ticket, scope="jobs:read")
    if user is None:
        return

    async def follow(is_over: Callable[[], bool]) -> None:
        async with hub.subscribed(user.user_id, since, is_over=is_over) as subscription:
            sending = asyncio.create_task(
                _send(socket, subscription, runtime.settings.app.stream_keepalive_s)
            )
            try:
                await _receive(socket)
            finally:
                await ended(sending)

    try:
        await run_while_allowed(socket, user, follow)
    except TooManyStreams as error:
        await close_with_error(socket, error)


async def _receive(socket: WebSocket) -> None:
    """Receive until the client disconnects. Clients send only keepalives, as text."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") is None:
            await socket.close(1003, "this socket takes text only")
            return


async def _send(socket: WebSocket, subscription: Subscription, keepalive_s: float) -> None:
    while True:
        event = await _next(subscription, keepalive_s)
        if event == "silent":
            await socket.send_json({"type": "ping"})
        elif event == "resync":
            await socket.send_json({"type": "resync"})
        else:
            await socket.send_json(event)
