"""A minimal FastAPI application with the same routes, with which reads are compared.

One function a route, on an engine as ``create_engine`` makes it: it decodes the token, looks the
login up, runs the same queries in one session and returns the same response model. No middleware,
no problem handlers, no dependencies, no metrics, no log.

``python -m benchmarks.bare_api FD DATABASE_URL SECRET``
"""

import sys
from collections.abc import Sequence
from typing import Annotated, cast

import jwt
from fastapi import FastAPI, Header, HTTPException
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, defer, load_only

from mp4totext.auth.models import Login, User
from mp4totext.auth.tokens import AUDIENCE, ISSUER
from mp4totext.billing.schemas import BalanceOut
from mp4totext.credits.models import CreditAccount
from mp4totext.jobs.models import Job, Unit
from mp4totext.jobs.schemas import SUMMARY_COLUMNS, JobError, JobOut, ProgressOut
from mp4totext.kit.pagination import Page
from mp4totext.transcript import Speaker
from mp4totext.transcriptions.models import (
    TranscriptDetails,
    Transcription,
    TranscriptSegment,
    TranscriptVersion,
)
from mp4totext.transcriptions.schemas import (
    SegmentOut,
    SpeakerOut,
    TranscriptionOut,
    TranscriptionSummary,
)
from tests.support.uvicorn_processes import serve

LIMIT = 20


def bare_app(database_url: str, secret: str) -> FastAPI:
    app = FastAPI()
    engine = create_engine(database_url)

    def user_of(session: Session, authorization: str) -> User:
        token = authorization.removeprefix("Bearer ")
        claims = jwt.decode(token, secret, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE)
        user = session.scalar(
            select(User)
            .join(Login, Login.user_id == User.id)
            .where(User.id == claims["sub"], Login.id == claims["sid"], Login.revoked_at.is_(None))
        )
        if user is None or not user.active:
            raise HTTPException(401)
        return user

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/api/v1/credits/balance")
    def balance(authorization: Annotated[str, Header()]) -> BalanceOut:
        with Session(engine) as session:
            user = user_of(session, authorization)
            account = session.get_one(CreditAccount, user.id)
            return BalanceOut(
                balance=round(account.balance_uc / 1e6, 2),
                held=round(account.held_uc / 1e6, 2),
                available=round((account.balance_uc - account.held_uc) / 1e6, 2),
            )

    @app.get("/api/v1/jobs")
    def jobs(authorization: Annotated[str, Header()]) -> Page[JobOut]:
        with Session(engine) as session:
            user = user_of(session, authorization)
            rows = session.scalars(
                select(Job)
                .options(*SUMMARY_COLUMNS)
                .where(Job.user_id == user.id)
                .order_by(Job.id.desc())
                .limit(LIMIT + 1)
            ).all()
            return Page(items=[_job(row) for row in rows[:LIMIT]])

    @app.get("/api/v1/transcriptions")
    def transcriptions(authorization: Annotated[str, Header()]) -> Page[TranscriptionSummary]:
        with Session(engine) as session:
            user = user_of(session, authorization)
            rows = session.execute(
                select(Transcription, Job)
                .outerjoin(Job, Job.id == Transcription.job_id)
                .options(load_only(Job.state, Job.error_message))
                .where(Transcription.user_id == user.id)
                .order_by(Transcription.id.desc())
                .limit(LIMIT + 1)
            ).all()
            return Page(
                items=[TranscriptionSummary(**_facts(row, job)) for row, job in rows[:LIMIT]]
            )

    @app.get("/api/v1/transcriptions/{transcription_id}")
    def transcription(
        transcription_id: str, authorization: Annotated[str, Header()]
    ) -> TranscriptionOut:
        with Session(engine) as session:
            user = user_of(session, authorization)
            row = session.execute(
                select(Transcription, Job, TranscriptVersion, TranscriptDetails)
                .outerjoin(Job, Job.id == Transcription.job_id)
                .join(TranscriptVersion, TranscriptVersion.transcription_id == Transcription.id)
                .join(
                    TranscriptDetails,
                    (TranscriptDetails.transcription_id == TranscriptVersion.transcription_id)
                    & (TranscriptDetails.version == TranscriptVersion.number),
                )
                .where(
                    Transcription.id == transcription_id,
                    Transcription.user_id == user.id,
                    TranscriptVersion.number == Transcription.version,
                )
                .options(load_only(Job.state, Job.error_message, Job.warnings))
            ).one()
            segments = session.scalars(
                select(TranscriptSegment)
                .where(
                    TranscriptSegment.transcription_id == transcription_id,
                    TranscriptSegment.version == row.TranscriptVersion.number,
                    TranscriptSegment.removed.is_(False),
                )
                .order_by(TranscriptSegment.position)
                .options(defer(TranscriptSegment.words), defer(TranscriptSegment.recognised))
            ).all()
            return _whole(*row, segments)

    return app


