"""Stored objects over HTTP: byte ranges, ETags and file names (RFC 9110 and 6266)."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from mp4totext.kit.conditional import lists
from mp4totext.kit.errors import AppError, NotFound, Unavailable
from mp4totext.kit.http import problem_response
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, Storage, StorageUnavailable

CHECK_EVERY_S = 2.0

_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,100})-([0-9]{0,100})", re.IGNORECASE | re.ASCII)
# What not every client reads correctly in a quoted file name.
_QUOTED_SAFE = re.compile(r"[^ !#-\[\]-~]|%")

log = get_logger()


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``end`` is exclusive."""

    start: int
    end: int


class RangeNotSatisfiable(AppError):
    """The range contains no byte of the object."""

    status, code = 416, "range_not_satisfiable"


def parse_range(header: str | None, *, size: int) -> ByteRange | None:
    """The requested range; None if the whole object is to be sent.

    A malformed header and several ranges at once are ignored, as RFC 9110 section 14.2 allows.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise RangeNotSatisfiable(values={"size": size})
        return ByteRange(size - length, size)
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None  # invalid, so ignored (RFC 9110, 14.1.1)
    if start >= size:
        raise RangeNotSatisfiable(values={"size": size})
    return ByteRange(start, end)


def ranged_response(
    storage: Storage,
    key: str,
    *,
    size: int,
    media_type: str,
    filename: str,
    request: Request,
    inline: bool = False,
    may_go_on: Callable[[], bool] | None = None,
) -> Response:
    """The response to GET and HEAD for an object that never changes under its key.

    Blocks until the first bytes are fetched: call it from a ``def`` endpoint. Raises AppError 404
    or 503 before anything is sent. The route must declare 206, 304 and 416 beside 200.

    ``may_go_on`` is asked every CHECK_EVERY_S while the body is sent; False cuts it off.
    """
    etag = f'"{hashlib.sha256(f"{key}:{size}".encode()).hexdigest()[:32]}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition(filename, inline=inline),
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if lists(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(size)}, media_type=media_type)
    try:
        part = parse_range(_valid_range(request, etag), size=size)
    except RangeNotSatisfiable as error:
        return problem_response(
            request,
            error,
            headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        )
    sent_range = part or ByteRange(0, size)
    headers["Content-Length"] = str(sent_range.end - sent_range.start)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    chunks = _started(storage, key, sent_range)
    return _Body(
        chunks if may_go_on is None else _while_allowed(chunks, may_go_on),
        status_code=200 if part is None else 206,
        headers=headers,
        media_type=media_type,
    )


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """RFC 6266: an ASCII name for old clients and, if that differs, the exact name."""
    kind = "inline" if inline else "attachment"
    plain = _QUOTED_SAFE.sub("_", filename)
    value = f'{kind}; filename="{plain}"'
    if plain != filename or plain != plain.strip():  # parsers drop spaces at the ends
        exact = quote(filename.encode("utf-8", errors="replace"), safe="")
        value += f"; filename*=UTF-8''{exact}"
    return value


def _valid_range(request: Request, etag: str) -> str | None:
    """The range. None, the whole object, if If-Range has another ETag, or a date: none is sent."""
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != etag:
        return None
    return request.headers.get("range")


class _CutOff(Exception):
    """The body must not be sent any further."""


class _Body(StreamingResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except _CutOff:  # the server closes the connection, as the body is not complete
            log.info("request.cut_off", path=scope["path"])


def _while_allowed(chunks: Iterator[bytes], may_go_on: Callable[[], bool]) -> Iterator[bytes]:
    checked_at = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - checked_at >= CHECK_EVERY_S:
            if not may_go_on():
                raise _CutOff
            checked_at = time.monotonic()
        yield chunk


def _started(storage: Storage, key: str, part: ByteRange) -> Iterator[bytes]:
    """Fetch the first bytes now, so that a missing object is a 404 and not a truncated body."""
    chunks = storage.stream(key, start=part.start, end=part.end)
    try:
        first = next(chunks, b"")
    except ObjectMissing as e:
        raise NotFound("The file no longer exists.") from e
    except StorageUnavailable as e:
        raise Unavailable(
            "The storage does not answer. Try again in a few seconds.", retry_after_s=5
        ) from e
    return chain((first,), chunks)
