"""Direct uploads, the alternative to tus with S3: one PUT from the client to the storage."""

import base64
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, require_scope
from mp4totext.auth.identity import Identity
from mp4totext.jobs.acceptance import OperationsDep
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.kit.http import problems
from mp4totext.kit.storage import PUT_BYTES_MAX
from mp4totext.uploads import service
from mp4totext.uploads.quota import room_for

router = APIRouter(tags=["uploads"])


class PresignedRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, max_length=255)
    size_bytes: int = Field(ge=0)


class PresignedUpload(BaseModel):
    """PUT the file to ``url``, then POST ``upload_id`` to ``/transcriptions/from-upload``."""

    upload_id: str
    method: Literal["PUT"] = "PUT"
    url: str
    expires_at: datetime = Field(description="The PUT must begin before this time.")


@router.post(
    "/api/v1/uploads/presigned",
    status_code=201,
    responses=problems(401, 403, 409, 413, 507),
    dependencies=[rate_limit("expensive")],
    summary="Get a link to PUT a recording directly to the storage",
)
def presigned(
    body: PresignedRequest,
    user: Annotated[Identity, require_scope("transcriptions:write")],
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
            require_room=room_for(runtime, operations, user_id=user.user_id, metered=user.metered),
            direct=True,
        )
    assert upload.direct_key is not None
    url = runtime.storage.signed_put_url(upload.direct_key, expires_s=service.DIRECT_URL_S)
    assert url is not None, "only a local folder has no signed links"
    expires_at = now() + timedelta(seconds=service.DIRECT_URL_S)
    return PresignedUpload(upload_id=upload.id, url=url, expires_at=expires_at)
