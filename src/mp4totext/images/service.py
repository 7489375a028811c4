"""Order, upload, show and delete pictures. Each function works in its caller's transaction."""

from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.catalogue import service as catalogue
from mp4totext.credits import prices as price_list
from mp4totext.credits.money import to_credits
from mp4totext.images import files, image_events, queries
from mp4totext.images.errors import ImageNotFound, NotAnImage
from mp4totext.images.models import StoredPicture
from mp4totext.images.operations import GENERATE_IMAGES
from mp4totext.images.orders import ImageParams, plan_request
from mp4totext.images.schemas import (
    ImageKind,
    ImageModelOut,
    ImageOut,
    ImageRequestBody,
    ImagesAccepted,
    PaletteOut,
    StyleOut,
)
from mp4totext.images.styles import STYLES
from mp4totext.jobs.acceptance import accept, accept_without_transaction, remember, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.operation import Operations
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.received_files import ReceivedUpload
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.backgrounds import PALETTES
from mp4totext.media.errors import MediaError
from mp4totext.media.stills import MEDIA_TYPES, THUMBNAIL_LONGEST, read_still, read_transparent
from mp4totext.providers import registry
from mp4totext.providers.image.table import IMAGE
from mp4totext.providers.retirement import verdict
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.uploads import quota

UPLOAD_BYTES_MAX = 40 << 20
TRANSPARENT_PIXELS_MAX = 1280 * 720  # of a logo, which is small in a video

log = get_logger()


class _Uploaded(BaseModel):
    """The stored answer for a repeated request, without links, which expire."""

    image_id: str


def generate(
    runtime: Runtime, session: Session, caller: Caller, body: ImageRequestBody
) -> ImagesAccepted:
    """Raises AppError before anything is held."""
    request = ("images", body.model_dump(mode="json"))
    return accept(
        session, caller, request, ImagesAccepted, lambda: order(runtime, session, caller, body)
    )


def order(
    runtime: Runtime, session: Session, caller: Caller, body: ImageRequestBody
) -> ImagesAccepted:
    """``generate`` within the request of another slice, which handles repeated requests."""
    planned, recording = plan_request(
        session, runtime, caller.user_id, body, prices=price_list.current(session)
    )
    ids = sorted(new_id("img") for _ in range(planned.count))
    job = submit(
        session,
        caller,
        GENERATE_IMAGES,
        ImageParams.of(planned, recording, ids),
        subject_id=body.transcription_id,
        priority=body.priority,
    )
    return ImagesAccepted.of(
        job,
        warnings=planned.warnings,
        id=ids[0],
        image_ids=ids,
        transcription_id=body.transcription_id,
        provider=planned.provider,
        model=planned.model,
        seed=planned.seed,
    )


def upload(
    runtime: Runtime,
    operations: Operations,
    links: FileLinks,
    caller: Caller,
    received: ReceivedUpload,
    transcription_id: str | None,
) -> ImageOut:
    """Decode, rotate and re-encode an upload: only its pixels are kept."""
    request = ("image", received.sha256, transcription_id)

    def make() -> _Uploaded:
        return _stored(runtime, operations, caller, received, transcription_id, request)

    kept = accept_without_transaction(runtime.database, caller, request, _Uploaded, make)
    with runtime.database.read() as session:
        picture = queries.get(session, user_id=caller.user_id, image_id=kept.image_id)
        return image_out(links, picture)


def _stored(
    runtime: Runtime,
    operations: Operations,
    caller: Caller,
    received: ReceivedUpload,
    transcription_id: str | None,
    request: tuple[Any, ...],  # as of ``accept``
) -> _Uploaded:
    try:
        still = read_still(received.path)
        transparent = read_transparent(received.path, pixels_max=TRANSPARENT_PIXELS_MAX)
    except MediaError as error:
        raise NotAnImage(error.message) from error
    with runtime.database.read() as session:
        if transcription_id is not None:
            transcriptions.get(session, user_id=caller.user_id, transcription_id=transcription_id)
    require_space = quota.space_check(
        runtime, operations, user_id=caller.user_id, metered=caller.metered
    )
    image_id = new_id("img")
    kept = files.save(runtime, image_id, still, transparent=transparent)
    picture = _uploaded_row(caller, received, kept, transcription_id)
    try:
        with runtime.database.write() as session:
            if transcription_id is not None:
                transcriptions.get(
                    session, user_id=caller.user_id, transcription_id=transcription_id, lock=True
                )
            require_space(session, kept.size_bytes)
            session.add(picture)
            session.flush()
            image_events.publish(
                session,
                [image_id],
                user_id=caller.user_id,
                transcription_id=transcription_id,
                change="ready",
            )
            answer = _Uploaded(image_id=image_id)
            remember(session, caller, request, answer)
            return answer
    except BaseException:
        files.remove(runtime, [image_id])
        raise


