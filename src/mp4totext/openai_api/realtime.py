"""OpenAI's Realtime transcription API, which translates to and from live sessions."""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.identity import Identity
from mp4totext.auth.sockets import accepted, run_while_allowed
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.errors import AppError
from mp4totext.kit.ids import new_id
from mp4totext.kit.validation import message_of
from mp4totext.live import service
from mp4totext.live.connection import LiveConnection
from mp4totext.live.errors import NoFirstMessage, Replaced
from mp4totext.live.opening import start_session
from mp4totext.live.schemas import Start
from mp4totext.media.raw_audio import RawAudio, RawCodec
from mp4totext.openai_api.client_secrets import session_of
from mp4totext.openai_api.names import AUTO
from mp4totext.openai_api.realtime_events import Json, Utterances, error_event, event
from mp4totext.openai_api.realtime_schemas import (
    CLIENT_EVENT,
    Append,
    Clear,
    ClientEvent,
    Commit,
    Session,
    SessionUpdate,
    is_live_model,
    language_of,
    live_models,
    session_out,
)
from mp4totext.runtime import Runtime

SUBPROTOCOL = "realtime"
KEY_SUBPROTOCOL = "openai-insecure-api-key."  # browsers cannot send headers with a socket
PIECE_BYTES = 64_000  # two seconds
COMMIT_SILENCE = bytes(32_000)  # a second: an utterance ends after half of one
CLEAR = '{"type": "clear"}'  # of the live socket
_CODECS: dict[str, tuple[RawCodec, int]] = {
    "audio/pcm": ("pcm_s16le", 24_000),
    "audio/pcmu": ("pcm_mulaw", 8_000),
    "audio/pcma": ("pcm_alaw", 8_000),
}

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@router.websocket("/realtime")
async def realtime(
    socket: WebSocket,
    model: Annotated[str | None, Query(max_length=200)] = None,
    intent: Annotated[str | None, Query(max_length=40)] = None,  # noqa: ARG001  there is one
) -> None:
    """Transcribe audio as it arrives, for clients of OpenAI's Realtime API."""
    runtime: Runtime = socket.app.state.runtime
    offered = socket.scope.get("subprotocols", [])
    credential = _credential(socket, offered)
    user = await accepted(
        socket,
        runtime,
        None,
        scope="transcriptions:write",
        credential=credential,
        subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None,
    )
    if user is None:
        return
    channel = RealtimeSocket(socket, session_of(credential))

    async def converse(is_over: Callable[[], bool]) -> None:
        await channel.begin(model)
        await _transcribe(channel, socket, runtime, user, is_over=is_over)

    try:
        await run_while_allowed(socket, user, converse)
    except AppError as error:
        await channel.close_with(error.message, error.code)
    except DATABASE_AWAY:
        await channel.close_with(
            "The database does not answer. Try again in a few seconds.", "database_unavailable"
        )
    except WebSocketDisconnect:
        pass  # how a session of this protocol ends


async def _transcribe(
    channel: "RealtimeSocket",
    socket: WebSocket,
    runtime: Runtime,
    user: Identity,
    *,
    is_over: Callable[[], bool],
) -> None:
    """Open a live session when the first audio arrives, and end it with the connection."""
    idle_s = runtime.settings.live.live_idle_s
    try:
        async with asyncio.timeout(idle_s):
            await channel.wait_for_audio()
    except TimeoutError as error:
        raise NoFirstMessage(f"No audio arrived for {idle_s} seconds.") from error
    start = Start(type="start", language=language_of(channel.session))
    opened = await start_session(socket, runtime, user, start)
    connection = LiveConnection(channel, runtime, opened, user_id=user.user_id, is_over=is_over)
    try:
        await connection.run()
    finally:
        with suppress(Replaced, *DATABASE_AWAY):  # then the session ends as an idle one
            await run_in_threadpool(service.store_audio, runtime, opened, b"", ended=True)


def _credential(socket: WebSocket, offered: list[str]) -> str | None:
    scheme, _, credential = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential:
        return credential.strip()
    keys = [name for name in offered if name.startswith(KEY_SUBPROTOCOL)]
    return keys[0].removeprefix(KEY_SUBPROTOCOL) if keys else None


