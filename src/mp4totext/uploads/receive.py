"""A PATCH body into parts: what arrived is kept, whatever ends the connection."""

import base64
import binascii
import hmac
from asyncio import CancelledError
from contextlib import suppress
from dataclasses import dataclass

from anyio import CancelScope
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mp4totext.kit.errors import AppError, Unavailable
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.kit.upload import BodyFile, UploadCut, declared_length, disk_errors, request_body
from mp4totext.runtime import Runtime
from mp4totext.uploads import service
from mp4totext.uploads.service import Pen

PART_BYTES = 32 << 20  # what a killed process may lose
CHECKSUM_ALGORITHMS = ("sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes


class ChecksumMismatch(AppError):
    status, code = 460, "checksum_mismatch"


def parse_checksum(header: str | None) -> Checksum | None:
    """``sha256 base64``. Raises AppError 400."""
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in CHECKSUM_ALGORITHMS or not digest:
        raise AppError(
            f"Upload-Checksum needs one of {', '.join(CHECKSUM_ALGORITHMS)} and a base 64 digest.",
            code="bad_checksum",
        )
    return Checksum(algorithm, digest)


async def append_body(
    request: Request, runtime: Runtime, pen: Pen, *, checksum: Checksum | None
) -> int:
    """Returns the new offset. With a checksum the body counts whole or not at all.

    Raises AppError 409, 413, 460, 503 or 507, and UploadCut after keeping what came.
    """
    if (declared_length(request) or 0) > pen.length - pen.offset:
        raise _overrun(pen)
    parts = _Parts(runtime, pen, checksum)
    try:
        async for chunk in request_body(request):
            await parts.take(chunk)
        await parts.close()
    except (UploadCut, CancelledError):
        if checksum is None:
            # Kept or not: nobody is there to be told, and a cancellation must go on.
            with CancelScope(shield=True), suppress(AppError):
                await parts.close()
        raise
    finally:
        with CancelScope(shield=True):
            await parts.discard()
    return parts.pen.offset


class _Parts:
    """One open part at a time; each becomes an object and a row before the next begins."""

    def __init__(self, runtime: Runtime, pen: Pen, checksum: Checksum | None) -> None:
        self.pen = pen
        self._runtime = runtime
        self._checksum = checksum
        self._open: BodyFile | None = None

    async def take(self, chunk: bytes) -> None:
        if not chunk:
            return
        if self._open is None:
            self._open = BodyFile(
                self._runtime.scratch.folder("uploads"),
                max_bytes=self.pen.length,
                algorithm=self._checksum.algorithm if self._checksum else "sha256",
            )
            await run_in_threadpool(self._open.open)
        if self._open.size + len(chunk) > self.pen.length - self.pen.offset:
            raise _overrun(self.pen)
        await self._open.write(chunk)
        if self._checksum is None and self._open.size >= PART_BYTES:
            await self.close()

    async def close(self) -> None:
        if self._open is None:
            return
        part = self._open
        await run_in_threadpool(part.finish)
        if self._checksum and not hmac.compare_digest(part.hash.digest(), self._checksum.digest):
            raise ChecksumMismatch("The bytes that came do not match Upload-Checksum; send again.")
        self.pen = await run_in_threadpool(_store, self._runtime, self.pen, part)
        await self.discard()

    async def discard(self) -> None:
        if self._open is not None:
            part, self._open = self._open, None
            await run_in_threadpool(part.discard)


def _store(runtime: Runtime, pen: Pen, part: BodyFile) -> Pen:
    with runtime.database.read() as session:
        if not service.pen_holds(session, pen):
            raise service.fenced_out()
    key = service.new_part_key(pen)
    try:
        with disk_errors():
            runtime.storage.adopt(part.path, key)
    except StorageUnavailable as e:
        raise Unavailable(
            "The storage does not answer. Go on with the upload in a few seconds.", retry_after_s=5
        ) from e
    with runtime.database.write() as session:
        return service.add_part(session, pen, key=key, size=part.size)


def _overrun(pen: Pen) -> AppError:
    return AppError(
        f"The body goes past the upload's length of {pen.length} bytes.",
        status=413,
        code="past_the_end",
    )
