"""Erases closed accounts: the data of every slice, then the account itself."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.auth import account_closing
from mp4totext.events.log import Event
from mp4totext.images import service as images
from mp4totext.images.models import StoredPicture
from mp4totext.jobs import service as jobs
from mp4totext.jobs import webhook_service as webhooks
from mp4totext.jobs.models import ENDED, Job, WebhookTarget
from mp4totext.jobs.operation import Operations
from mp4totext.kit.idempotency import IdempotentAnswer
from mp4totext.runtime import Runtime
from mp4totext.texts import service as texts
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions import deletion
from mp4totext.transcriptions.models import Tag, Transcription
from mp4totext.transcriptions.speaker_profiles.models import SpeakerProfile, SpeakerProfileConsent
from mp4totext.uploads.models import Upload
from mp4totext.videos.brands import service as brands
from mp4totext.voices import service as voices
from mp4totext.voices.models import Speech

AT_ONCE = 100  # recordings in one round, so that a large account does not delay other chores

_ROWS = (SpeakerProfile, SpeakerProfileConsent, Tag, Event)


def erase_ended_accounts(runtime: Runtime, operations: Operations) -> None:
    """Erase accounts whose waiting period has ended. Run by the sweeper."""
    with runtime.database.read() as session:
        due = account_closing.due(session)
    for user_id in due:
        if _remove_recordings(runtime, operations, user_id):
            with runtime.database.write() as session:
                _remove_other_data(session, runtime, user_id)
                account_closing.erase(session, user_id)


def _remove_recordings(runtime: Runtime, operations: Operations, user_id: str) -> bool:
    """Remove recordings of an account; returns whether none is left."""
    owned = select(Transcription.id).where(Transcription.user_id == user_id).limit(AT_ONCE + 1)
    with runtime.database.read() as session:
        ids = list(session.scalars(owned))
    for transcription_id in ids[:AT_ONCE]:
        with runtime.database.write() as session:
            transcription = session.get(Transcription, transcription_id)
            if transcription is not None:
                deletion.remove(session, runtime, operations, transcription)
    return len(ids) <= AT_ONCE


def _remove_other_data(session: Session, runtime: Runtime, user_id: str) -> None:
    """Remove what belongs to no recording. Rows of jobs and credits stay, without contents."""
    for text in session.scalars(select(WrittenText).where(WrittenText.user_id == user_id)):
        texts.remove(session, text)
    for speech in session.scalars(select(Speech).where(Speech.user_id == user_id)):
        voices.remove(session, runtime, speech)
    for picture in session.scalars(select(StoredPicture).where(StoredPicture.user_id == user_id)):
        images.remove(session, runtime, picture)
    brands.remove_all(session, runtime, user_id)
    for target in session.scalars(select(WebhookTarget).where(WebhookTarget.user_id == user_id)):
        webhooks.remove(session, target)
    for job in session.scalars(select(Job).where(Job.user_id == user_id, Job.state.not_in(ENDED))):
        jobs.cancel_unless_ended(session, job)
    for job in session.scalars(select(Job).where(Job.user_id == user_id)):
        jobs.erase_job(session, job)
    session.execute(update(Upload).where(Upload.user_id == user_id).values(gone=True))
    for model in _ROWS:
        session.execute(delete(model).where(model.user_id == user_id))
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.owner == user_id))
