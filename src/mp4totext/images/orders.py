"""Plans pictures from a request, and refuses impossible ones before credits are held."""

from dataclasses import replace
from functools import partial

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.catalogue import service as catalogue
from mp4totext.credits.prices import PriceList
from mp4totext.exports.filenames import without_media_extension
from mp4totext.images.describing import Describer, describer_of, local_description
from mp4totext.images.errors import NoRecording
from mp4totext.images.planning import PlannedImages, Recording, facts_of, plan_images
from mp4totext.images.schemas import ImageOptions
from mp4totext.kit.clock import now
from mp4totext.media.backgrounds import Palette
from mp4totext.providers.image.base import Aspect
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.order import RecordingRef


class ImageParams(BaseModel):
    """The parameters of a job; frozen when it is accepted."""

    image_ids: list[str]
    provider: str
    model: str
    price: str
    prompt: str
    negative: str
    style: str
    palette: Palette
    aspect: Aspect
    seed: int | None
    at_ms: int | None
    language: str | None
    title: str  # of the recording
    recording: RecordingRef | None
    describer: Describer | None = None

    @classmethod
    def of(
        cls, planned: PlannedImages, recording: Transcription | None, image_ids: list[str]
    ) -> "ImageParams":
        return cls(
            image_ids=image_ids,
            provider=planned.provider,
            model=planned.model,
            price=planned.price,
            prompt=planned.prompt,
            negative=planned.negative,
            style=planned.style,
            palette=planned.palette,
            aspect=planned.aspect,
            seed=planned.seed,
            at_ms=planned.at_ms,
            language=planned.language,
            title="" if recording is None else recording.title,
            recording=None
            if recording is None
            else RecordingRef(
                transcription_id=recording.id,
                media_key=recording.media_key or "",
                duration_ms=recording.duration_ms or 0,
            ),
            describer=planned.describer,
        )


def plan_request(
    session: Session, runtime: Runtime, user_id: str, order: ImageOptions, *, prices: PriceList
) -> tuple[PlannedImages, Transcription | None]:
    """Raises AppError for a missing recording, or a picture that cannot be made."""
    row = None
    if order.transcription_id is not None:
        row = transcriptions.get(session, user_id=user_id, transcription_id=order.transcription_id)
    planned = plan_images(
        order,
        recording=None
        if row is None
        else Recording(
            title=without_media_extension(row.title),
            language=row.language,
            has_video=bool(row.has_video and row.media_key),
            described=partial(local_description, session, row),
        ),
        entries=catalogue.entries(session),
        prices=prices,
        settings=runtime.settings,
        today=now().date(),
    )
    if facts_of(planned.provider, planned.model).from_recording and (
        row is None or row.duration_ms is None
    ):
        raise NoRecording("The recording has not been transcribed yet. Wait for its job.")
    describer = describer_of(session, runtime, order, row, prices)
    return replace(planned, describer=describer), row
