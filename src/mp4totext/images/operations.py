"""The operation ``generate_images``: one to four pictures, each charged on delivery."""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mp4totext.credits.money import share
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item
from mp4totext.images import files, image_events
from mp4totext.images.describing import Describer, description_line, descriptions
from mp4totext.images.drawing import DeliveredPicture, draw_all
from mp4totext.images.models import StoredPicture
from mp4totext.images.orders import ImageParams, plan_request
from mp4totext.images.planning import facts_of
from mp4totext.images.schemas import ImageQuote, ImageQuoteRequest
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.media.decode import AudioReader
from mp4totext.media.frames import best_frames, stretches_of
from mp4totext.media.pictures import PictureReader
from mp4totext.providers.errors import ProviderUnreachable
from mp4totext.runtime import Runtime

_ONE_PICTURE_S = 600  # a vendor's cold start takes minutes
_AROUND_MS = 1_500  # the frame may be this much before or after the requested time


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeImages:
    params: ImageParams
    pictures: tuple[DeliveredPicture, ...]


class GenerateImages(Operation[ImageParams, MadeImages]):
    name = "generate_images"
    params = ImageParams
    files = (files.IMAGE_FILES,)
    quote_request = ImageQuoteRequest
    quote_answer = ImageQuote

    def time_limit_s(self, params: ImageParams) -> int:
        described = 900 + params.describer.characters // 10 if params.describer else 0
        return 300 + described + _ONE_PICTURE_S * len(params.image_ids)

    def quote(self, params: ImageParams, prices: PriceList) -> Quote:
        return _quote(prices, params.price, len(params.image_ids), params.describer)

    def estimate(self, request: ImageQuoteRequest, ctx: QuoteContext) -> ImageQuote:
        planned, _ = plan_request(
            ctx.session, ctx.runtime, ctx.caller.user_id, request, prices=ctx.prices
        )
        offer = _quote(ctx.prices, planned.price, planned.count, planned.describer)
        return ImageQuote.of(
            ctx,
            offer,
            provider=planned.provider,
            model=planned.model,
            warnings=list(planned.warnings),
        )

    def run(self, params: ImageParams, ctx: Context) -> MadeImages:
        facts = facts_of(params.provider, params.model)
        made = _frames(params, ctx) if facts.from_recording else _generated(params, ctx)
        return MadeImages(params=params, pictures=made)

    def save(self, session: Session, job: JobView, result: MadeImages) -> tuple[Line, ...]:
        params, count = result.params, len(result.params.image_ids)
        for made in result.pictures:
            session.add(picture_row(params, made, job))
        return tuple(
            replace(
                line,
                quantity_milli=share(line.quantity_milli, len(result.pictures), count),
                amount_uc=share(line.amount_uc, len(result.pictures), count),
            )
            if line.key == params.price
            else line  # all were described
            for line in job.quote
        )

    def publish(self, session: Session, job: JobView, result: MadeImages) -> None:
        recording = result.params.recording
        image_events.publish(
            session,
            [made.kept.image_id for made in result.pictures],
            user_id=job.user_id,
            transcription_id=None if recording is None else recording.transcription_id,
            change="ready",
            job_id=job.id,
        )

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        own = StoredPicture.transcription_id == transcription_id
        rows = session.execute(select(StoredPicture.id, StoredPicture.user_id).where(own)).all()
        session.execute(delete(StoredPicture).where(own))

        def remove() -> None:  # queued videos of other recordings may use them
            for image_id, user_id in rows:
                files.remove(runtime, [image_id], user_id=user_id)

        after_commit(session, remove)


def _quote(prices: PriceList, price: str, count: int, describer: Describer | None) -> Quote:
    described = (description_line(prices, describer),) if describer else ()
    return Quote(lines=(per_item(prices, price, count), *described))


def picture_row(params: ImageParams, made: DeliveredPicture, job: JobView) -> StoredPicture:
    kept = made.kept
    return StoredPicture(
        id=kept.image_id,
        user_id=job.user_id,
        transcription_id=params.recording and params.recording.transcription_id,
        job_id=job.id,
        kind=made.kind,
        provider=params.provider,
        model=params.model,
        style=params.style,
        prompt=made.prompt,
        negative=params.negative,
        aspect=f"{kept.width}:{kept.height}" if made.kind == "frame" else params.aspect,
        seed=made.seed,
        source_ms=made.source_ms,
        alt_text=made.prompt or params.title,
        width=kept.width,
        height=kept.height,
        size_bytes=kept.size_bytes,
        sha256=kept.sha256,
        created_at=now(),
    )


def _frames(params: ImageParams, ctx: Context) -> tuple[DeliveredPicture, ...]:
    """The best frame of each of several equal parts of the recording, or the one near a time."""

    def make() -> tuple[DeliveredPicture, ...]:
        recording = params.recording
        assert recording is not None
        path = ctx.runtime.storage.fetch(recording.media_key, ctx.workdir / "media")
        with AudioReader(path) as sound:
            structure = sound.structure
        duration_ms = max(1_000, recording.duration_ms)
        if params.at_ms is None:
            stretches = stretches_of(duration_ms, len(params.image_ids))
        else:
            start_ms = max(0, min(params.at_ms, duration_ms) - _AROUND_MS)
            stretches = [(start_ms, start_ms + 2 * _AROUND_MS)] * len(params.image_ids)
        pixels = facts_of(params.provider, params.model).max_pixels
        with PictureReader(path, structure, pixels_max=pixels) as reader:
            frames = best_frames(reader, stretches, check=ctx.check)
        return tuple(
            DeliveredPicture(
                kept=files.save(ctx.runtime, image_id, frame.still),
                kind="frame",
                source_ms=frame.at_ms,
            )
            for image_id, frame in zip(params.image_ids, frames, strict=True)
        )

    return ctx.step("frames", make, returns=tuple[DeliveredPicture, ...])


def _generated(params: ImageParams, ctx: Context) -> tuple[DeliveredPicture, ...]:
    """The delivered pictures; some calls may fail. Raises the last error if none was delivered."""
    prompts = _prompts(params, ctx)
    per_call = facts_of(params.provider, params.model).per_call if len(prompts) == 1 else 1
    calls: dict[str, ImageParams] = {}
    for first in range(0, len(params.image_ids), per_call):
        seed = None if params.seed is None else params.seed + first
        ids = params.image_ids[first : first + per_call]
        prompt = prompts[first % len(prompts)]
        change = {"image_ids": ids, "seed": seed, "prompt": prompt}
        calls[str(first)] = params.model_copy(update=change)
    arrived, failed = draw_all(calls, ctx)
    made = [picture for pictures in arrived.values() for picture in pictures]
    count = len(params.image_ids)
    if not made:
        raise failed or ProviderUnreachable(
            f"{params.provider} sent no picture.", provider=params.provider, code="bad_answer"
        )
    if len(made) < count:
        reason = f": {failed.message}" if failed else "."
        ctx.warnings.append(
            f"{len(made)} of {count} pictures were made; the others are not billed{reason}"
        )
    return tuple(made)


def _prompts(params: ImageParams, ctx: Context) -> list[str]:
    """One prompt for all pictures, or the prompts of the describing model."""
    describer, recording = params.describer, params.recording
    if describer is None or recording is None:
        return [params.prompt]
    return ctx.step(
        "described",
        lambda: descriptions(describer, recording.transcription_id, len(params.image_ids), ctx),
        returns=list[str],
    )


GENERATE_IMAGES = GenerateImages()