class RealtimeSocket:
    """Translates between a WebSocket in OpenAI's format and a LiveConnection."""

    def __init__(self, socket: WebSocket, session: Session) -> None:
        self._socket = socket
        self.session = session
        self._id = new_id("sess")
        self._audio: RawAudio | None = None
        self._messages: deque[Json] = deque()  # for the live session: 16 kHz samples, clears
        self._audio_bytes = 0  # of these samples, from the start
        self._clears: deque[int] = deque()  # the bytes before each clear that is not answered yet
        self._cleared_bytes = 0  # before the last clear that is answered
        self._uncommitted = False
        self._utterances = Utterances()
        self._utterances.with_logprobs = bool(session.include)

    @property
    def app(self) -> Any:  # a FastAPI
        return self._socket.app

    async def begin(self, model: str | None) -> None:
        if model is not None and not is_live_model(model):
            await self._refuse_model(model, None)
        await self._send(event("session.created", session=session_out(self.session, self._id)))

    async def wait_for_audio(self) -> None:
        """Handle events until audio has arrived. Raises WebSocketDisconnect."""
        while not self._messages:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            await self._handle_message(message)

    # The methods of LiveSocket, which a LiveConnection calls.

    async def receive(self) -> MutableMapping[str, Any]:
        while not self._messages:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return message
            await self._handle_message(message)
        return {"type": "websocket.receive", **self._messages.popleft()}

    async def send_json(self, data: Any) -> None:  # a message of the live socket
        for translated in self._utterances.translated(data):
            await self._send(translated)
        if data["type"] == "live_cleared":
            self._cleared_bytes = data["bytes"]
            while self._clears and self._clears[0] <= self._cleared_bytes:
                self._clears.popleft()
                await self._send(event("input_audio_buffer.cleared"))

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code)

    async def close_with(self, message: str, code: str) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # either side may have closed it
            await self._send(error_event(message, code=code))
            await self._socket.close(1011)

    # Events of the client.

    async def _handle_message(self, message: MutableMapping[str, Any]) -> None:
        """Handle one event of the client. An invalid one gets an error; the session continues."""
        try:
            client_event = CLIENT_EVENT.validate_json(message.get("text") or "")
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"][1:])
            text = f"{where}: {message_of(first)}" if where else message_of(first)
            await self._send(error_event(text, code="invalid_value", param=where or None))
            return
        await self._handle(client_event)

    async def _handle(self, client_event: ClientEvent) -> None:
        match client_event:
            case SessionUpdate():
                await self._update(client_event)
            case Append():
                await self._append(client_event)
            case Commit() if not self._uncommitted:
                await self._send(
                    error_event(
                        "There is no audio since the last commit.",
                        code="input_audio_buffer_commit_empty",
                        of=client_event.event_id,
                    )
                )
            case Commit():
                self._uncommitted = False
                self._pass_on(COMMIT_SILENCE)
            case Clear() if self._audio_bytes == self._cleared_bytes:
                await self._send(event("input_audio_buffer.cleared"))
            case Clear():  # answered when the worker has cleared it
                self._uncommitted = False
                self._clears.append(self._audio_bytes)
                self._messages.append({"text": CLEAR})

    async def _update(self, client_event: SessionUpdate) -> None:
        session = client_event.session
        transcription = session.audio.input.transcription
        if transcription is not None and not is_live_model(transcription.model or AUTO):
            await self._refuse_model(str(transcription.model), client_event.event_id)
            return
        if self._audio is not None and language_of(session) != language_of(self.session):
            await self._send(
                error_event(
                    "The language is set before the first audio. Open another session.",
                    code="invalid_value",
                    param="session.audio.input.transcription.language",
                    of=client_event.event_id,
                )
            )
            return
        self.session = session
        self._utterances.with_logprobs = bool(session.include)
        await self._send(event("session.updated", session=session_out(session, self._id)))

    async def _refuse_model(self, model: str, of: str | None) -> None:
        await self._send(
            error_event(
                f"Live sessions have no model {model!r}. They take: {', '.join(live_models())}.",
                code="model_not_found",
                param="session.audio.input.transcription.model",
                of=of,
            )
        )

    async def _append(self, client_event: Append) -> None:
        try:
            data = base64.b64decode(client_event.audio, validate=True)
        except ValueError:  # binascii.Error, or letters beyond ASCII
            await self._send(
                error_event(
                    "audio is not base64.",
                    code="invalid_value",
                    param="audio",
                    of=client_event.event_id,
                )
            )
            return
        if self._audio is None:
            audio_format = self.session.audio.input.format
            codec, rate = _CODECS[audio_format.type if audio_format else "audio/pcm"]
            self._audio = RawAudio(codec, rate=rate)
        samples = await run_in_threadpool(self._audio.feed, data)
        self._uncommitted = self._uncommitted or bool(samples)
        self._pass_on(samples)

    def _pass_on(self, samples: bytes) -> None:
        self._audio_bytes += len(samples)
        self._messages.extend(
            {"bytes": samples[at : at + PIECE_BYTES]} for at in range(0, len(samples), PIECE_BYTES)
        )

    async def _send(self, body: dict[str, Any]) -> None:  # JSON values
        await self._socket.send_json(body)
