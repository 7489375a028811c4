"""Deletes the data of a deleted recording at its vendor: a free job."""

from collections.abc import Iterator

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs import service as jobs
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobStep
from mp4totext.jobs.operation import Operation
from mp4totext.kit.queue_names import NETWORK_QUEUE
from mp4totext.providers.speech.table import file_speech_engine
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.order import TranscriptionOrder
from mp4totext.transcriptions.steps import engine_fallback
from mp4totext.transcriptions.steps.transcribe_file import VENDOR


class VendorDeletionParams(BaseModel):
    engine: str
    reference: str  # the vendor's own, of the data


class VendorDeletion(Operation[VendorDeletionParams, None]):
    """It is retried like every job while the vendor is unreachable."""

    name = "vendor_deletion"
    params = VendorDeletionParams

    def queue(self, params: VendorDeletionParams) -> str | None:
        return NETWORK_QUEUE

    def time_limit_s(self, params: VendorDeletionParams) -> int:
        return 300

    def quote(self, params: VendorDeletionParams, prices: PriceList) -> Quote:
        return Quote(lines=())

    def run(self, params: VendorDeletionParams, ctx: Context) -> None:
        engine = file_speech_engine(params.engine, ctx.runtime.settings)
        engine.discard(params.reference)

    def save(self, session: Session, job: JobView, result: None) -> tuple[Line, ...]:
        return ()

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        """Submit the deletions, before the steps are deleted that name the data at vendors."""
        user_id = session.get_one(Transcription, transcription_id).user_id
        for params in list(_at_vendors(session, transcription_id)):
            jobs.submit(session, operation=self, params=params, user_id=user_id, metered=False)


def _at_vendors(session: Session, transcription_id: str) -> Iterator[VendorDeletionParams]:
    rows = session.execute(
        select(Job, JobStep.result)
        .join(JobStep, JobStep.job_id == Job.id)
        .where(Job.subject_id == transcription_id, JobStep.name == VENDOR)
    )
    for job, reference in rows:
        order = TranscriptionOrder.model_validate(job.params)
        if session.get(JobStep, (job.id, engine_fallback.STEP)) is not None:
            order = order.taken_over()
        yield VendorDeletionParams(engine=order.engine.engine, reference=str(reference))


VENDOR_DELETION = VendorDeletion()
