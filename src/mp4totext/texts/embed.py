"""The operation ``embed``: makes a recording searchable by meaning. In the background, and free."""

import time
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.jobs import service as jobs
from mp4totext.jobs.context import Context
from mp4totext.jobs.errors import StepAside
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.operation import Operation
from mp4totext.kit.clock import now
from mp4totext.providers.embedding.table import (
    AT_ONCE,
    embedding_missing,
    embedding_model,
    text_embedding,
)
from mp4totext.runtime import Runtime
from mp4totext.texts import meaning_index
from mp4totext.texts.meaning_index import UNFINISHED, Embedded
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.segments import segment_of
from mp4totext.writing.chunks import chunks

WORK_S = 3.0  # seconds, after which another job may have been waiting for this worker
JOBS_AT_ONCE = 20  # recordings that one round of the sweeper submits
QUIET = timedelta(minutes=2)  # an edited transcript is embedded after so long without further edits
AGAIN_AFTER = timedelta(days=1)  # after a failed job


class EmbedParams(BaseModel):
    """The recording is the job's subject; its current version at the start of the job is used."""


class Embed(Operation[EmbedParams, Embedded]):
    name = "embed"
    params = EmbedParams

    def time_limit_s(self, params: EmbedParams) -> int:
        return 3600  # measured: 18 s for an hour of speech; recordings last up to a day

    def quote(self, params: EmbedParams, prices: PriceList) -> Quote:
        return Quote(lines=())

    def run(self, params: EmbedParams, ctx: Context) -> Embedded:
        """Raises ProviderMisconfigured if this worker has no model, and StepAside."""
        settings, subject = ctx.runtime.settings, ctx.job.subject_id
        assert subject is not None
        model, embedding = embedding_model(settings), text_embedding(settings)
        with ctx.runtime.database.read() as session:
            version = queries.version(session, session.get_one(Transcription, subject))
            number, revision = version.number, version.revision
            rows = queries.segments(session, version)
            vectors = meaning_index.known_vectors(session, subject, model=model)
        parts = chunks([segment_of(row, words=False) for row in rows])
        new = [chunk for chunk in parts if chunk.digest not in vectors]
        began = time.monotonic()
        for at in range(0, len(new), AT_ONCE):
            if at and time.monotonic() - began > WORK_S:
                done = [chunk for chunk in parts if chunk.digest in vectors]
                part = meaning_index.embedded(
                    done, vectors, version=number, revision=UNFINISHED, model=model
                )
                with ctx.runtime.database.write() as session:
                    meaning_index.store(session, subject, part)
                raise StepAside
            ctx.progress("embed", at, len(new), unit="items")
            batch = new[at : at + AT_ONCE]
            made = embedding.passages([chunk.text for chunk in batch])
            vectors |= {chunk.digest: row for chunk, row in zip(batch, made, strict=True)}
        return meaning_index.embedded(
            parts, vectors, version=number, revision=revision, model=model
        )

    def save(self, session: Session, job: JobView, result: Embedded) -> tuple[Line, ...]:
        assert job.subject_id is not None
        meaning_index.store(session, job.subject_id, result)
        return ()


EMBED = Embed()


def submit_stale(runtime: Runtime) -> None:
    """A chore: embed new and edited transcripts; does nothing if no model is installed.

    One attempt for each state of a transcript, and another one after a day.
    """
    settings = runtime.settings
    if not settings.engines.embed_transcripts or embedding_missing(settings) is not None:
        return
    model, at = embedding_model(settings), now()
    stale = meaning_index.stale(model, quiet_since=at - QUIET).where(
        ~exists().where(
            Job.subject_id == Transcription.id,
            Job.operation == EMBED.name,
            or_(
                Job.state.in_((JobState.QUEUED, JobState.RUNNING)),
                and_(Job.created_at >= Transcription.updated_at, Job.created_at > at - AGAIN_AFTER),
            ),
        )
    )
    with runtime.database.read() as session:
        if session.scalar(stale.limit(1)) is None:
            return  # without taking the writer's lock
    with runtime.database.write() as session:
        oldest = stale.order_by(Transcription.updated_at).limit(JOBS_AT_ONCE)
        for recording in session.scalars(oldest).all():
            jobs.submit(
                session,
                operation=EMBED,
                params=EmbedParams(),
                user_id=recording.user_id,
                metered=False,
                subject_id=recording.id,
                priority="low",
            )
