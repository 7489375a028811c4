"""Compresses JSON responses. Streams, media and event streams are not changed."""

import gzip
import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST = 1_024  # bytes; a shorter response fits one packet anyway
_LONG = 65_536  # bytes whose compression would block the event loop for more than a millisecond
_LEVEL = 5  # for packed words level 6 is 1 % smaller and takes 1.4 times as long
_JSON = re.compile(r"application/([\w.-]+\+)?json\b")
_GZIP = re.compile(
    r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<q>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*)?(?=,|$)",
    re.IGNORECASE,
)
_SUFFIX = "-gzip"


class CompressionMiddleware:
    """A strong ETag identifies exact bytes, so a compressed response gets a suffix on its ETag.

    The suffix is removed from requests before routes see it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        tags = headers.get("if-none-match", "")
        if f'{_SUFFIX}"' in tags:
            plain_tags = tags.replace(f'{_SUFFIX}"', '"').encode("latin-1")
            others = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
            scope = {**scope, "headers": [*others, (b"if-none-match", plain_tags)]}
        answer = _Answer(
            send, accepted=accepts_gzip(headers.get("accept-encoding")), had_gzip=_SUFFIX in tags
        )
        await self._app(scope, receive, answer.send)


def accepts_gzip(header: str | None) -> bool:
    match = _GZIP.search(header or "")
    return match is not None and float(match["q"] or 1) > 0


class _Answer:
    """Delays the start of a response until its body shows whether it is complete."""

    def __init__(self, send: Send, *, accepted: bool, had_gzip: bool) -> None:
        self._send, self._accepted, self._had_gzip = send, accepted, had_gzip
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if message["type"] == "http.response.body":
                message = await self._prepared(start, message)
            await self._send(start)
        await self._send(message)

    async def _prepared(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(raw=start.setdefault("headers", []))
        if start["status"] == 304:
            # It must have the ETag that the client stored with the response (RFC 9110, 15.4.5).
            headers.add_vary_header("Accept-Encoding")
            if self._had_gzip and self._accepted:
                _suffix(headers)
            return message
        if not _is_json(start, headers) or message.get("more_body", False):
            return message
        headers.add_vary_header("Accept-Encoding")
        body = message.get("body", b"")
        if not self._accepted or len(body) < SHORTEST:
            return message
        if len(body) > _LONG:
            body = await run_in_threadpool(_compressed, body)
        else:
            body = _compressed(body)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        _suffix(headers)
        return {**message, "body": body}


def _is_json(start: Message, headers: Headers) -> bool:
    # A range consists of bytes of the uncompressed response; compressed bodies are left as they
    # are.
    is_plain = start["status"] != 206 and "content-encoding" not in headers
    return is_plain and _JSON.match(headers.get("content-type", "")) is not None


def _suffix(headers: MutableHeaders) -> None:
    tag = headers.get("etag")
    if tag is not None and tag.startswith('"'):
        headers["ETag"] = f'{tag[:-1]}{_SUFFIX}"'


def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
