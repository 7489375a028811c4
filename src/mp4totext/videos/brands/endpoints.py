"""Routes for brands."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import OperationsDep, PayerWithoutKey, Reader, Writer
from mp4totext.jobs.operation import Operations
from mp4totext.kit.db import DATABASE_AWAY
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.received_files import ReceivedUpload
from mp4totext.kit.request_fields import PageDep
from mp4totext.kit.upload import received_upload, upload_body
from mp4totext.runtime import Runtime
from mp4totext.uploads import quota
from mp4totext.videos.brands import service as brands
from mp4totext.videos.brands import uploads
from mp4totext.videos.brands.branding import CLIP_MS_MAX, PICTURE_MS, ClipPlace
from mp4totext.videos.brands.schemas import BrandChange, BrandOut, NewBrand
from mp4totext.videos.brands.uploads import BrandFileName, StoredFile
from mp4totext.videos.models import Brand
from mp4totext.videos.storyboard import BRAND_ID

router = APIRouter(prefix="/api/v1/brands", tags=["brands"])

_UPLOAD_PROBLEMS = problems(400, 401, 403, 404, 413, 415, 507)
BrandId = Annotated[str, Path(pattern=BRAND_ID, description="ID of a brand.")]


@router.get("", responses=problems(401, 403), summary="List your brands, newest first")
def list_brands(user: Reader, session: ReadSession, page: PageDep) -> Page[BrandOut]:
    rows, cursor = fetch_page(session, brands.owned(user.user_id), by=Brand.id, page=page)
    return Page(items=[brands.out(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    responses=problems(401, 403, 404, 409),
    summary="Create a brand: colours and a logo for videos",
)
def make_brand(body: NewBrand, user: Writer, session: WriteSession) -> BrandOut:
    return brands.out(brands.make(session, user.user_id, body))


@router.get("/{brand_id}", responses=problems(401, 403, 404), summary="Get a brand")
def get_brand(brand_id: BrandId, user: Reader, session: ReadSession) -> BrandOut:
    return brands.out(brands.get(session, user_id=user.user_id, brand_id=brand_id))


@router.patch(
    "/{brand_id}",
    responses=problems(401, 403, 404),
    summary="Change a brand; it applies to videos rendered from now on",
)
def change_brand(
    brand_id: BrandId, body: BrandChange, user: Writer, session: WriteSession
) -> BrandOut:
    brand = brands.get(session, user_id=user.user_id, brand_id=brand_id)
    brands.change(session, brand, body)
    return brands.out(brand)


@router.delete(
    "/{brand_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a brand; finished videos do not change",
)
def delete_brand(
    brand_id: BrandId, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> None:
    brand = brands.get(session, user_id=user.user_id, brand_id=brand_id)
    brands.remove(session, runtime, brand)


@router.put(
    "/{brand_id}/font",
    responses=_UPLOAD_PROBLEMS,
    openapi_extra=upload_body(),
    dependencies=[rate_limit("expensive")],
    summary="Set a brand's font for captions and cards: TTF or OTF of up to 8 MB",
)
async def put_font(
    brand_id: BrandId,
    request: Request,
    caller: PayerWithoutKey,
    runtime: RuntimeDep,
    operations: OperationsDep,
) -> BrandOut:
    def keep(received: ReceivedUpload) -> StoredFile:
        return uploads.keep_font(runtime, brand_id, received)

    work = partial(_stored, runtime, operations, caller, brand_id, keep)
    return await _received(request, runtime, caller, uploads.FONT_BYTES_MAX, work)


@router.put(
    "/{brand_id}/{place}",
    responses=_UPLOAD_PROBLEMS,
    openapi_extra=upload_body(),
    dependencies=[rate_limit("expensive")],
    summary="Set a brand's intro or outro: a picture, or a video of up to ten seconds",
)
async def put_clip(
    brand_id: BrandId,
    place: Annotated[
        ClipPlace, Path(description="Position of the clip, before or after the video.")
    ],
    request: Request,
    caller: PayerWithoutKey,
    runtime: RuntimeDep,
    operations: OperationsDep,
    length_ms: Annotated[
        int,
        Query(
            ge=500,
            le=CLIP_MS_MAX,
            description="Duration in milliseconds for which a picture is shown.",
        ),
    ] = PICTURE_MS,
) -> BrandOut:
    def keep(received: ReceivedUpload) -> StoredFile:
        return uploads.keep_clip(runtime, brand_id, place, received, picture_ms=length_ms)

    work = partial(_stored, runtime, operations, caller, brand_id, keep)
    return await _received(request, runtime, caller, uploads.CLIP_BYTES_MAX, work)


@router.delete(
    "/{brand_id}/{file}",
    responses=problems(401, 403, 404),
    summary="Remove a brand's font, intro or outro",
)
def delete_brand_file(
    brand_id: BrandId,
    file: Annotated[BrandFileName, Path(description="File of the brand to remove.")],
    user: Writer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> BrandOut:
    brand = brands.get(session, user_id=user.user_id, brand_id=brand_id)
    uploads.clear(session, runtime, brand, file)
    return brands.out(brand)


async def _received(
    request: Request,
    runtime: Runtime,
    caller: Caller,
    max_bytes: int,
    work: Callable[[ReceivedUpload], BrandOut],
) -> BrandOut:
    state = request.app.state
    async with (
        state.upload_slots.slot(caller.user_id),
        received_upload(
            request,
            folder=runtime.scratch.folder("uploads"),
            max_bytes=max_bytes,
            file_only=True,
        ) as received,
    ):
        brand: BrandOut = await state.submission_slots.run(caller.user_id, partial(work, received))
        return brand


def _stored(
    runtime: Runtime,
    operations: Operations,
    caller: Caller,
    brand_id: str,
    keep: Callable[[ReceivedUpload], StoredFile],
    received: ReceivedUpload,
) -> BrandOut:
    with runtime.database.read() as session:
        brands.get(session, user_id=caller.user_id, brand_id=brand_id)
    stored = keep(received)
    require_space = quota.space_check(
        runtime, operations, user_id=caller.user_id, metered=caller.metered
    )
    try:
        with runtime.database.write() as session:
            brand = brands.get(session, user_id=caller.user_id, brand_id=brand_id)
            uploads.write(session, runtime, brand, stored, require_space)
            return brands.out(brand)
    except DATABASE_AWAY:
        raise  # perhaps it was committed, and the brand needs the file
    except BaseException:
        uploads.discard(runtime, stored)
        raise
