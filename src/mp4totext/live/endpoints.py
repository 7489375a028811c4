"""The WebSocket of live transcription: receives audio and sends words."""

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
from mp4totext.kit.validation import sentence_of
from mp4totext.live import service
from mp4totext.live.connection import LiveConnection, receive_message
from mp4totext.live.errors import NoFirstMessage
from mp4totext.live.opening import start_session
from mp4totext.live.schemas import First, Resume, Start
from mp4totext.runtime import Runtime

router = APIRouter(prefix="/api/v1", tags=["live"])


@router.websocket("/live")
async def live(
    socket: WebSocket, ticket: Annotated[str | None, Query(max_length=200)] = None
) -> None:
    """Transcribe audio as it arrives. docs/api.md describes the messages."""
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
            return await start_session(socket, runtime, user, start)
        case Resume() as resume:
            return await run_in_threadpool(service.resume, runtime, user, resume)


def _parse_first(message: str | bytes) -> Start | Resume:
    if isinstance(message, bytes):
        raise Invalid("The first message must be text: start or resume.")
    try:
        return First.validate_json(message)
    except ValidationError as error:
        raise Invalid(sentence_of(error.errors())) from error
