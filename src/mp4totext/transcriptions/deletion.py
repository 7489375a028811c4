"""Deletes a recording with everything that operations have stored about it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from mp4totext.jobs import service as jobs
from mp4totext.jobs.operation import Operations
from mp4totext.jobs.stored_files import remove_folder
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.log import get_logger
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.files import recording_folder
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.recording_events import publish

log = get_logger()


def lock(session: Session, ids: Sequence[str], *, user_id: str) -> list[str]:
    """Lock the user's recordings of these ids, and their jobs; returns the ids of those that exist.

    For several that are removed in one transaction, call it with all before the first is removed.
    """
    jobs.lock_active_jobs(session, ids, user_id=user_id)
    own = select(Transcription.id).where(
        Transcription.id.in_(ids), Transcription.user_id == user_id
    )
    return list(session.scalars(own.order_by(Transcription.id).with_for_update()))


def remove(
    session: Session, runtime: Runtime, operations: Operations, transcription: Transcription
) -> None:
    """Delete all rows and, after the commit, the objects."""
    ids, user_id = [transcription.id], transcription.user_id
    if not lock(session, ids, user_id=user_id):
        return  # another request was first
    # Also those that were accepted meanwhile, and webhooks that a cancelled one has just ordered.
    while active := jobs.lock_active_jobs(session, ids, user_id=user_id):
        for job in active:
            jobs.cancel(session, job)
    for operation in operations.values():
        operation.on_delete(session, runtime, transcription.id)
    jobs.erase_subject(session, transcription.id)
    session.execute(
        delete(TranscriptVersion).where(TranscriptVersion.transcription_id == transcription.id)
    )
    session.execute(delete(Transcription).where(Transcription.id == transcription.id))
    publish(session, transcription, "deleted")
    folder = recording_folder(transcription.id)
    after_commit(session, lambda: remove_folder(runtime, folder))
    log.info("transcription.deleted", transcription_id=transcription.id)


def remove_expired(runtime: Runtime, operations: Operations) -> None:
    """A chore: delete what is older than the retention setting, or was in the bin long enough."""
    settings, at = runtime.settings.ingest, now()
    expired = [Transcription.binned_at < at - timedelta(days=settings.bin_days)]
    if settings.retention_days is not None:
        expired.append(Transcription.created_at < at - timedelta(days=settings.retention_days))
    with runtime.database.read() as session:
        ids = list(session.scalars(select(Transcription.id).where(or_(*expired)).limit(100)))
    for transcription_id in ids:
        with runtime.database.write() as session:
            transcription = session.get(Transcription, transcription_id)
            if transcription is not None:
                remove(session, runtime, operations, transcription)
