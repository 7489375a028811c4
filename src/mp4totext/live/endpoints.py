"""The WebSocket of live transcription: audio in, words out."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import Identity
from mp4totext.auth.sockets import accepted, close_with_error, run_while_allowed
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.errors import AppError, Invalid, Unavailable
from mp4totext.live import service
from mp4totext.live.connection import LiveConnection, receive_message
from mp4totext.live.errors import NoFirstMessage
from mp4totext.live.schemas import First, Resume, Start
from mp4totext.runtime import Runtime

_POLL_S = 0.05

router = APIRouter(prefix="/api/v1", tags=["live"])


@router.websocket("/live")
async def live(
    socket: WebSocket, ticket: Annotated[str | None, Query(max_length=200)] = None
) -> None:
    """Transcribe while somebody speaks. docs/api.md describes the messages."""
    runtime: Runtime = socket.app.state.runtime
    user = await accepted(socket, runtime, ticket, scope="transcriptions:write")
    if user is None:
        return

    async def converse(is_over: Callable[[], bool]) -> None:
        opened = await _open(socket, runtime, user)
        connection = LiveConnection(socket, runtime, opened, user_id=user.user_id, is_over=is_over)
        await connection.run()

    try:
        await run_while_allowed(socket, user, converse)
    except AppError as error:
        await close_with_error(socket, error)
    except DATABASE_AWAY:
        unavailable = Unavailable(
            "The database does not answer. Resume the session in a few seconds.",
            code="database_unavailable",
            retry_after_s=5,
        )
        await close_with_error(socket, unavailable)
    except WebSocketDisconnect:
        pass  # the session stays open for a while, so the client can resume it


async def _open(socket: WebSocket, runtime: Runtime, user: Identity) -> service.Opened:
    within_s = runtime.settings.live.live_first_message_s
    try:
        async with asyncio.timeout(within_s):
            message = await receive_message(socket)
    except TimeoutError as error:
        raise NoFirstMessage(
            f"The first message must arrive within {within_s:g} seconds."
        ) from error
    match _parse_first(message):
        case Start() as start:
            runtime.limiter.check("expensive", "user", user.user_id)
            request_id = socket.scope["state"].get("request_id")
            operations = socket.app.state.operations
            opened = await run_in_threadpool(
                service.start, runtime, operations, user, start, request_id=request_id
            )
            await _wait_for_worker(socket, runtime, user, opened)
        case Resume() as resume:
            opened = await run_in_threadpool(service.resume, runtime, user, resume)
    return opened


def _parse_first(message: str | bytes) -> Start | Resume:
    if isinstance(message, bytes):
        raise Invalid("The first message must be text: start or resume.")
    try:
        return First.validate_json(message)
    except ValidationError as error:
        details = error.errors()[0]
        field = ".".join(str(part) for part in details["loc"])
        raise Invalid(f"{field or 'message'}: {details['msg']}") from error


async def _wait_for_worker(
    socket: WebSocket, runtime: Runtime, user: Identity, opened: service.Opened
) -> None:
    """Wait until a worker has loaded its engine, so that the client speaks to somebody.

    Raises NoLiveWorker after LIVE_START_S; the session is then removed.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + runtime.settings.live.live_start_s
    while not await run_in_threadpool(service.is_running, runtime, opened):
        if loop.time() > deadline:
            operations = socket.app.state.operations
            raise await run_in_threadpool(
                service.remove_unclaimed, runtime, operations, user, opened
            )
        await asyncio.sleep(_POLL_S)
