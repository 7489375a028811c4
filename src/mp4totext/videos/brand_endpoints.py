"""Routes for brands."""

from typing import Annotated

from fastapi import APIRouter, Path

from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, PageDep, fetch_page
from mp4totext.videos import brands
from mp4totext.videos.endpoints import Reader, Writer
from mp4totext.videos.models import Brand
from mp4totext.videos.schemas import BrandChange, BrandOut, NewBrand
from mp4totext.videos.storyboard import BRAND_ID

router = APIRouter(prefix="/api/v1/brands", tags=["brands"])

BrandId = Annotated[str, Path(pattern=BRAND_ID, description="A brand's id.")]


@router.get("", responses=problems(401, 403), summary="Your brands, newest first")
def list_brands(user: Reader, session: ReadSession, page: PageDep) -> Page[BrandOut]:
    rows, cursor = fetch_page(session, brands.owned(user.user_id), by=Brand.id, page=page)
    return Page(items=[brands.out(row) for row in rows], next_cursor=cursor)


@router.post(
    "",
    status_code=201,
    responses=problems(401, 403, 404, 409),
    summary="Make a brand: colours and a logo for videos",
)
def make_brand(body: NewBrand, user: Writer, session: WriteSession) -> BrandOut:
    return brands.out(brands.make(session, user.user_id, body))


@router.get("/{brand_id}", responses=problems(401, 403, 404), summary="A brand")
def get_brand(brand_id: BrandId, user: Reader, session: ReadSession) -> BrandOut:
    return brands.out(brands.get(session, user_id=user.user_id, brand_id=brand_id))


@router.patch(
    "/{brand_id}",
    responses=problems(401, 403, 404),
    summary="Change a brand; videos that are rendered from now on show it",
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
    summary="Delete a brand; videos that are made stay as they are",
)
def delete_brand(brand_id: BrandId, user: Writer, session: WriteSession) -> None:
    brands.remove(session, brands.get(session, user_id=user.user_id, brand_id=brand_id))
