"""What a vendor still has of a deleted recording is deleted there too: a job without a price."""

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
from mp4totext.providers import registry
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.operations import TranscribeParams
from mp4totext.transcriptions.steps import engine_fallback
from mp4totext.transcriptions.steps.transcribe_file import VENDOR


class ForgetParams(BaseModel):
    engine: str
    reference: str  # the vendor's own, of what it was given


class Forget:
    """As long as the vendor is away it is tried again, as with every job."""

    name = "forget"
    params = ForgetParams

    def queue(self, params: ForgetParams) -> str | None:  # noqa: ARG002  one queue for all
        return None

    def time_limit_s(self, params: ForgetParams) -> int:  # noqa: ARG002  one request
        return 300

    def quote(self, params: ForgetParams, prices: PriceList) -> Quote:  # noqa: ARG002
        return Quote(lines=())

    def run(self, params: ForgetParams, ctx: Context) -> None:
        engine = registry.file_speech_engine(params.engine, ctx.runtime.settings)
        engine.forget(params.reference)

    def save(self, session: Session, job: JobView, result: None) -> tuple[Line, ...]:  # noqa: ARG002
        return ()


FORGET = Forget()


def order(session: Session, transcription: Transcription) -> None:
    """Called before the steps of its jobs are deleted: they say what is where."""
    for params in list(_at_vendors(session, transcription.id)):
        jobs.submit(
            session,
            operation=FORGET,
            params=params,
            user_id=transcription.user_id,
            metered=False,
            subject_id=None,
        )


def _at_vendors(session: Session, transcription_id: str) -> Iterator[ForgetParams]:
    found = session.execute(
        select(Job, JobStep.result)
        .join(JobStep, JobStep.job_id == Job.id)
        .where(Job.subject_id == transcription_id, JobStep.name == VENDOR)
    )
    for job, reference in found:
        asked = TranscribeParams.model_validate(job.params)
        taken_over = session.get(JobStep, (job.id, engine_fallback.STEP)) is not None
        engine = asked.by(asked.fallback).engine if taken_over else asked.engine
        yield ForgetParams(engine=engine, reference=str(reference))
