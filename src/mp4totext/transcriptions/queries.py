"""Every SELECT of recordings; all for users go through ``owned``."""

from datetime import datetime

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, load_only, undefer

from mp4totext.jobs.models import ENDED, Job
from mp4totext.transcriptions.errors import (
    NotReady,
    StillRunning,
    TranscriptionNotFound,
    VersionNotFound,
)
from mp4totext.transcriptions.models import Transcription, TranscriptVersion

# Built once: to build a statement takes longer than to execute it.
_ONE = select(Transcription).where(
    Transcription.user_id == bindparam("user"), Transcription.id == bindparam("id")
)
_VERSION = (
    select(TranscriptVersion)
    .where(
        TranscriptVersion.transcription_id == bindparam("transcription"),
        TranscriptVersion.number == bindparam("number"),
    )
    # Each would be a query of its own; ``recognised`` is one, when nobody edited it.
    .options(undefer(TranscriptVersion.edited), undefer(TranscriptVersion.understanding))
)
_JOBS = (
    select(Job)
    .where(Job.id.in_(bindparam("ids", expanding=True)))
    .options(load_only(Job.state, Job.error_message, Job.warnings))
)


def owned(user_id: str) -> Select[Transcription]:
    return select(Transcription).where(Transcription.user_id == user_id)


def get(
    session: Session, *, user_id: str, transcription_id: str, lock: bool = False
) -> Transcription:
    statement = _ONE.with_for_update() if lock else _ONE
    found = session.scalar(statement, {"user": user_id, "id": transcription_id})
    if found is None:
        raise TranscriptionNotFound(transcription_id)
    return found


def listed(
    user_id: str,
    *,
    search: str | None,
    status: str | None,
    language: str | None,
    created_from: datetime | None,
    created_to: datetime | None,
) -> Select[Transcription]:
    statement = owned(user_id)
    if search:
        pattern = f"%{_escaped(search.lower())}%"
        said = (
            select(TranscriptVersion.transcription_id)
            .where(
                TranscriptVersion.transcription_id == Transcription.id,
                TranscriptVersion.number == Transcription.version,
                func.lower(TranscriptVersion.text).like(pattern, escape="\\"),
            )
            .exists()
        )
        titled = func.lower(Transcription.title).like(pattern, escape="\\")
        statement = statement.where(or_(titled, said))
    if status:
        statement = statement.join(Job, Job.id == Transcription.job_id).where(Job.state == status)
    if language:
        statement = statement.where(Transcription.language == language)
    if created_from:
        statement = statement.where(Transcription.created_at >= created_from)
    if created_to:
        statement = statement.where(Transcription.created_at < created_to)
    return statement


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def totals(session: Session) -> tuple[int, int]:
    """How many recordings there are, and how many milliseconds long all of them."""
    row = session.execute(select(func.count(), func.sum(Transcription.duration_ms))).one()
    return int(row[0]), int(row[1] or 0)


def same_file(session: Session, *, user_id: str, sha256: str, besides: str) -> list[str]:
    """The user's transcriptions of exactly this file, newest first."""
    statement = (
        select(Transcription.id)
        .where(
            Transcription.user_id == user_id,
            Transcription.sha256 == sha256,
            Transcription.id != besides,
        )
        .order_by(Transcription.id.desc())
        .limit(5)
    )
    return list(session.scalars(statement))


def refuse_while_running(session: Session, transcription: Transcription) -> None:
    """Raises StillRunning. Texts that are being written are of the version they were asked for."""
    running = select(Job.id).where(
        Job.subject_id == transcription.id, Job.makes_version, Job.state.not_in(ENDED)
    )
    if session.scalar(running.limit(1)) is not None:
        raise StillRunning(
            "A job of this recording is running that makes a version. Wait for it, or cancel it."
        )


def version(
    session: Session, transcription: Transcription, number: int | None = None
) -> TranscriptVersion:
    """The current version, or another. Raises NotReady when there is none."""
    wanted = number or transcription.version
    if wanted is None:
        raise NotReady("The recording has no transcript yet. Follow its job.")
    found = session.scalar(_VERSION, {"transcription": transcription.id, "number": wanted})
    if found is None:
        raise VersionNotFound(wanted)
    return found


def versions_of(transcription_id: str) -> Select[TranscriptVersion]:
    return select(TranscriptVersion).where(TranscriptVersion.transcription_id == transcription_id)


def last_version(session: Session, transcription_id: str) -> int:
    number = session.scalar(
        select(func.max(TranscriptVersion.number)).where(
            TranscriptVersion.transcription_id == transcription_id
        )
    )
    return number or 0


def jobs_of(session: Session, transcriptions: list[Transcription]) -> dict[str, Job]:
    """The latest job of each, by job id."""
    ids = [t.job_id for t in transcriptions if t.job_id is not None]
    return {job.id: job for job in session.scalars(_JOBS, {"ids": ids})}
