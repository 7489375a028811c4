"""Brands: colours and a logo under one name, which storyboards use by its id.

Each function works in its caller's transaction.
"""

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from mp4totext.images import queries as images
from mp4totext.images.errors import ImageNotFound
from mp4totext.kit.clock import now
from mp4totext.kit.db import lock_name
from mp4totext.kit.errors import WrongState
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.videos.brands import uploads
from mp4totext.videos.brands.branding import Branding
from mp4totext.videos.brands.schemas import BrandChange, BrandOut, NewBrand
from mp4totext.videos.errors import BrandNotFound, PictureMissing
from mp4totext.videos.models import Brand, Video
from mp4totext.videos.storyboard import BrandColours, Logo, Storyboard

BRANDS_MAX = 50


def owned(user_id: str) -> Select[Brand]:
    return select(Brand).where(Brand.user_id == user_id)


def get(session: Session, *, user_id: str, brand_id: str) -> Brand:
    """Raises BrandNotFound."""
    brand = session.scalar(owned(user_id).where(Brand.id == brand_id))
    if brand is None:
        raise BrandNotFound(brand_id)
    return brand


def make(session: Session, user_id: str, body: NewBrand) -> Brand:
    """Raises ImageNotFound, or WrongState where there are enough."""
    lock_name(session, f"brands of {user_id}")
    count = session.scalar(select(func.count()).where(Brand.user_id == user_id)) or 0
    if count >= BRANDS_MAX:
        raise WrongState(f"You have {count} brands, which is the limit. Delete one first.")
    brand = Brand(id=new_id("brd"), user_id=user_id, created_at=now())
    _set(session, brand, body)
    session.add(brand)
    session.flush()
    return brand


def change(session: Session, brand: Brand, body: BrandChange) -> None:
    """Fields that are not set stay as they are. Raises ImageNotFound."""
    current = out(brand).model_dump(include=set(NewBrand.model_fields))
    named = body.model_dump(exclude_unset=True)
    _set(session, brand, NewBrand.model_validate({**current, **named}))


def remove(session: Session, runtime: Runtime, brand: Brand) -> None:
    """Finished videos keep their look; storyboards that use the brand need another one."""
    uploads.remove_all(session, runtime, brand)
    session.execute(delete(Brand).where(Brand.id == brand.id))


def remove_all(session: Session, runtime: Runtime, user_id: str) -> None:
    """Delete the brands of an account that is erased."""
    for brand in session.scalars(owned(user_id)).all():
        remove(session, runtime, brand)


def out(brand: Brand) -> BrandOut:
    return BrandOut.model_validate(brand, from_attributes=True)


def changed_since(session: Session, video: Video, board: Storyboard) -> bool:
    """Whether the video's brand has changed since the video was made."""
    brand_id, made_at = board.look.brand_id, video.finished_at
    if brand_id is None or made_at is None:
        return False
    return get(session, user_id=video.user_id, brand_id=brand_id).updated_at > made_at


def applied(session: Session, user_id: str, board: Storyboard) -> Storyboard:
    """The storyboard, completed with the values of its brand.

    Raises BrandNotFound, or PictureMissing where the brand's logo was deleted.
    """
    if board.look.brand_id is None:
        return board
    brand = out(get(session, user_id=user_id, brand_id=board.look.brand_id))
    look = board.look
    if brand.logo is not None and not _is_there(session, user_id, brand.logo):
        raise PictureMissing(
            f"The logo of the brand {brand.name!r} is deleted. Give the brand another picture."
        )
    given: dict[str, BrandColours | Logo | None] = {
        "colours": look.colours or brand.colours,
        "logo": look.logo or brand.logo,
    }
    return board.model_copy(update={"look": look.model_copy(update=given)})


def branding_of(
    session: Session, user_id: str, board: Storyboard, *, ordered: bool = False
) -> Branding:
    """The font, intro and outro of a storyboard's brand. Raises BrandNotFound.

    ``ordered``: a job needs the files, so that nobody can replace or delete them until the
    transaction ends.
    """
    if board.look.brand_id is None:
        return Branding()
    brand = get(session, user_id=user_id, brand_id=board.look.brand_id)
    if ordered:
        session.refresh(brand, with_for_update={"read": True})
    return Branding.model_validate({"font": brand.font, "intro": brand.intro, "outro": brand.outro})


def _set(session: Session, brand: Brand, body: NewBrand) -> None:
    if body.logo is not None and not _is_there(session, brand.user_id, body.logo):
        raise ImageNotFound(body.logo.image_id)
    values = body.model_dump(mode="json")
    brand.name, brand.colours, brand.logo = values["name"], values["colours"], values["logo"]
    brand.updated_at = now()


def _is_there(session: Session, user_id: str, logo: Logo) -> bool:
    image_ids = {logo.image_id}
    return bool(images.existing(session, user_id=user_id, image_ids=image_ids))
