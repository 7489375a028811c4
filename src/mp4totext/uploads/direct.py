"""Direct uploads, the alternative to tus with S3: one PUT from the client to the storage."""

import base64
from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import OperationsDep, Writer
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.kit.http import problems
from mp4totext.kit.storage import PUT_BYTES_MAX
from mp4totext.uploads import service
from mp4totext.uploads.quota import space_check

router = APIRouter(tags=["uploads"])


class PresignedRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, max_length=255)
    size_bytes: int = Field(ge=0)
    content_type: str = Field(
        "application/octet-stream",
        max_length=100,
        pattern=r"^(audio|video)/[A-Za-z0-9.+-]+$|^application/(octet-stream|ogg|mp4|mxf)$",
        description="Content-Type of the upload. The storage service refuses any other.",
    )


class PresignedUpload(BaseModel):
    """PUT the file to ``url`` with ``headers``, then POST ``upload_id`` to
    ``/transcriptions/from-upload``.
    """

    upload_id: str
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str] = Field(
        description="Headers to send with the PUT request. They are signed: the storage service "
        "refuses a file of another length or type."
    )
    expires_at: datetime = Field(description="Time before which the PUT request must begin.")


@router.post(
    "/api/v1/uploads/presigned",
    status_code=201,
    responses=problems(401, 403, 409, 413, 507),
    dependencies=[rate_limit("expensive")],
    summary="Get a link to PUT a recording directly to the storage",
)
def presigned(
    body: PresignedRequest,
    user: Writer,
    runtime: RuntimeDep,
    operations: OperationsDep,
) -> PresignedUpload:
    if runtime.storage.is_local:
        raise WrongState(
            "This service keeps media in a folder, so clients cannot send to its storage. Use the "
            "resumable upload: POST /api/v1/uploads.",
            code="no_direct_uploads",
        )
    name = base64.b64encode(body.filename.encode()).decode()
    with runtime.database.write() as session:
        upload = service.create(
            session,
            user_id=user.user_id,
            length=body.size_bytes,
            metadata_header=f"filename {name}",
            max_bytes=min(runtime.settings.ingest.max_upload_bytes, PUT_BYTES_MAX),
            require_space=space_check(
                runtime, operations, user_id=user.user_id, metered=user.metered
            ),
            direct=True,
        )
    assert upload.direct_key is not None
    put = runtime.storage.signed_put(
        upload.direct_key,
        size_bytes=body.size_bytes,
        media_type=body.content_type,
        expires_s=service.DIRECT_URL_S,
    )
    assert put is not None, "only a local folder has no signed links"
    expires_at = now() + timedelta(seconds=service.DIRECT_URL_S)
    return PresignedUpload(
        upload_id=upload.id, url=put.url, headers=put.headers, expires_at=expires_at
    )
