"""Routes for pictures: order, upload, the gallery, and what there is to choose from."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.images import image_events, queries, service
from mp4totext.images.models import StoredPicture
from mp4totext.images.schemas import (
    ImageModelOut,
    ImageOut,
    ImageRequestBody,
    ImagesAccepted,
    PaletteOut,
    StyleOut,
)
from mp4totext.jobs.dependencies import LinksDep, OperationsDep, Payer, Reader, Writer
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.ranges import ranged_response
from mp4totext.kit.request_fields import PageDep
from mp4totext.kit.upload import received_upload, upload_body
from mp4totext.media.stills import MEDIA_TYPES
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.library.schemas import TRANSCRIPTION_ID

router = APIRouter(prefix="/api/v1/images", tags=["images"])

ImageId = Annotated[str, Path(pattern=r"^img_[0-9a-z]{26}$", description="ID of a picture.")]

_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get("/styles", responses=problems(), summary="List the styles of pictures")
def styles() -> list[StyleOut]:
    return service.styles()


@router.get("/palettes", responses=problems(), summary="List the palettes of cards and backgrounds")
def palettes() -> list[PaletteOut]:
    return service.palettes()


@router.get(
    "/models",
    responses=problems(),
    summary="List picture models with their prices, and whether they are ready here",
)
def models(runtime: RuntimeDep, session: ReadSession) -> list[ImageModelOut]:
    return service.models(session, runtime)


@router.post(
    "/generate",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Make one to four pictures; undelivered ones are not billed",
)
def generate(
    body: ImageRequestBody, caller: Payer, runtime: RuntimeDep, session: WriteSession
) -> ImagesAccepted:
    return service.generate(runtime, session, caller, body)


@router.post(
    "",
    status_code=201,
    responses=problems(400, 401, 403, 404, 413, 415, 507),
    openapi_extra=upload_body(),
    dependencies=[rate_limit("expensive")],
    summary="Upload a picture: JPEG, PNG or WebP of up to 40 megapixels",
)
async def upload(
    request: Request,
    caller: Payer,
    runtime: RuntimeDep,
    operations: OperationsDep,
    links: LinksDep,
    transcription_id: Annotated[str | None, Query(pattern=TRANSCRIPTION_ID)] = None,
) -> ImageOut:
    state = request.app.state
    async with (
        state.upload_slots.slot(caller.user_id),
        received_upload(
            request,
            folder=runtime.scratch.folder("uploads"),
            max_bytes=service.UPLOAD_BYTES_MAX,
            file_only=True,
        ) as received,
    ):
        keep = partial(
            service.upload, runtime, operations, links, caller, received, transcription_id
        )
        kept: ImageOut = await state.submission_slots.run(caller.user_id, keep)
        return kept


@router.get("", responses=problems(401, 403), summary="List your pictures, newest first")
def list_images(
    user: Reader, links: LinksDep, session: ReadSession, page: PageDep
) -> Page[ImageOut]:
    rows, cursor = fetch_page(session, queries.listed(user.user_id), by=StoredPicture.id, page=page)
    return Page(items=[service.image_out(links, row) for row in rows], next_cursor=cursor)


@router.get(
    "/transcription/{transcription_id}",
    responses=problems(401, 403, 404),
    summary="List a recording's pictures, newest first",
)
def list_of_recording(
    transcription_id: Id, user: Reader, links: LinksDep, session: ReadSession, page: PageDep
) -> Page[ImageOut]:
    transcriptions.get(session, user_id=user.user_id, transcription_id=transcription_id)
    statement = queries.listed(user.user_id, transcription_id=transcription_id)
    rows, cursor = fetch_page(session, statement, by=StoredPicture.id, page=page)
    return Page(items=[service.image_out(links, row) for row in rows], next_cursor=cursor)


@router.get(
    "/{image_id}", responses=problems(401, 403, 404), summary="Get a picture with its links"
)
def get_image(image_id: ImageId, user: Reader, links: LinksDep, session: ReadSession) -> ImageOut:
    picture = queries.get(session, user_id=user.user_id, image_id=image_id)
    return service.image_out(links, picture)


@router.get(
    "/{image_id}/file",
    response_class=Response,
    responses=problems(401, 403, 404, 416)
    | {
        200: {"description": "A JPEG", "content": {"image/jpeg": _BINARY}},
        206: {"description": "The range asked for", "content": {"image/jpeg": _BINARY}},
        304: {"description": "Unchanged"},
    },
    openapi_extra=ANY_PARAMETERS,
    summary="Get the file of a picture, or its thumbnail if that is wide enough",
)
def image_file(
    image_id: ImageId,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    session: ReadSession,
    w: Annotated[
        int | None,
        Query(ge=1, le=10_000, description="Width in pixels at which the picture is displayed."),
    ] = None,
) -> Response:
    picture = queries.get(session, user_id=user.user_id, image_id=image_id)
    key, size = service.file_of(runtime, picture, shown_width=w)
    return ranged_response(
        runtime.storage,
        key,
        size=size,
        media_type=MEDIA_TYPES["jpeg"],
        filename=f"{image_id}.jpg",
        request=request,
        inline=True,
    )


@router.delete(
    "/{image_id}", status_code=204, responses=problems(401, 403, 404), summary="Delete a picture"
)
def delete_image(
    image_id: ImageId, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> None:
    picture = queries.get(session, user_id=user.user_id, image_id=image_id)
    service.remove(session, runtime, picture)
    image_events.publish(
        session,
        [image_id],
        user_id=user.user_id,
        transcription_id=picture.transcription_id,
        change="deleted",
    )
