"""Read, edit, delete. Every verb takes the session that commits it."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mp4totext.jobs import service as jobs
from mp4totext.jobs.errors import JobNotActive
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.kit.ids import born_at, is_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing, StorageUnavailable
from mp4totext.live import chunks
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import edits, queries, vendor_deletion
from mp4totext.transcriptions.errors import EditConflict, StillRunning
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.schemas import (
    SegmentsChange,
    SpeakersChange,
    TranscriptionChange,
)
from mp4totext.transcriptions.speaker_profiles.models import Voice
from mp4totext.transcriptions.versions import (
    transcript_of,
    transcript_to_json,
)

# An upload between its object and its row is younger.
ORPHAN_AGE = timedelta(days=1)
ASKED_AT_ONCE = 1000  # databases limit the parameters of a statement

# Operations that store a version when they succeed.
NEW_VERSIONS = frozenset({"transcribe", "import", "diarize", "live"})

log = get_logger()


def refuse_while_heard(session: Session, transcription: Transcription) -> None:
    """Raises StillRunning. Texts that are being written are of the version they were asked for."""
    running = {job.operation for job in jobs.active_of(session, transcription.id)}
    if running & NEW_VERSIONS:
        raise StillRunning(
            "A job of this recording is running that makes a version. Wait for it, or cancel it."
        )


def change(session: Session, transcription: Transcription, wanted: TranscriptionChange) -> None:
    if wanted.title is not None:
        transcription.title = wanted.title
    if wanted.version is not None:
        version = queries.version(session, transcription, wanted.version)
        transcription.version = version.number
        transcription.language = version.language
    transcription.updated_at = now()


def edit_segments(
    session: Session, transcription: Transcription, wanted: SegmentsChange
) -> TranscriptVersion:
    """New text for segments; what was recognised stays beside it."""
    version = _for_edit(session, transcription, wanted.revision)
    edited = edits.with_texts(transcript_of(version), {edit.id: edit.text for edit in wanted.edits})
    return _store(transcription, version, edited)


def edit_speakers(
    session: Session, transcription: Transcription, wanted: SpeakersChange
) -> TranscriptVersion:
    """Rename, merge, reassign, in the order given."""
    version = _for_edit(session, transcription, wanted.revision)
    edited = transcript_of(version)
    for action in wanted.actions:
        edited = edits.with_speaker_action(edited, action)
    return _store(transcription, version, edited)


def _for_edit(session: Session, transcription: Transcription, revision: int) -> TranscriptVersion:
    version = queries.version(session, transcription)
    session.refresh(version, with_for_update=True)
    if version.revision != revision:
        raise EditConflict(
            f"The transcript was edited since: it is at revision {version.revision}, "
            f"not {revision}. Read it again and repeat the edit.",
            revision=version.revision,
        )
    return version


def _store(
    transcription: Transcription, version: TranscriptVersion, edited: Transcript
) -> TranscriptVersion:
    version.edited = transcript_to_json(edited)
    version.text = edited.text
    version.revision += 1
    transcription.updated_at = now()
    return version


def remove(session: Session, runtime: Runtime, transcription: Transcription) -> None:
    """Every trace: rows first, then, once they are gone for good, the objects."""
    # Jobs first, as a worker that finishes one locks them in this order; then again, for one that
    # was accepted before the lock.
    _cancel_all(session, transcription)
    locked = select(Transcription.id).where(Transcription.id == transcription.id).with_for_update()
    if session.scalar(locked) is None:
        return  # somebody else was first
    _cancel_all(session, transcription)
    vendor_deletion.order(session, transcription)
    jobs.forget(session, transcription.id)
    chunks.forget(session, transcription_id=transcription.id)
    learned = session.scalar(select(Voice.id).where(Voice.transcription_id == transcription.id))
    session.execute(
        delete(TranscriptVersion).where(TranscriptVersion.transcription_id == transcription.id)
    )
    session.execute(delete(Transcription).where(Transcription.id == transcription.id))
    prefix = f"recordings/{transcription.id}"
    after_commit(session, lambda: _remove_objects(runtime, prefix))
    if learned is not None:
        after_commit(session, lambda: runtime.database.overwrite_deleted("voices"))
    log.info("transcription.deleted", transcription_id=transcription.id)


def _cancel_all(session: Session, transcription: Transcription) -> None:
    for job in jobs.active_of(session, transcription.id):
        with suppress(JobNotActive):
            jobs.cancel(session, job)


def _remove_objects(runtime: Runtime, prefix: str) -> None:
    try:
        runtime.storage.delete_prefix(prefix)
    except (StorageUnavailable, ObjectMissing) as error:  # remove_orphans tries again
        log.warning("storage.objects_left", prefix=prefix, reason=type(error).__name__)


def remove_expired(runtime: Runtime) -> None:
    """The retention setting, as a chore of the sweeper."""
    days = runtime.settings.ingest.retention_days
    if days is None:
        return
    oldest = now() - timedelta(days=days)
    with runtime.database.read() as session:
        ids = list(
            session.scalars(
                select(Transcription.id).where(Transcription.created_at < oldest).limit(100)
            )
        )
    for transcription_id in ids:
        with runtime.database.write() as session:
            transcription = session.get(Transcription, transcription_id)
            if transcription is not None:
                remove(session, runtime, transcription)


def remove_orphans(runtime: Runtime, *, older_than: timedelta = ORPHAN_AGE) -> None:
    """Objects whose rows are gone: left by a store that did not answer, or a killed process."""
    stored = sorted({key.split("/")[1] for key in runtime.storage.keys("recordings")})
    oldest = now() - older_than
    old = [name for name in stored if is_id(name, "trn") and born_at(name) < oldest]
    for first in range(0, len(old), ASKED_AT_ONCE):
        asked = old[first : first + ASKED_AT_ONCE]
        with runtime.database.read() as session:
            kept = set(session.scalars(select(Transcription.id).where(Transcription.id.in_(asked))))
        for transcription_id in asked:
            if transcription_id not in kept:
                runtime.storage.delete_prefix(f"recordings/{transcription_id}")
                log.warning("storage.orphan_removed", transcription_id=transcription_id)
