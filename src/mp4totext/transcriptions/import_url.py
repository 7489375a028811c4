"""The operation that downloads a recording; its transcription follows as a separate job."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_item
from mp4totext.jobs import service as jobs
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext, QuoteOut
from mp4totext.kit.queue_names import NETWORK_QUEUE
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.operations import Transcribe, refuse_unpriced
from mp4totext.transcriptions.order import RecordingRef, TranscriptionOrder
from mp4totext.transcriptions.schemas import DownloadQuoteRequest
from mp4totext.transcriptions.steps import fetch_url
from mp4totext.uploads.quota import space_check


class ImportParams(BaseModel):
    url: str
    transcribe: TranscriptionOrder  # without the recording, which is known after the download
    priority: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    file: fetch_url.Fetched


class ImportUrl(Operation[ImportParams, Imported]):
    """Downloads a recording; its transcription is accepted, and paid for, as a separate job."""

    name = "import"
    params = ImportParams
    makes_version = True  # by the transcription that follows
    quote_request = DownloadQuoteRequest

    def __init__(self, transcribe: Transcribe) -> None:
        self._transcribe = transcribe

    def queue(self, params: ImportParams) -> str | None:
        return NETWORK_QUEUE

    def time_limit_s(self, params: ImportParams) -> int:
        return 3 * 3600

    def quote(self, params: ImportParams, prices: PriceList) -> Quote:
        refuse_unpriced(params.transcribe.texts, prices)
        return Quote(lines=(per_item(prices, "download"),))

    def estimate(self, request: DownloadQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        return QuoteOut.of(ctx, Quote(lines=(per_item(ctx.prices, "download"),)))

    def run(self, params: ImportParams, ctx: Context) -> Imported:
        transcription_id = params.transcribe.recording.transcription_id
        require_space = space_check(
            ctx.runtime,
            {self._transcribe.name: self._transcribe},
            user_id=ctx.job.user_id,
            metered=ctx.job.metered,
        )
        file = fetch_url.run(params.url, transcription_id, ctx, require_space=require_space)
        return Imported(file=file)

    def save(self, session: Session, job: JobView, result: Imported) -> tuple[Line, ...]:
        transcription = session.get_one(Transcription, job.subject_id, with_for_update=True)
        fetch_url.describe(transcription, result.file)
        self._submit_transcription(session, job, transcription, result.file)
        return job.quote

    def _submit_transcription(
        self,
        session: Session,
        job: JobView,
        transcription: Transcription,
        file: fetch_url.Fetched,
    ) -> None:
        """Submit the transcription. Without enough credits the recording stays, for a later run."""
        row = session.scalar(select(Job).where(Job.id == job.id))
        assert row is not None
        params = ImportParams.model_validate(row.params)
        recording = RecordingRef(
            transcription_id=transcription.id,
            media_key=file.media_key,
            duration_ms=file.duration_ms,
        )
        order = params.transcribe.model_copy(update={"recording": recording})
        try:
            with session.begin_nested():
                following = jobs.submit(
                    session,
                    operation=self._transcribe,
                    params=order,
                    user_id=job.user_id,
                    metered=row.metered,
                    subject_id=transcription.id,
                    priority=params.priority,  # type: ignore[arg-type]  # validated with the request
                    request_id=job.request_id,
                )
        except InsufficientCredits as error:
            row.warnings = [*row.warnings, f"Downloaded, but not transcribed: {error.message}"]
            return
        # Only the following job notifies.
        following.webhook_url, row.webhook_url = row.webhook_url, None
        transcription.job_id = following.id
