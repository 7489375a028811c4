"""Serves stored files by signed links, and counts the storage that an account uses."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from mp4totext.auth import queries as credentials
from mp4totext.auth.dependencies import RuntimeDep, reads
from mp4totext.auth.identity import Identity
from mp4totext.jobs import stored_files
from mp4totext.jobs.dependencies import OperationsDep
from mp4totext.kit.clock import now
from mp4totext.kit.errors import NotFound
from mp4totext.kit.http import ReadSession, problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.ranges import ranged_response
from mp4totext.kit.signed_links import is_signed
from mp4totext.kit.storage import ObjectMissing
from mp4totext.runtime import Runtime
from mp4totext.shares import queries as shares
from mp4totext.uploads import quota
from mp4totext.uploads.quota import StorageUsage

router = APIRouter(prefix="/api/v1", tags=["files"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
Part = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Link(BaseModel):
    """The signed content of a link, as made by ``stored_files.FileLinks``."""

    type: str = Field(max_length=80, description="Media type of the response.")
    filename: str = Field(max_length=255)
    expires: int = Field(
        ge=0, le=2**40, description="Expiry of the link as a Unix timestamp in seconds."
    )
    signature: str = Field(pattern="^[0-9a-f]{64}$")
    share: str | None = Field(
        None, pattern="^shr_[0-9a-z]{26}$", description="ID of the share that the link ends with."
    )
    credential: str | None = Field(
        None,
        pattern="^[a-z]{3}_[0-9a-z]{26}$",
        description="ID of the login, API key or account that the link ends with.",
    )

    @property
    def facts(self) -> dict[str, str]:
        return self.model_dump(exclude={"expires", "signature"}, exclude_none=True)

    def is_open(self, session: Session) -> bool:
        """Whether the share, or the login or key, that it was made for has not ended."""
        if self.share is not None:
            return shares.is_open(session, self.share, now())
        ended_with = self.credential
        return ended_with is None or ended_with in credentials.still_allowed(session, [ended_with])


@router.get("/storage", responses=problems(401, 403), summary="Get the storage used, and its limit")
@reads("transcriptions:read")
def storage(session: Session, user: Identity, request: Request) -> StorageUsage:
    runtime: Runtime = request.app.state.runtime
    return quota.usage(
        session,
        request.app.state.operations,
        user_id=user.user_id,
        quota_bytes=runtime.settings.ingest.storage_bytes_per_user if user.metered else None,
    )


@router.get(
    "/files/{prefix}/{row_id}/{name:path}",
    response_class=Response,
    responses=problems(404, 416)
    | {
        200: {"description": "The file", "content": {"*/*": _BINARY}},
        206: {"description": "The range asked for", "content": {"*/*": _BINARY}},
        304: {"description": "Unchanged"},
    },
    openapi_extra=ANY_PARAMETERS,
    summary="Get a file by a signed link, with range requests; no login is needed",
)
def signed_file(
    prefix: Part,
    row_id: Part,
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9._/-]{1,128}$")],
    request: Request,
    runtime: RuntimeDep,
    operations: OperationsDep,
    session: ReadSession,
    link: Annotated[Link, Query()],
) -> Response:
    key = f"{prefix}/{row_id}/{name}"
    if not is_signed(
        stored_files.link_path(key),
        link.facts,
        secret=runtime.settings.secret_key,
        expires=link.expires,
        signature=link.signature,
    ):
        raise NotFound("The link has expired or was changed. Ask for a new one.")
    gone = NotFound("The file was deleted.")
    if not stored_files.may_be_served(session, operations, prefix=prefix, row_id=row_id):
        raise gone  # also while its object waits for removal
    if not link.is_open(session):
        raise NotFound("The share or login of this link has ended.")

    def may_go_on() -> bool:
        with runtime.database.read() as later:
            return link.is_open(later) and stored_files.may_be_served(
                later, operations, prefix=prefix, row_id=row_id
            )

    try:
        size = runtime.storage.size(key)
    except ObjectMissing as error:
        raise gone from error
    return ranged_response(
        runtime.storage,
        key,
        size=size,
        media_type=link.type,
        filename=link.filename,
        request=request,
        inline=True,
        may_go_on=may_go_on,
    )
