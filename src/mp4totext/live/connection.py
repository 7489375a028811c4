"""One connection of a live session: stores the audio it receives, sends the job's events."""

import asyncio
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any, Protocol

from fastapi import WebSocketDisconnect
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from mp4totext.events.hub import Hub, Subscription
from mp4totext.jobs.schemas import event_out
from mp4totext.kit.errors import Invalid
from mp4totext.kit.tasks import ended
from mp4totext.live import service
from mp4totext.live.errors import MessageTooLarge, Replaced, TooMuchAtOnce
from mp4totext.live.schemas import Clear, End, Later
from mp4totext.runtime import Runtime

STORE_EVERY_S = 0.15  # messages that arrive within this time are stored in one commit
MESSAGE_BYTES_MAX = 1 << 20
TEXT_CHARACTERS_MAX = 10_000  # a megabyte of unknown fields takes half a second to refuse
MESSAGES_WAITING = 32  # messages in memory; the connection is not read while there are this many
AHEAD_S = 120  # how far ahead of real time a client may send what it recorded while disconnected
# 16,000 samples of 2 bytes; Opus takes at most 510 kbit/s (RFC 6716, 2.1.1).
BYTES_PER_SECOND_MAX = {"pcm_s16le": 32_000, "ogg_opus": 64_000, "webm_opus": 64_000}
FAILED = 4500  # the close code when the job failed


class LiveSocket(Protocol):
    """The methods of a WebSocket that a connection uses; adapters convert other formats."""

    @property
    def app(self) -> Any: ...  # a FastAPI

    async def receive(self) -> MutableMapping[str, Any]: ...  # an ASGI message

    async def send_json(self, data: Any) -> None: ...  # JSON values

    async def close(self, code: int = 1000) -> None: ...


async def receive_message(socket: LiveSocket) -> str | bytes:
    """Wait for the next message. Raises WebSocketDisconnect, or MessageTooLarge for a text."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    data: bytes | None = message.get("bytes")
    if data is not None:
        return data
    text = str(message["text"])
    if len(text) > TEXT_CHARACTERS_MAX:
        raise MessageTooLarge(
            f"A text message may have at most {TEXT_CHARACTERS_MAX} characters; this one has "
            f"{len(text)}."
        )
    return text


class LiveConnection:
    """Three tasks on one socket: receive messages, store audio, send events."""

    def __init__(
        self,
        socket: LiveSocket,
        runtime: Runtime,
        opened: service.Opened,
        *,
        user_id: str,
        is_over: Callable[[], bool],
    ) -> None:
        self._socket = socket
        self._runtime = runtime
        self._opened = opened
        self._user_id = user_id
        self._is_over = is_over
        self._incoming: asyncio.Queue[bytes | End | Clear] = asyncio.Queue(MESSAGES_WAITING)
        self._storing: asyncio.Future[int | None] | None = None
        self._received_bytes = 0
        self._began = time.monotonic()

    async def run(self) -> None:
        """Serve until the job or the connection ends. Raises AppError for a client's mistake."""
        hub: Hub = self._socket.app.state.hub
        if self._opened.is_complete:
            await self._socket.send_json(self._opened.session.model_dump())
            await self._socket.close()
            return
        async with hub.subscribed(
            self._user_id, self._opened.since, is_over=self._is_over
        ) as subscription:
            await self._socket.send_json(self._opened.session.model_dump())
            tasks = [
                asyncio.create_task(work)
                for work in (self._receive(), self._store(), self._send(subscription))
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                failures = await ended(*tasks)
            with suppress(Replaced):  # the client's new connection sends this audio again
                await self._store_rest()
            if failures:
                raise failures[0]

    async def _receive(self) -> None:
        while True:
            data = await receive_message(self._socket)
            if isinstance(data, str):
                await self._incoming.put(self._command(data))
            elif self._opened.session.received_bytes is not None:
                self._check_size_and_rate(len(data))
                await self._incoming.put(data)

    def _command(self, text: str) -> End | Clear:
        try:
            command = Later.validate_json(text)
        except ValidationError as error:
            raise Invalid(
                'Send audio as binary messages. Text messages are {"type": "end"} and '
                '{"type": "clear"}.'
            ) from error
        if isinstance(command, Clear) and self._opened.format != "pcm_s16le":
            raise Invalid("Only sessions with the format pcm_s16le can be cleared.")
        return command

    def _check_size_and_rate(self, size: int) -> None:
        if size > MESSAGE_BYTES_MAX:
            raise MessageTooLarge(
                f"A message may have at most {MESSAGE_BYTES_MAX} bytes; this one has {size}."
            )
        self._received_bytes += size
        rate = BYTES_PER_SECOND_MAX[self._opened.format]
        if self._received_bytes > rate * (AHEAD_S + time.monotonic() - self._began):
            raise TooMuchAtOnce(
                f"The audio is more than {AHEAD_S} seconds ahead of real time. Resume later, or "
                "upload recordings to /api/v1/transcriptions.",
                retry_after_s=AHEAD_S // 4,
            )

    async def _store(self) -> None:
        """Store all waiting audio as one row, so that a second of audio takes few commits."""
        while True:
            first = await self._incoming.get()
            stored_bytes = await self._store_chunk([first, *self._waiting()])
            if stored_bytes is not None:
                await self._socket.send_json({"type": "received", "bytes": stored_bytes})
            await asyncio.sleep(STORE_EVERY_S)

    def _waiting(self) -> list[bytes | End | Clear]:
        messages = []
        while not self._incoming.empty():
            messages.append(self._incoming.get_nowait())
        return messages

    async def _store_chunk(self, messages: list[bytes | End | Clear]) -> int | None:
        data, ended, cleared = b"", False, None
        for message in messages:
            match message:
                case End():
                    ended = True
                case Clear():
                    cleared = len(data)
                case _:
                    data += message
        storing = run_in_threadpool(
            service.store_audio, self._runtime, self._opened, data, ended=ended, cleared=cleared
        )
        self._storing = asyncio.ensure_future(storing)
        return await asyncio.shield(self._storing)  # its thread cannot be cancelled

    async def _store_rest(self) -> None:
        """Store, in order, the audio that arrived before the connection was lost."""
        if self._storing is not None:
            await asyncio.wait([self._storing])
        if messages := self._waiting():
            await self._store_chunk(messages)

    async def _send(self, subscription: Subscription) -> None:
        while True:
            message = await self._next(subscription)
            if message is None:
                continue
            await self._socket.send_json(message)
            if message["type"] in ("job_complete", "error"):
                await self._socket.close(code=1000 if message["type"] == "job_complete" else FAILED)
                return

    async def _next(self, subscription: Subscription) -> dict[str, Any] | None:
        """The next message to send; None for an event of another job."""
        try:
            async with asyncio.timeout(self._runtime.settings.app.stream_keepalive_s):
                event = await subscription.take()
        except TimeoutError:
            return {"type": "ping"}
        if event is None:
            return {"type": "resync"}
        return event_out(event) if event.job_id == self._opened.job_id else None
