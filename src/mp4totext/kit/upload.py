"""Writes request bodies of any size to a temporary file with constant memory, and hashes them.

Bytes are counted as they arrive; Content-Length only serves to refuse a body earlier.
"""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO
from urllib.parse import unquote

from anyio import CancelScope
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from multipart import MultipartError, PushMultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from mp4totext.kit.errors import AppError, Invalid
from mp4totext.kit.form_names import header_text, part_filename
from mp4totext.kit.ids import new_id
from mp4totext.kit.received_files import (
    ReceivedUpload,
    StorageFull,
    disk_errors,
    display_name,
    too_large,
)
from mp4totext.kit.request_bodies import declared_bytes

BATCH_BYTES = 1 << 20
STALL_S = 120  # seconds without a byte, after which the client counts as gone
# The lowest average speed, against clients that send single bytes to keep a connection open. An
# upload may fall behind it by STALL_S in total.
BYTES_A_SECOND_MIN = 4_096
PROGRESS_EVERY_S = 1.0
FIELDS_MAX = 64
FIELD_BYTES_MAX = 64 << 10
FORM_OVERHEAD_BYTES = 1 << 20  # boundaries, headers and text fields in addition to the file
LARGE_FIELDS_MAX = 4  # fields of the longest kind that fit in addition to the file

_BINARY = {"type": "string", "format": "binary"}
_SUFFIX = ".upload"
_NO_LARGE_FIELDS: Mapping[str, int] = MappingProxyType({})

Progress = Callable[[int, int | None], None]


_FILENAME = {
    "name": "filename",
    "in": "query",
    "description": "Name of the file, if the body is the file.",
    "schema": {"type": "string"},
}


def upload_body(**fields: dict[str, Any]) -> dict[str, Any]:
    """The body of a route that accepts one file, for OpenAPI; ``fields`` of the form beside it."""
    form: dict[str, Any] = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": _BINARY, **fields},
    }
    if not fields:
        form["additionalProperties"] = False
    content = {
        "multipart/form-data": {"schema": form},
        "application/octet-stream": {"schema": _BINARY},
    }
    return {"requestBody": {"required": True, "content": content}, "parameters": [_FILENAME]}


class UploadCut(AppError):
    """The client closed the connection or stopped sending, so it will not read this response."""

    status, code = 400, "upload_cut"


@asynccontextmanager
async def received_upload(
    request: Request,
    *,
    folder: Path,
    max_bytes: int,
    on_progress: Progress | None = None,
    stall_s: float = STALL_S,
    repeatable: frozenset[str] = frozenset(),
    large: Mapping[str, int] = _NO_LARGE_FIELDS,
    file_only: bool = False,
) -> AsyncIterator[ReceivedUpload]:
    """Receive a multipart form with one file, or a body that is the file, into ``folder``.

    Fields are those of the form and of the query; the form has precedence. A field may be repeated
    if its name ends with ``[]`` or is in ``repeatable``, and be longer than others if ``large`` has
    its name with the limit in bytes. The file is deleted after the block unless the block moved it.
    ``on_progress`` is called in a worker thread with (bytes received, total bytes or None), at most
    once a second and at the end. ``file_only`` refuses text fields, for routes that read none.
    Raises AppError: 413 too large, 415 not a file, 422 malformed or empty, 507 disk full.
    """
    total = declared_bytes(request)
    target = BodyFile(folder, max_bytes=max_bytes)
    target.on_progress, target.total = on_progress, total
    form = _Form(repeatable, large)
    try:
        _refuse_early(folder, total=total, max_bytes=max_bytes, form=form)
        await run_in_threadpool(target.open)
        filename, lists = await _receive(request, target, form, stall_s=stall_s)
        await run_in_threadpool(target.finish)
        if file_only and form.lists:
            raise RequestValidationError(
                [{"type": "extra_forbidden", "loc": (name,)} for name in form.lists]
            )
        if target.size == 0:
            raise Invalid("The file is empty. Choose another.", code="empty_file")
        yield ReceivedUpload(
            path=target.path,
            filename=filename,
            sha256=target.hash.hexdigest(),
            size_bytes=target.size,
            fields={name: ",".join(values) for name, values in lists.items()},
            lists={name: tuple(values) for name, values in lists.items()},
        )
    finally:
        # Even if the request is cancelled. In a thread, as deleting 2 GB takes 0.5 s.
        with CancelScope(shield=True):
            await run_in_threadpool(target.discard)


