"""Routes of tus 1.0.0 (https://tus.io/protocols/resumable-upload), with the EXTENSIONS below."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import OperationsDep, Writer
from mp4totext.kit.errors import AppError
from mp4totext.kit.http import problems
from mp4totext.runtime import Runtime
from mp4totext.uploads import service
from mp4totext.uploads.models import Upload
from mp4totext.uploads.quota import space_check
from mp4totext.uploads.receive import CHECKSUM_ALGORITHMS, append_body, parse_checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
BODY_TYPE = "application/offset+octet-stream"
_PATH = "/api/v1/uploads"

Result = TypeVar("Result")


class TusRoute(APIRoute):
    """Adds the protocol's version to every answer, problems too, as tus requires."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_versioned(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"tus-resumable", VERSION.encode()),
                ]
            await send(message)

        await super().handle(scope, receive, send_versioned)


def _same_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        raise HTTPException(
            412, f"Send the header Tus-Resumable: {VERSION}.", headers={"Tus-Version": VERSION}
        )


router = APIRouter(tags=["uploads"], route_class=TusRoute)
UploadId = Annotated[str, Path(pattern=r"^upl_[0-9a-z]{26}$")]
_versioned = Depends(_same_version)


@router.options(
    _PATH,
    status_code=204,
    responses=problems(),
    summary="Get the tus version, extensions and limits",
)
def options(runtime: RuntimeDep, response: Response) -> None:
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(runtime.settings.ingest.max_upload_bytes)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUM_ALGORITHMS)


@router.post(
    _PATH,
    status_code=201,
    responses=problems(400, 401, 403, 409, 412, 413, 415, 460, 507),
    dependencies=[_versioned, rate_limit("expensive")],
    summary="Start a resumable upload, optionally with its first bytes in the body",
)
async def create(
    request: Request,
    response: Response,
    runtime: RuntimeDep,
    operations: OperationsDep,
    user: Writer,
) -> None:
    length = _number(request, "Upload-Length")
    checksum = parse_checksum(request.headers.get("upload-checksum"))
    has_body = request.headers.get("content-type") == BODY_TYPE
    upload = await _in_write_transaction(
        runtime,
        lambda session: service.create(
            session,
            user_id=user.user_id,
            length=length,
            metadata_header=request.headers.get("upload-metadata", ""),
            max_bytes=runtime.settings.ingest.max_upload_bytes,
            require_space=space_check(
                runtime, operations, user_id=user.user_id, metered=user.metered
            ),
        ),
    )
    prefix = str(request.scope.get("root_path", "")).rstrip("/")
    response.headers["Location"] = f"{prefix}{_PATH}/{upload.id}"
    response.headers["Upload-Expires"] = _expires(upload)
    if has_body:
        writer = await _in_write_transaction(
            runtime,
            lambda session: service.begin_write(
                session, user_id=user.user_id, upload_id=upload.id, offset=0
            ),
        )
        offset = await append_body(request, runtime, writer, checksum=checksum)
        response.headers["Upload-Offset"] = str(offset)


@router.head(
    _PATH + "/{upload_id}",
    responses=problems(401, 403, 404, 412),
    dependencies=[_versioned],
    summary="Get the offset of a resumable upload",
)
def head(upload_id: UploadId, response: Response, runtime: RuntimeDep, user: Writer) -> None:
    with runtime.database.read() as session:
        upload = service.owned(session, user_id=user.user_id, upload_id=upload_id)
    response.headers["Upload-Offset"] = str(upload.offset_bytes)
    response.headers["Upload-Length"] = str(upload.length_bytes)
    if upload.metadata_header:
        response.headers["Upload-Metadata"] = upload.metadata_header
    response.headers["Upload-Expires"] = _expires(upload)


@router.patch(
    _PATH + "/{upload_id}",
    status_code=204,
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 460, 507),
    dependencies=[_versioned],
    summary="Append to a resumable upload at its offset",
)
async def append(
    upload_id: UploadId, request: Request, response: Response, runtime: RuntimeDep, user: Writer
) -> None:
    if request.headers.get("content-type") != BODY_TYPE:
        raise AppError(f"Send the bytes as {BODY_TYPE}.", status=415, code="not_an_upload")
    start = _number(request, "Upload-Offset")
    checksum = parse_checksum(request.headers.get("upload-checksum"))
    writer = await _in_write_transaction(
        runtime,
        lambda session: service.begin_write(
            session, user_id=user.user_id, upload_id=upload_id, offset=start
        ),
    )
    offset = await append_body(request, runtime, writer, checksum=checksum)
    response.headers["Upload-Offset"] = str(offset)
    upload = await _in_read_transaction(
        runtime,
        lambda session: service.owned(session, user_id=user.user_id, upload_id=upload_id),
    )
    response.headers["Upload-Expires"] = _expires(upload)


@router.delete(
    _PATH + "/{upload_id}",
    status_code=204,
    responses=problems(401, 403, 404, 412),
    dependencies=[_versioned],
    summary="Cancel a resumable upload and delete its bytes",
)
def remove(upload_id: UploadId, runtime: RuntimeDep, user: Writer) -> None:
    with runtime.database.write() as session:
        service.end(session, runtime.storage, user_id=user.user_id, upload_id=upload_id)


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise AppError(f"The header {header} must be a number of bytes.", code="bad_header")
    return int(text)


def _expires(upload: Upload) -> str:
    return format_datetime(upload.expires_at, usegmt=True)


async def _in_write_transaction(runtime: Runtime, action: Callable[[Session], Result]) -> Result:
    """A short transaction in a thread: these endpoints are async only to read the body."""

    def run() -> Result:
        with runtime.database.write() as session:
            return action(session)

    return await run_in_threadpool(run)


async def _in_read_transaction(runtime: Runtime, action: Callable[[Session], Result]) -> Result:
    def run() -> Result:
        with runtime.database.read() as session:
            return action(session)

    return await run_in_threadpool(run)
