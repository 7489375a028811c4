"""Stores the body of a PATCH in parts, and keeps the received ones when the connection breaks."""

import base64
import hmac
from asyncio import CancelledError
from contextlib import suppress
from dataclasses import dataclass

from anyio import CancelScope
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mp4totext.kit.errors import AppError, Invalid, Unavailable
from mp4totext.kit.received_files import disk_errors
from mp4totext.kit.request_bodies import declared_bytes
from mp4totext.kit.storage import StorageUnavailable
from mp4totext.kit.upload import BodyFile, UploadCut, request_body
from mp4totext.runtime import Runtime
from mp4totext.uploads import service
from mp4totext.uploads.service import Writer

PART_BYTES = 32 << 20  # the most that is lost, and sent again, when a process is killed
CHECKSUM_ALGORITHMS = ("sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes


class ChecksumMismatch(AppError):
    status, code = 460, "checksum_mismatch"


def parse_checksum(header: str | None) -> Checksum | None:
    """Parse an Upload-Checksum header, such as ``sha256 base64``. Raises AppError 400."""
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except ValueError:  # binascii.Error, or letters beyond ASCII
        digest = b""
    if algorithm not in CHECKSUM_ALGORITHMS or not digest:
        raise AppError(
            f"Upload-Checksum needs one of {', '.join(CHECKSUM_ALGORITHMS)} and a base 64 digest.",
            code="bad_checksum",
        )
    return Checksum(algorithm, digest)


async def append_body(
    request: Request, runtime: Runtime, writer: Writer, *, checksum: Checksum | None
) -> int:
    """Append the body and return the new offset. With a checksum, all of it counts or none.

    Raises AppError 409, 413, 460, 503 or 507, and UploadCut after keeping what has arrived.
    """
    declared = declared_bytes(request)
    if (declared or 0) > writer.length - writer.offset:
        raise _overrun(writer)
    smallest = runtime.settings.ingest.upload_part_bytes_min
    if declared is not None and _is_too_small(declared, writer, smallest):
        raise _too_small(smallest)
    parts = _Parts(runtime, writer, checksum)
    try:
        async for chunk in request_body(request):
            await parts.take(chunk)
        await parts.close()
    except (UploadCut, CancelledError):
        if checksum is None:
            # An error here has no client to go to, and a cancellation must not be replaced by it.
            with CancelScope(shield=True), suppress(AppError):
                await parts.close()
        raise
    finally:
        with CancelScope(shield=True):
            await parts.discard()
    return parts.writer.offset


class _Parts:
    """The parts of one body: each becomes an object and a row before the next is opened."""

    def __init__(self, runtime: Runtime, writer: Writer, checksum: Checksum | None) -> None:
        self.writer = writer
        self._runtime = runtime
        self._checksum = checksum
        self._open: BodyFile | None = None

    async def take(self, chunk: bytes) -> None:
        if not chunk:
            return
        if self._open is None:
            self._open = BodyFile(
                self._runtime.scratch.folder("uploads"),
                max_bytes=self.writer.length,
                algorithm=self._checksum.algorithm if self._checksum else "sha256",
            )
            await run_in_threadpool(self._open.open)
        if self._open.size + len(chunk) > self.writer.length - self.writer.offset:
            raise _overrun(self.writer)
        await self._open.write(chunk)
        if self._checksum is None and self._open.size >= PART_BYTES:
            await self.close()

    async def close(self) -> None:
        if self._open is None:
            return
        part = self._open
        smallest = self._runtime.settings.ingest.upload_part_bytes_min
        if _is_too_small(part.size, self.writer, smallest):
            raise _too_small(smallest)
        await run_in_threadpool(part.finish)
        if self._checksum and not hmac.compare_digest(part.hash.digest(), self._checksum.digest):
            raise ChecksumMismatch(
                "The bytes that arrived do not match Upload-Checksum. Send them again."
            )
        self.writer = await run_in_threadpool(_store, self._runtime, self.writer, part)
        await self.discard()

    async def discard(self) -> None:
        if self._open is not None:
            part, self._open = self._open, None
            await run_in_threadpool(part.discard)


def _store(runtime: Runtime, writer: Writer, part: BodyFile) -> Writer:
    with runtime.database.read() as session:
        if not service.is_current_writer(session, writer):
            raise service.taken_over()
    key = service.new_part_key(writer)
    try:
        with disk_errors():
            runtime.storage.adopt(part.path, key)
    except StorageUnavailable as e:
        raise Unavailable(
            "The storage does not answer. Continue the upload in a few seconds.", retry_after_s=5
        ) from e
    with runtime.database.write() as session:
        return service.add_part(session, writer, key=key, size=part.size)


def _is_too_small(size: int, writer: Writer, smallest: int) -> bool:
    """Whether it is neither empty, nor of a useful size, nor the upload's end."""
    return 0 < size < smallest and writer.offset + size < writer.length


def _too_small(smallest: int) -> AppError:
    return Invalid(
        f"A part has at least {smallest} bytes, unless it is the last one. Send larger parts.",
        code="part_too_small",
        smallest_bytes=smallest,
    )


def _overrun(writer: Writer) -> AppError:
    return AppError(
        f"The body goes past the upload's length of {writer.length} bytes.",
        status=413,
        code="past_the_end",
    )
