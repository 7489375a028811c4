"""Limits the bodies of requests that are not uploads: their size, time and JSON.

A body is received completely before a login is looked up or a thread is used, and a large one is
written to disk, so a thousand slow or endless ones use no memory. A response before the end of the
body closes the connection, because the rest would not be read.
"""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mp4totext.kit import strict_json
from mp4totext.kit.errors import AppError, Invalid, Unavailable
from mp4totext.kit.http import problem_response
from mp4totext.kit.validation import shown_path

BODY_BYTES_MAX = 1 << 20
BODY_S = 60  # seconds for the whole body: 17 kB/s for the largest
IN_MEMORY_BYTES = 64 << 10
LARGE_AT_ONCE = 4  # bodies above IN_MEMORY_BYTES that are processed at the same time
LARGE_WAIT_S = 30
# What is still read after an early response, so that a client that sends first and reads later
# gets the response instead of a broken connection.
LINGER_BYTES = 2 * BODY_BYTES_MAX
LINGER_S = 2.0


class BodyTooLarge(AppError):
    status, code = 413, "body_too_large"


class BodyTooSlow(AppError):
    status, code = 408, "body_too_slow"


class Busy(Unavailable):
    code = "busy"


class BodyLimits:
    """``is_upload`` tells by method and path which routes read and limit their body themselves."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_upload: Callable[[str, str], bool],
        max_bytes: int = BODY_BYTES_MAX,
        body_s: float = BODY_S,
        linger_s: float = LINGER_S,
    ) -> None:
        self._app = app
        self._is_upload = is_upload
        self._max_bytes = max_bytes
        self._body_s = body_s
        self._linger_s = linger_s
        self._large = CapacityLimiter(LARGE_AT_ONCE)
        self._disk = CapacityLimiter(LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, linger_s=self._linger_s)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._is_upload(scope["method"], path):
            await self._app(scope, body.receive, body.closing_early(send))
            return
        await self._receive_whole(scope, body, send)

    async def _receive_whole(self, scope: Scope, body: "_Body", send: Send) -> None:
        request = Request(scope)
        send = body.closing_early(send)
        if (declared_bytes(request) or 0) > self._max_bytes:
            await self._too_large(request)(scope, body.receive, send)
            return
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
            size = 0
            try:
                async with asyncio.timeout(self._body_s):
                    while (chunk := await body.next()) is not None:
                        size += len(chunk)
                        if size > self._max_bytes:
                            await self._too_large(request)(scope, body.receive, send)
                            return
                        if size > IN_MEMORY_BYTES:
                            await to_thread.run_sync(file.write, chunk, limiter=self._disk)
                        else:
                            file.write(chunk)
            except TimeoutError:
                error = BodyTooSlow(values={"seconds": f"{self._body_s:g}"})
                await problem_response(request, error)(scope, body.receive, send)
                return
            if body.is_cut:
                return  # the client has gone and would not read a response
            if size > IN_MEMORY_BYTES:
                await self._work_on_large(scope, body, file, send)
                return
            file.seek(0)
            content = file.read()
        await self._work(scope, body, content, send)

    async def _work_on_large(
        self, scope: Scope, body: "_Body", file: "tempfile.SpooledTemporaryFile[bytes]", send: Send
    ) -> None:
        """A few at a time, as a megabyte of JSON needs ten megabytes of memory."""
        try:
            async with asyncio.timeout(LARGE_WAIT_S):
                await self._large.acquire_on_behalf_of(body)
        except TimeoutError:
            busy = problem_response(Request(scope), Busy(retry_after_s=5))
            await busy(scope, body.receive, send)
            return
        try:
            file.seek(0)
            content = await to_thread.run_sync(file.read, limiter=self._disk)
            await self._work(scope, body, content, send)
        finally:
            self._large.release_on_behalf_of(body)

    async def _work(self, scope: Scope, body: "_Body", content: bytes, send: Send) -> None:
        request = Request(scope)
        if _is_json(request) and content:
            try:
                if len(content) > IN_MEMORY_BYTES:
                    await to_thread.run_sync(strict_json.loads, content, limiter=self._disk)
                else:
                    strict_json.loads(content)
            except strict_json.UnacceptableJson as error:
                await unacceptable(request, error)(scope, body.receive, send)
                return
            except json.JSONDecodeError:
                pass  # the route's own validation reports it, with its position
        await self._app(scope, body.replaying(content), send)

    def _too_large(self, request: Request) -> Response:
        limit_bytes = self._max_bytes
        error = BodyTooLarge(values={"limit_bytes": limit_bytes}, limit_bytes=limit_bytes)
        return problem_response(request, error)


class _Body:
    """Receives the body of one request."""

    def __init__(self, receive: Receive, *, linger_s: float) -> None:
        self._receive = receive
        self._linger_s = linger_s
        self.has_ended = False
        self.is_cut = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.has_ended = self.has_ended or not message.get("more_body", False)
        elif message["type"] == "http.disconnect":
            self.is_cut = not self.has_ended
            self.has_ended = True
        return message

    async def next(self) -> bytes | None:
        """The next piece; None after the last one, or if the client has gone."""
        if self.has_ended:
            return None
        message = await self.receive()
        return None if self.is_cut else message.get("body", b"")

    def replaying(self, content: bytes) -> Receive:
        """The application's ``receive``: the whole body at once, then the client's messages."""
        was_delivered = False

        async def receive() -> Message:
            nonlocal was_delivered
            if was_delivered:
                return await self._receive()
            was_delivered = True
            return {"type": "http.request", "body": content, "more_body": False}

        return receive

    def closing_early(self, send: Send) -> Send:
        """Close the connection after a response that did not wait for the whole body."""
        early = False

        async def send_and_close(message: Message) -> None:
            nonlocal early
            if message["type"] == "http.response.start" and not self.has_ended:
                early = True
                headers = [pair for pair in message.get("headers", []) if pair[0] != b"connection"]
                message = {**message, "headers": [*headers, (b"connection", b"close")]}
            if early and message["type"] == "http.response.body" and not message.get("more_body"):
                await send({**message, "more_body": True})
                await self._linger()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return send_and_close

    async def _linger(self) -> None:
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._linger_s):
                while size < LINGER_BYTES and (chunk := await self.next()) is not None:
                    size += len(chunk)


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    given = dict(headers)
    return b"transfer-encoding" in given or given.get(b"content-length", b"0") != b"0"


def declared_bytes(request: Request) -> int | None:
    """The Content-Length that the client sent, by which a body is refused early."""
    text = request.headers.get("content-length", "")
    # Twenty digits are far above any limit, and int() of a long text takes quadratic time.
    return int(text[:20]) if text.isascii() and text.isdigit() else None


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def unacceptable(request: Request, error: strict_json.UnacceptableJson) -> Response:
    where = shown_path(("body", error.where) if error.where else ("body",))
    errors = [{"where": where, "message": error.why}]
    return problem_response(request, Invalid(f"{where}: {error.why}", errors=errors))
