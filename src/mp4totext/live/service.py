"""Starts, resumes and removes live sessions, and stores their audio.

Each function opens its own short transaction, because a socket stays open for hours.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from mp4totext.auth.identity import Identity
from mp4totext.credits import prices
from mp4totext.events import log as event_log
from mp4totext.jobs import service as jobs
from mp4totext.jobs.models import ENDED, Job, JobState
from mp4totext.jobs.operation import Operations
from mp4totext.kit.clock import now
from mp4totext.kit.db import lock_name
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.live.errors import (
    NoLiveSession,
    NoLiveWorker,
    OutOfStep,
    Replaced,
    TooManyLiveSessions,
)
from mp4totext.live.models import LiveChunk, LiveSession
from mp4totext.live.operations import LIVE
from mp4totext.live.schemas import Resume, SessionOut, Start
from mp4totext.live.session import LiveParams
from mp4totext.media.streams import StreamFormat
from mp4totext.providers.speech.table import bundled_engine
from mp4totext.runtime import Runtime
from mp4totext.settings import LiveSettings
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.deletion import remove
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.errors import TranscriptionNotFound
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.planning import plan
from mp4totext.uploads.quota import space_check

TRY_AGAIN_S = 30
CHUNKS_PER_DELETE = 100
KEPT_AFTER_END = timedelta(days=1)  # how long a failed session can be retried

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that one connection has opened or resumed."""

    job_id: str
    socket_id: str  # the fencing token of this connection
    format: StreamFormat
    since: int  # the client gets the events after this number
    session: SessionOut
    is_complete: bool = False  # the session has ended and the client has received its last event


def start(
    runtime: Runtime,
    operations: Operations,
    user: Identity,
    request: Start,
    *,
    request_id: str | None,
) -> Opened:
    """Open a session: store the recording and the job, and hold the first step.

    Raises UnsupportedFeature, EngineMissing, InsufficientCredits, StorageQuotaExceeded,
    TooManyLiveSessions or NoLiveWorker.
    """
    options = TranscriptionOptions(engine=bundled_engine(), language=request.language)
    engines = Engines.of(runtime.settings)
    at, socket_id = now(), new_id("sck")
    with runtime.database.write() as session:
        planned = plan(options, engines, prices.current(session))
        _refuse_too_many(session, runtime.settings.live, user.user_id)
        space_check(runtime, operations, user_id=user.user_id, metered=user.metered)(session, 1)
        transcription = Transcription(
            id=new_id("trn"),
            user_id=user.user_id,
            title=request.title or f"Live, {at:%Y-%m-%d %H:%M} UTC",
            filename="live.flac",
            options=options.model_dump(mode="json"),
            created_at=at,
            updated_at=at,
        )
        session.add(transcription)
        job = jobs.submit(
            session,
            operation=LIVE,
            params=_params(runtime, transcription.id, request, planned.engine.engine),
            user_id=user.user_id,
            metered=user.metered,
            subject_id=transcription.id,
            priority="critical",
            request_id=request_id,
        )
        transcription.job_id = job.id
        session.add(
            LiveSession(job_id=job.id, transcription_id=transcription.id, socket_id=socket_id)
        )
        seq = event_log.last_seqs(session, {user.user_id})[user.user_id]
    return Opened(
        job_id=job.id,
        socket_id=socket_id,
        format=request.format,
        since=seq,
        session=SessionOut(
            session=transcription.id,
            job_id=job.id,
            state=JobState.RUNNING,  # as it is by the time this is sent
            received_bytes=0,
            seq=seq,
        ),
    )


def _refuse_too_many(session: Session, live: LiveSettings, user_id: str) -> None:
    lock_name(session, "live sessions")  # so that those who start together are counted
    active = select(func.count()).where(Job.operation == LIVE.name, Job.state.not_in(ENDED))
    if (session.scalar(active.where(Job.user_id == user_id)) or 0) >= live.live_sessions_per_user:
        raise TooManyLiveSessions(
            f"Your account already has {live.live_sessions_per_user} live sessions, which is the "
            "limit. End one of them first.",
            retry_after_s=TRY_AGAIN_S,
        )
    if (session.scalar(active) or 0) >= live.live_sessions:
        raise NoLiveWorker(
            f"All {live.live_sessions} live sessions of this service are in use. Try again later."
            if live.live_sessions
            else "This service offers no live sessions (LIVE_SESSIONS is 0).",
            retry_after_s=TRY_AGAIN_S,
        )


def _params(runtime: Runtime, transcription_id: str, request: Start, engine: str) -> LiveParams:
    live = runtime.settings.live
    return LiveParams(
        transcription_id=transcription_id,
        format=request.format,
        engine=engine,
        language=None if request.language == "auto" else request.language,
        step_ms=live.live_hold_s * 1000,
        max_ms=live.live_max_s * 1000,
        idle_ms=live.live_idle_s * 1000,
    )


