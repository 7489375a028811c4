"""Open, resume, add, end. Every verb takes the session that commits it, or the runtime."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from mp4totext.auth.identity import Identity
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
from mp4totext.live.operations import LIVE, LiveParams
from mp4totext.live.schemas import Resume, SessionOut, Start
from mp4totext.media.streams import StreamFormat
from mp4totext.runtime import Runtime
from mp4totext.settings import LiveSettings
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.deletion import remove
from mp4totext.transcriptions.errors import TranscriptionNotFound
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.planning import BUNDLED, plan
from mp4totext.transcriptions.schemas import TranscriptionOptions

TRY_AGAIN_S = 30
CHUNKS_AT_ONCE = 100
KEPT_AFTER_END = timedelta(days=1)  # a failed session can be retried for so long

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What one connection may add to, and from where its client hears events."""

    job_id: str
    socket_id: str
    format: StreamFormat
    since: int
    session: SessionOut
    all_told: bool = False  # it has ended, and its client has seen the last event


def start(runtime: Runtime, user: Identity, wanted: Start, *, request_id: str | None) -> Opened:
    """Recording, job and the first step's hold, or nothing.

    Raises UnsupportedFeature, EngineMissing, InsufficientCredits, NoLiveWorker.
    """
    options = TranscriptionOptions(engine=BUNDLED, language=wanted.language)
    chosen = plan(options, runtime.settings)
    at, socket_id = now(), new_id("sck")
    with runtime.database.write() as session:
        _refuse_too_many(session, runtime.settings.live, user.user_id)
        transcription = Transcription(
            id=new_id("trn"),
            user_id=user.user_id,
            title=wanted.title or f"Live, {at:%Y-%m-%d %H:%M} UTC",
            filename="live.flac",
            options=options.model_dump(mode="json"),
            created_at=at,
            updated_at=at,
        )
        session.add(transcription)
        job = jobs.submit(
            session,
            operation=LIVE,
            params=_params(runtime, transcription.id, wanted, chosen.engine),
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
        format=wanted.format,
        since=seq,
        session=SessionOut(
            session=transcription.id,
            job_id=job.id,
            state=JobState.RUNNING,  # by when it is told
            received_bytes=0,
            seq=seq,
        ),
    )


def _refuse_too_many(session: Session, live: LiveSettings, user_id: str) -> None:
    lock_name(session, "live sessions")  # so that those who start together are counted
    active = select(func.count()).where(Job.operation == LIVE.name, Job.state.not_in(ENDED))
    if (session.scalar(active.where(Job.user_id == user_id)) or 0) >= live.live_sessions_per_user:
        raise TooManyLiveSessions(
            f"Your account has {live.live_sessions_per_user} live sessions already, as many as one "
            "account may have. End one of them first.",
            retry_after_s=TRY_AGAIN_S,
        )
    if (session.scalar(active) or 0) >= live.live_sessions:
        raise NoLiveWorker(
            f"All {live.live_sessions} live sessions of this service are in use. Try again in a "
            "while."
            if live.live_sessions
            else "This service hears no live sessions (LIVE_SESSIONS is 0).",
            retry_after_s=TRY_AGAIN_S,
        )


def _params(runtime: Runtime, transcription_id: str, wanted: Start, engine: str) -> LiveParams:
    live = runtime.settings.live
    return LiveParams(
        transcription_id=transcription_id,
        format=wanted.format,
        engine=engine,
        language=None if wanted.language == "auto" else wanted.language,
        step_ms=live.live_hold_s * 1000,
        max_ms=live.live_max_s * 1000,
        idle_ms=live.live_idle_s * 1000,
    )


def is_running(runtime: Runtime, opened: Opened) -> bool:
    """Whether a worker has it and its engine is loaded, or it has ended already."""
    with runtime.database.read() as session:
        job = session.get_one(Job, opened.job_id)
    return job.stage is not None or job.state in ENDED


