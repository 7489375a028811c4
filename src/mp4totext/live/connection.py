"""One connection of a live session: what is received is stored, what is heard is sent."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from mp4totext.events.hub import Hub, Subscription
from mp4totext.jobs.schemas import event_out
from mp4totext.kit.errors import Invalid
from mp4totext.kit.tasks import ended
from mp4totext.live import service
from mp4totext.live.errors import MessageTooLarge, Replaced, TooMuchAtOnce
from mp4totext.live.schemas import End
from mp4totext.runtime import Runtime

KEEPALIVE_S = 15.0
STORE_EVERY_S = 0.15
MESSAGE_BYTES_MAX = 1 << 20
MESSAGES_WAITING = 32
AHEAD_S = 120  # a client may be so far ahead of real time: what it recorded without a connection
BYTES_A_SECOND = {"pcm_s16le": 32_000, "ogg_opus": 64_000, "webm_opus": 64_000}  # at most
FAILED = 4500


async def received(socket: WebSocket) -> str | bytes:
    """The next message. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    data: bytes | None = message.get("bytes")
    return data if data is not None else str(message["text"])


class Conversation:
    def __init__(
        self,
        socket: WebSocket,
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
        # None: the client has ended the session.
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue(MESSAGES_WAITING)
        self._adding: asyncio.Future[int | None] | None = None
        self._taken_bytes = 0
        self._began = time.monotonic()

    async def run(self) -> None:
        """Until the job or the connection ends. Raises AppError for a client's mistake."""
        hub: Hub = self._socket.app.state.hub
        if self._opened.all_told:
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
            with suppress(Replaced):  # by the same client, which sends it again there
                await self._store_rest()
            if failures:
                raise failures[0]

    async def _receive(self) -> None:
        while True:
            data = await received(self._socket)
            if isinstance(data, str):
                _refuse_all_but_end(data)
                await self._received.put(None)
            elif self._opened.session.received_bytes is not None:
                self._count(len(data))
                await self._received.put(data)

    def _count(self, size: int) -> None:
        if size > MESSAGE_BYTES_MAX:
            raise MessageTooLarge(
                f"A message may have {MESSAGE_BYTES_MAX} bytes at most, this one has {size}."
            )
        self._taken_bytes += size
        rate = BYTES_A_SECOND[self._opened.format]
        if self._taken_bytes > rate * (AHEAD_S + time.monotonic() - self._began):
            raise TooMuchAtOnce(
                f"More than {AHEAD_S} seconds ahead of real time. Resume later, or upload "
                "recordings to /api/v1/transcriptions.",
                retry_after_s=AHEAD_S // 4,
            )

    async def _store(self) -> None:
        """What came together is one row, so a second of sound is a few commits."""
        while True:
            first = await self._received.get()
            received = await self._add([first, *self._waiting()])
            if received is not None:
                await self._socket.send_json({"type": "received", "bytes": received})
            await asyncio.sleep(STORE_EVERY_S)

    def _waiting(self) -> list[bytes | None]:
        found = []
        while not self._received.empty():
            found.append(self._received.get_nowait())
        return found

    async def _add(self, pieces: list[bytes | None]) -> int | None:
        data = b"".join(piece for piece in pieces if piece is not None)
        adding = run_in_threadpool(
            service.add, self._runtime, self._opened, data, ended=None in pieces
        )
        self._adding = asyncio.ensure_future(adding)
        return await asyncio.shield(self._adding)  # a thread cannot be cancelled

    async def _store_rest(self) -> None:
        """What had arrived when the connection was cut is not lost, and comes in its order."""
        if self._adding is not None:
            await asyncio.wait([self._adding])
        if pieces := self._waiting():
            await self._add(pieces)

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
        """None for an event of another job."""
        try:
            async with asyncio.timeout(KEEPALIVE_S):  # wait_for may swallow a cancellation
                event = await subscription.take()
        except TimeoutError:
            return {"type": "ping"}
        if event is None:
            return {"type": "resync"}
        return event_out(event) if event.job_id == self._opened.job_id else None


def _refuse_all_but_end(text: str) -> None:
    try:
        End.model_validate_json(text)
    except ValidationError as error:
        raise Invalid(
            'Sound comes as binary messages; the only text is {"type": "end"}.'
        ) from error