def is_running(runtime: Runtime, opened: Opened) -> bool:
    """Whether a worker has loaded the engine for the session, or the session has already ended."""
    with runtime.database.read() as session:
        job = session.get_one(Job, opened.job_id)
    return job.stage is not None or job.state in ENDED


def remove_unclaimed(
    runtime: Runtime, operations: Operations, user: Identity, opened: Opened
) -> NoLiveWorker:
    """Remove a session that no worker picked up; return the error for its client."""
    with runtime.database.write() as session:
        transcription = queries.get(
            session, user_id=user.user_id, transcription_id=opened.session.session
        )
        remove(session, runtime, operations, transcription)
    log.warning("live.no_worker", job_id=opened.job_id)
    return NoLiveWorker(
        "No worker picked up the session. Nothing was charged; try again later.",
        retry_after_s=TRY_AGAIN_S,
    )


def resume(runtime: Runtime, user: Identity, request: Resume) -> Opened:
    """Continue a session on a new connection, which replaces the one before.

    Raises NoLiveSession or OutOfStep.
    """
    socket_id = new_id("sck")
    with runtime.database.write() as session:
        job = _job(session, user, request.session)
        live = session.get(LiveSession, job.id, with_for_update=True)
        received = None
        if live is not None and job.state not in ENDED:
            received = live.received_bytes
            if request.sent_bytes is not None and request.sent_bytes < received:
                raise OutOfStep(
                    f"The service has {received} bytes of this session, but you have sent "
                    f"{request.sent_bytes}. Resume with the stream that you started with.",
                    received_bytes=received,
                )
            live.socket_id = socket_id
        first, last = event_log.seqs_of_job(session, job.id)
    since = max(request.since, first - 1)  # skips the user's earlier events, which may be many
    params = LiveParams.model_validate(job.params)
    return Opened(
        job_id=job.id,
        socket_id=socket_id,
        format=params.format,
        since=since,
        session=SessionOut(
            session=request.session,
            job_id=job.id,
            state=job.state,
            received_bytes=received,
            seq=since,
        ),
        is_complete=job.state in ENDED and since >= last,
    )


def _job(session: Session, user: Identity, transcription_id: str) -> Job:
    try:
        queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    except TranscriptionNotFound as error:
        raise NoLiveSession(transcription_id) from error
    job = session.scalar(
        select(Job).where(Job.subject_id == transcription_id, Job.operation == LIVE.name)
    )
    if job is None:
        raise NoLiveSession(transcription_id)
    return job


def store_audio(
    runtime: Runtime, opened: Opened, data: bytes, *, ended: bool, cleared: int | None = None
) -> int | None:
    """Store audio; with ``ended`` it is the last. Raises Replaced.

    ``cleared``: the client cleared all before this byte of ``data``. Returns how many bytes the
    service has, or None if the session takes no more audio.
    """
    values: dict[str, Any] = {
        "received_bytes": LiveSession.received_bytes + len(data),
        "ended": ended,
    }
    if cleared is not None:
        values["cleared_bytes"] = LiveSession.received_bytes + cleared
    with runtime.database.write() as session:
        received: int | None = session.scalar(
            update(LiveSession)
            .where(
                LiveSession.job_id == opened.job_id,
                LiveSession.socket_id == opened.socket_id,
                LiveSession.ended.is_(False),
            )
            .values(**values)
            .returning(LiveSession.received_bytes)
        )
        if received is None:
            live = session.get(LiveSession, opened.job_id)
            if live is not None and live.socket_id != opened.socket_id:
                raise Replaced
            return None
        if data:
            session.add(LiveChunk(job_id=opened.job_id, at_byte=received - len(data), data=data))
    return received


def remove_ended(runtime: Runtime) -> None:
    """Delete the audio of ended sessions that can no longer be retried. Run by the sweeper."""
    not_retryable = or_(Job.state == JobState.SUCCEEDED, Job.finished_at < now() - KEPT_AFTER_END)
    with runtime.database.read() as session:
        ids = session.scalars(
            select(LiveSession.job_id)
            .join(Job, Job.id == LiveSession.job_id)
            .where(Job.state.in_(ENDED), not_retryable)
        ).all()
    for job_id in ids:
        while _delete_some_chunks(runtime, job_id):
            pass


def _delete_some_chunks(runtime: Runtime, job_id: str) -> bool:
    """Delete a few seconds of audio in a short transaction. Returns False if none was left."""
    with runtime.database.write() as session:
        positions = session.scalars(
            select(LiveChunk.at_byte)
            .where(LiveChunk.job_id == job_id)
            .order_by(LiveChunk.at_byte)
            .limit(CHUNKS_PER_DELETE)
        ).all()
        if not positions:
            session.execute(delete(LiveSession).where(LiveSession.job_id == job_id))
            return False
        session.execute(
            delete(LiveChunk).where(LiveChunk.job_id == job_id, LiveChunk.at_byte <= positions[-1])
        )
    return True