def give_up(
    runtime: Runtime, operations: Operations, user: Identity, opened: Opened
) -> NoLiveWorker:
    """No worker picked up the session: it is removed as if it had never been."""
    with runtime.database.write() as session:
        transcription = queries.get(
            session, user_id=user.user_id, transcription_id=opened.session.session
        )
        remove(session, runtime, operations, transcription)
    log.warning("live.no_worker", job_id=opened.job_id)
    return NoLiveWorker(
        "No worker is free to hear a live session. Nothing was charged; try again in a while.",
        retry_after_s=TRY_AGAIN_S,
    )


def resume(runtime: Runtime, user: Identity, wanted: Resume) -> Opened:
    """The connection that comes last has the session. Raises NoLiveSession, OutOfStep."""
    socket_id = new_id("sck")
    with runtime.database.write() as session:
        job = _job(session, user, wanted.session)
        live = session.get(LiveSession, job.id, with_for_update=True)
        received = None
        if live is not None and job.state not in ENDED:
            received = live.received_bytes
            if wanted.sent_bytes is not None and wanted.sent_bytes < received:
                raise OutOfStep(
                    f"{received} bytes of this session are here, and you have sent "
                    f"{wanted.sent_bytes}: it is another stream.",
                    received_bytes=received,
                )
            live.socket_id = socket_id
        first, last = event_log.seqs_of_job(session, job.id)
    since = max(wanted.since, first - 1)  # the user's log before it may be long
    params = LiveParams.model_validate(job.params)
    return Opened(
        job_id=job.id,
        socket_id=socket_id,
        format=params.format,
        since=since,
        session=SessionOut(
            session=wanted.session,
            job_id=job.id,
            state=job.state,
            received_bytes=received,
            seq=since,
        ),
        all_told=job.state in ENDED and since >= last,
    )


def _job(session: Session, user: Identity, transcription_id: str) -> Job:
    try:
        queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    except TranscriptionNotFound as error:
        raise NoLiveSession(transcription_id) from error
    found = session.scalar(
        select(Job).where(Job.subject_id == transcription_id, Job.operation == LIVE.name)
    )
    if found is None:
        raise NoLiveSession(transcription_id)
    return found


def add(runtime: Runtime, opened: Opened, data: bytes, *, ended: bool) -> int | None:
    """How many bytes are here now; None when no more is heard. Raises Replaced."""
    with runtime.database.write() as session:
        received: int | None = session.scalar(
            update(LiveSession)
            .where(
                LiveSession.job_id == opened.job_id,
                LiveSession.socket_id == opened.socket_id,
                LiveSession.ended.is_(False),
            )
            .values(received_bytes=LiveSession.received_bytes + len(data), ended=ended)
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
    """A chore: sound that became a recording, or that nobody will retry any more."""
    over = or_(Job.state == JobState.SUCCEEDED, Job.finished_at < now() - KEPT_AFTER_END)
    with runtime.database.read() as session:
        ids = session.scalars(
            select(LiveSession.job_id)
            .join(Job, Job.id == LiveSession.job_id)
            .where(Job.state.in_(ENDED), over)
        ).all()
    for job_id in ids:
        while _remove_some(runtime, job_id):
            pass


def _remove_some(runtime: Runtime, job_id: str) -> bool:
    """A few seconds of sound, so that no other writer waits. False when there was none left."""
    with runtime.database.write() as session:
        mine = select(LiveChunk.at_byte).where(LiveChunk.job_id == job_id)
        found = session.scalars(mine.order_by(LiveChunk.at_byte).limit(CHUNKS_AT_ONCE)).all()
        if not found:
            session.execute(delete(LiveSession).where(LiveSession.job_id == job_id))
            return False
        session.execute(
            delete(LiveChunk).where(LiveChunk.job_id == job_id, LiveChunk.at_byte <= found[-1])
        )
    return True
