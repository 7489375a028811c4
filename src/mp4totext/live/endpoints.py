"""The live socket: sound in, words out."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import Identity
from mp4totext.auth.sockets import accepted, close_with, run_while_allowed
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.errors import AppError, Invalid, Unavailable
from mp4totext.live import service
from mp4totext.live.connection import Conversation, received
from mp4totext.live.errors import NothingSaid
from mp4totext.live.schemas import First, Resume, Start
from mp4totext.runtime import Runtime

FIRST_MESSAGE_S = 10.0
_ASK_EVERY_S = 0.05

router = APIRouter(prefix="/api/v1", tags=["live"])


@router.websocket("/live")
async def live(
    socket: WebSocket, ticket: Annotated[str | None, Query(max_length=200)] = None
) -> None:
    """Transcribes while somebody speaks. The messages are described in docs/api.md."""
    runtime: Runtime = socket.app.state.runtime
    user = await accepted(socket, runtime, ticket, scope="transcriptions:write")
    if user is None:
        return

    async def talk(is_over: Callable[[], bool]) -> None:
        opened = await _opened(socket, runtime, user)
        conversation = Conversation(socket, runtime, opened, user_id=user.user_id, is_over=is_over)
        await conversation.run()

    try:
        await run_while_allowed(socket, user, talk)
    except AppError as error:
        await close_with(socket, error)
    except DATABASE_AWAY:
        why = "The database does not answer. Resume the session in a few seconds."
        away = Unavailable(why, code="database_unavailable", retry_after_s=5)
        await close_with(socket, away)
    except WebSocketDisconnect:
        pass  # the session waits for the client to come back


async def _opened(socket: WebSocket, runtime: Runtime, user: Identity) -> service.Opened:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_S):
            first = await received(socket)
    except TimeoutError as error:
        raise NothingSaid(
            f"The first message must come within {FIRST_MESSAGE_S:g} seconds."
        ) from error
    match _parsed(first):
        case Start() as wanted:
            runtime.limiter.check("expensive", "user", user.user_id)
            request_id = socket.scope["state"].get("request_id")
            opened = await run_in_threadpool(
                service.start, runtime, user, wanted, request_id=request_id
            )
            await _wait_for_worker(socket, runtime, user, opened)
        case Resume() as wanted:
            opened = await run_in_threadpool(service.resume, runtime, user, wanted)
    return opened


def _parsed(message: str | bytes) -> Start | Resume:
    if isinstance(message, bytes):
        raise Invalid("The first message must be text: start or resume.")
    try:
        return First.validate_json(message)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(part) for part in found["loc"])
        raise Invalid(f"{where or 'message'}: {found['msg']}") from error


async def _wait_for_worker(
    socket: WebSocket, runtime: Runtime, user: Identity, opened: service.Opened
) -> None:
    """Its client is told of a session once a worker has picked it up, and not before."""
    patience_s = runtime.settings.live.live_start_s
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while not await run_in_threadpool(service.is_running, runtime, opened):
        if loop.time() > until:
            operations = socket.app.state.operations
            raise await run_in_threadpool(service.give_up, runtime, operations, user, opened)
        await asyncio.sleep(_ASK_EVERY_S)