def _uploaded_row(
    caller: Caller, received: ReceivedUpload, kept: files.SavedPicture, transcription_id: str | None
) -> StoredPicture:
    return StoredPicture(
        id=kept.image_id,
        user_id=caller.user_id,
        transcription_id=transcription_id,
        job_id=None,
        kind="upload",
        provider="",
        model="",
        style="",
        prompt="",
        negative="",
        aspect=f"{kept.width}:{kept.height}",
        seed=None,
        source_ms=None,
        alt_text=received.filename,
        width=kept.width,
        height=kept.height,
        size_bytes=kept.size_bytes,
        sha256=kept.sha256,
        created_at=now(),
    )


def file_of(
    runtime: Runtime, picture: StoredPicture, *, shown_width: int | None
) -> tuple[str, int]:
    """The key and size of the file to send. Raises ImageNotFound if it was deleted."""
    longest = max(picture.width, picture.height)
    thumbnail_width = picture.width * min(1, THUMBNAIL_LONGEST / longest)
    small = shown_width is not None and shown_width <= thumbnail_width
    key = files.thumbnail_key(picture.id) if small else files.picture_key(picture.id)
    try:
        return key, runtime.storage.size(key)
    except ObjectMissing as error:
        raise ImageNotFound(picture.id) from error


def remove(session: Session, runtime: Runtime, picture: StoredPicture) -> None:
    """Delete a picture. Queued and running videos that use it keep a copy until they are done."""
    image_id, user_id = picture.id, picture.user_id
    session.execute(delete(StoredPicture).where(StoredPicture.id == image_id))
    after_commit(session, lambda: files.remove(runtime, [image_id], user_id=user_id))
    log.info("image.deleted", image_id=image_id)


def image_out(links: FileLinks, picture: StoredPicture) -> ImageOut:
    def link(key: str) -> str:
        return links.to(key, media_type=MEDIA_TYPES["jpeg"], filename=f"{picture.id}.jpg")

    return ImageOut(
        id=picture.id,
        transcription_id=picture.transcription_id,
        job_id=picture.job_id,
        kind=cast(ImageKind, picture.kind),
        provider=picture.provider,
        model=picture.model,
        style=picture.style,
        prompt=picture.prompt,
        negative=picture.negative,
        aspect=picture.aspect,
        seed=picture.seed,
        source_ms=picture.source_ms,
        alt_text=picture.alt_text,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        sha256=picture.sha256,
        url=link(files.picture_key(picture.id)),
        thumbnail_url=link(files.thumbnail_key(picture.id)),
        created_at=picture.created_at,
    )


def styles() -> list[StyleOut]:
    return [
        StyleOut(
            name=name,
            title=style.title,
            suffix=style.suffix,
            negative=style.negative,
            palette=style.palette,
        )
        for name, style in STYLES.items()
    ]


def palettes() -> list[PaletteOut]:
    return [
        PaletteOut(
            name=name,
            colours=[f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colours.spots],
            ink="#{:02x}{:02x}{:02x}".format(*colours.ink),
            accent="#{:02x}{:02x}{:02x}".format(*colours.accent),
        )
        for name, colours in PALETTES.items()
    ]


def models(session: Session, runtime: Runtime) -> list[ImageModelOut]:
    """All models on sale, those of this machine first."""
    prices, today = price_list.current(session), now().date()
    rows = {
        (entry.provider, entry.model): entry
        for entry in catalogue.entries(session)
        if entry.kind == "image" and entry.active
    }
    listed = []
    for provider, entry in IMAGE.items():
        missing = registry.missing(entry, runtime.settings)
        can = entry.capabilities
        own = [model for name, model in rows if name == provider and model not in can.models]
        for model in [*can.models, *(own if can.unlisted else ())]:
            facts = can.models.get(model) or can.unlisted
            row = rows.get((provider, model))
            if facts is None or (row is None and not can.local):
                continue
            result = None if row is None else verdict(row, today)
            if result is not None and result.state == "refused":
                continue
            listed.append(
                ImageModelOut(
                    provider=provider,
                    model=model,
                    ready=missing is None,
                    missing=missing,
                    credits=to_credits(prices.amount_uc(f"picture.{facts.price}")),
                    aspects=sorted(facts.aspects),
                    seeds=facts.seeds,
                    negative=facts.negative,
                    from_recording=facts.from_recording,
                    local=can.local,
                    ends=(result.message or None) if result else None,
                )
            )
    return listed