def _job(job: Job) -> JobOut:
    return JobOut(
        id=job.id,
        operation=job.operation,
        subject_id=job.subject_id,
        state=job.state,
        priority=job.priority,
        queue=job.queue,
        progress=ProgressOut(
            stage=job.stage,
            done=job.done,
            total=job.total,
            unit=cast("Unit", job.unit),
            percent=round(100 * job.done / job.total, 1) if job.total else 0.0,
            eta_ms=job.eta_ms,
        ),
        error=JobError(code=job.error_code, message=job.error_message or "")
        if job.error_code
        else None,
        warnings=job.warnings,
        held=round(job.held_uc / 1e6, 2),
        charged=None if job.charged_uc is None else round(job.charged_uc / 1e6, 2),
        attempt=job.attempt,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _facts(row: Transcription, job: Job) -> dict[str, object]:
    return {
        "id": row.id,
        "job_id": row.job_id,
        "title": row.title,
        "filename": row.filename,
        "source_url": row.source_url,
        "status": job.state,
        "language": row.language,
        "duration_ms": row.duration_ms,
        "size_bytes": row.size_bytes,
        "has_video": row.has_video,
        "version": row.version,
        "options": row.options,
        "error": job.error_message,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _whole(
    row: Transcription,
    job: Job,
    version: TranscriptVersion,
    details: TranscriptDetails,
    segments: Sequence[TranscriptSegment],
) -> TranscriptionOut:
    """The recording without the words of segments, like the service without ``?words=true``."""
    speaking: dict[str | None, int] = {}
    for segment in segments:
        length_ms = segment.end_ms - segment.start_ms
        speaking[segment.speaker] = speaking.get(segment.speaker, 0) + length_ms
    return TranscriptionOut.model_validate(
        _facts(row, job)
        | {
            "engine": version.engine,
            "model": version.model,
            "revision": version.revision,
            "text": " ".join(segment.text for segment in segments),
            "segments": [
                SegmentOut(
                    id=segment.id,
                    start_ms=segment.start_ms,
                    end_ms=segment.end_ms,
                    text=segment.text,
                    speaker=segment.speaker,
                    confidence=segment.confidence,
                    language=segment.language,
                    recognised_text=segment.recognised_text,
                    checked=segment.checked,
                    revision=segment.revision,
                )
                for segment in segments
            ],
            "speakers": [
                SpeakerOut(
                    id=speaker["id"],
                    name=speaker["name"],
                    label=Speaker(id=speaker["id"], name=speaker["name"]).label,
                    speaking_ms=speaking.get(speaker["id"], 0),
                )
                for speaker in version.speakers
            ],
            "coverage": details.coverage,
            "understanding": details.understanding,
            "warnings": [*details.warnings, *job.warnings],
        }
    )


if __name__ == "__main__":
    serve(bare_app(sys.argv[2], sys.argv[3]), int(sys.argv[1]))