class BodyFile:
    """A file written in a thread, so that the event loop never waits for a disk.

    ``open``, ``finish`` and ``discard`` block. ``discard`` must be called at the end in every case.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int,
        algorithm: str = "sha256",
        progress_every_s: float = PROGRESS_EVERY_S,
    ) -> None:
        self.path = folder / f"{new_id('up')}{_SUFFIX}"
        self.max_bytes = max_bytes
        self.size = 0
        self.hash = hashlib.new(algorithm)
        self.on_progress: Progress | None = None
        self.total: int | None = None
        self._progress_every_s = progress_every_s
        self._batch = bytearray()
        self._file: BinaryIO | None = None
        self._reported_at = time.monotonic()

    def open(self) -> None:
        with disk_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb", buffering=0)

    async def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.max_bytes:
            raise too_large(self.max_bytes)
        self._batch += data
        if len(self._batch) >= BATCH_BYTES:
            await run_in_threadpool(self._flush)

    def _flush(self) -> None:
        assert self._file is not None
        with disk_errors():
            unwritten = memoryview(self._batch)
            while unwritten:  # an unbuffered write may be incomplete
                unwritten = unwritten[self._file.write(unwritten) :]
        unwritten.release()
        self.hash.update(self._batch)
        self._batch = bytearray()
        if self.on_progress and time.monotonic() - self._reported_at >= self._progress_every_s:
            self._reported_at = time.monotonic()
            self.on_progress(self.size, self.total)

    def finish(self) -> None:
        """Flush to disk, so that an accepted upload survives a power failure."""
        assert self._file is not None
        self._flush()
        with disk_errors():
            os.fsync(self._file.fileno())
            self._file.close()
        if self.on_progress:
            self.on_progress(self.size, self.total)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


def _refuse_early(folder: Path, *, total: int | None, max_bytes: int, form: "_Form") -> None:
    if total is None:
        return
    if total > max_bytes + form.overhead_bytes:
        raise too_large(max_bytes)
    existing = next((f for f in (folder, *folder.parents) if f.is_dir()), None)
    if existing is not None and shutil.disk_usage(existing).free < total:
        raise StorageFull(
            f"The server has no room for {total} bytes now. Try again later, or tell whoever "
            "runs this service."
        )


async def _receive(
    request: Request, target: BodyFile, form: "_Form", *, stall_s: float
) -> tuple[str, dict[str, list[str]]]:
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    body = request_body(request, stall_s=stall_s)
    query = {name: [value] for name, value in request.query_params.items() if name != "filename"}
    if content_type == "multipart/form-data":
        name, lists = await _receive_form(body, target, form, boundary=options.get("boundary", ""))
        return _raw_name(request) if "filename" in request.query_params else name, query | lists
    if content_type.startswith("multipart/") or content_type == "application/json":
        raise AppError(
            f"A body of type {content_type} is not a recording. Send the file itself, or a "
            "multipart/form-data form with a file.",
            status=415,
            code="not_a_file",
        )
    async for chunk in body:
        await target.write(chunk)
    return _raw_name(request), query


async def request_body(request: Request, *, stall_s: float = STALL_S) -> AsyncIterator[bytes]:
    """Pieces of the body. Raises UploadCut if the client has gone, is silent or too slow."""
    stream = request.stream()
    began, received = time.monotonic(), 0
    try:
        while True:
            left_s = stall_s + received / BYTES_A_SECOND_MIN - (time.monotonic() - began)
            async with asyncio.timeout(min(stall_s, max(0, left_s))):
                chunk = await anext(stream, None)
            if chunk is None:
                return
            received += len(chunk)
            yield chunk
    except ClientDisconnect as e:
        raise UploadCut("The connection ended before the whole file had arrived.") from e
    except TimeoutError as e:
        raise UploadCut(
            f"The upload paused for {stall_s:.0f} seconds, or was slower than "
            f"{BYTES_A_SECOND_MIN} bytes a second. Upload the file again.",
            code="upload_stalled",
        ) from e


def _raw_name(request: Request) -> str:
    name = request.query_params.get("filename")
    if name is None:  # headers are bytes: percent-encoded by browsers, often plain UTF-8 by tools
        header = request.headers.get("x-filename", "")
        name = unquote(header.encode("latin-1").decode("utf-8", errors="replace"))
    return display_name(name)


async def _receive_form(
    body: AsyncIterator[bytes], target: BodyFile, form: "_Form", *, boundary: str
) -> tuple[str, dict[str, list[str]]]:
    received = 0
    try:
        parser = PushMultipartParser(
            boundary, max_segment_count=FIELDS_MAX + 1, header_charset="latin-1"
        )
        with parser:
            async for chunk in body:
                received += len(chunk)
                if received > target.max_bytes + form.overhead_bytes:
                    raise too_large(target.max_bytes)
                for event in parser.parse(chunk) if chunk else ():
                    data = form.take(event)
                    if data:
                        await target.write(data)
    except MultipartError as e:
        raise Invalid(
            f"The form cannot be read: {e}. Send it as multipart/form-data.", code="malformed_form"
        ) from e
    if form.filename is None:
        raise Invalid(
            "The form has no file. Send the recording as a file part, for example "
            "`curl -F file=@talk.mp4`.",
            code="file_missing",
        )
    return display_name(form.filename), form.lists


def _is_sound(content_type: str) -> bool:
    return content_type.startswith(("audio/", "video/", "application/octet-stream"))


class _Form:
    """Handles the parser's events: returns bytes of the file and collects the text fields."""

    def __init__(self, repeatable: frozenset[str], large: Mapping[str, int]) -> None:
        self.filename: str | None = None
        self.lists: dict[str, list[str]] = {}
        self.overhead_bytes = FORM_OVERHEAD_BYTES + LARGE_FIELDS_MAX * max(
            large.values(), default=0
        )
        self._repeatable = repeatable
        self._large = large
        self._kept_bytes = 0
        self._field: str | None = None  # None while in the file's part
        self._text = bytearray()

    def take(self, event: object) -> bytes | None:
        """The bytes of the file in an event, or None."""
        if isinstance(event, bytes | bytearray):
            if self._field is None:
                return bytes(event)
            self._add_text(event)
        elif event is None:
            self._end_part()
        else:
            self._start_part(event)
        return None

    def _start_part(self, part: Any) -> None:  # a MultipartSegment
        name, plain = header_text(part.name), part.filename
        disposition = header_text(part.header("Content-Disposition"))
        filename = part_filename(disposition, None if plain is None else header_text(plain))
        if filename is None and name == "file" and _is_sound(part.content_type or ""):
            filename = ""  # some programs give none
        if filename is None:
            if name in self.lists and not name.endswith("[]") and name not in self._repeatable:
                raise Invalid(f"The form has the field {name!r} twice.", code="malformed_form")
            self._field = name
            return
        if self.filename is not None:
            raise Invalid("The form has more than one file. Send one.", code="malformed_form")
        self._field, self.filename = None, filename

    def _add_text(self, data: bytes | bytearray) -> None:
        self._text += data
        self._kept_bytes += len(data)
        name = str(self._field).partition("[")[0]  # names of lists: fields[], fields[0]
        bytes_max = self._large.get(name, FIELD_BYTES_MAX)
        if len(self._text) > bytes_max or self._kept_bytes > self.overhead_bytes:
            raise Invalid(
                f"The field {self._field!r} is longer than {bytes_max} bytes.",
                code="malformed_form",
            )

    def _end_part(self) -> None:
        if self._field is None:
            return
        try:
            self.lists.setdefault(self._field, []).append(self._text.decode())
        except UnicodeDecodeError as e:
            raise Invalid(
                f"The field {self._field!r} is not UTF-8 text.", code="malformed_form"
            ) from e
        self._field, self._text = None, bytearray()
