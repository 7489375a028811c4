"""Tags, and one action on many recordings. Each function works in its caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mp4totext.jobs.operation import Operations
from mp4totext.kit.clock import now
from mp4totext.kit.db import lock_name
from mp4totext.kit.errors import AppError
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import deletion
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions import service as recordings
from mp4totext.transcriptions.library import queries
from mp4totext.transcriptions.library.errors import TagExists, TooManyTags
from mp4totext.transcriptions.library.schemas import BulkRequest, BulkResult, NewTag, TagChange
from mp4totext.transcriptions.models import Tag, Transcription, TranscriptionTag
from mp4totext.transcriptions.recording_events import publish
from mp4totext.transcriptions.schemas import TranscriptionChange

MAX_TAGS = 500

_CHANGES = {
    "archive": TranscriptionChange(archived=True),
    "unarchive": TranscriptionChange(archived=False),
    "bin": TranscriptionChange(binned=True),
    "restore": TranscriptionChange(binned=False),
}


def make_tag(session: Session, user_id: str, body: NewTag) -> Tag:
    """Raises TagExists, also for another case of the letters, and TooManyTags."""
    lock_name(session, f"tags of {user_id}")
    if queries.count(session, user_id) >= MAX_TAGS:
        raise TooManyTags(f"An account has at most {MAX_TAGS} tags: delete one first.")
    tag = Tag(id=new_id("tag"), user_id=user_id, colour=body.colour, created_at=now())
    _name(session, tag, body.name)
    return tag


def change_tag(session: Session, tag: Tag, body: TagChange) -> None:
    """Raises TagExists."""
    if body.colour is not None:
        tag.colour = body.colour
    if body.name is not None:
        _name(session, tag, body.name)


def _name(session: Session, tag: Tag, name: str) -> None:
    tag.name, tag.folded = name, name.casefold()[:200]
    try:
        with session.begin_nested():
            session.add(tag)
    except IntegrityError as error:
        raise TagExists(name) from error


def set_tags(session: Session, transcription: Transcription, tag_ids: Sequence[str]) -> None:
    """Replace the tags of a recording. Raises TagNotFound."""
    tags = {
        tag_id: queries.get(session, user_id=transcription.user_id, tag_id=tag_id)
        for tag_id in tag_ids
    }
    session.execute(
        delete(TranscriptionTag).where(TranscriptionTag.transcription_id == transcription.id)
    )
    session.add_all(
        TranscriptionTag(transcription_id=transcription.id, tag_id=tag_id) for tag_id in tags
    )
    session.flush()
    publish(session, transcription, "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """One action on many recordings, with a result for each."""

    session: Session
    runtime: Runtime
    operations: Operations
    user_id: str

    def apply(self, body: BulkRequest) -> list[BulkResult]:
        """Raises TagNotFound before anything is changed. An id listed twice gets two results."""
        tag = None
        if body.tag_id is not None:
            tag = queries.get(self.session, user_id=self.user_id, tag_id=body.tag_id)
        # In a fixed order, so that two requests for the same recordings wait for each other.
        ids = sorted(set(body.ids))
        if body.action == "delete":
            deletion.lock(self.session, ids, user_id=self.user_id)
        results = {each: self._one(each, body.action, tag) for each in ids}
        return [results[each] for each in body.ids]

    def _one(self, transcription_id: str, action: str, tag: Tag | None) -> BulkResult:
        session = self.session
        try:
            transcription = transcriptions.get(
                session,
                user_id=self.user_id,
                transcription_id=transcription_id,
                lock=action != "delete",  # a deletion locks jobs first, like workers
            )
        except AppError as error:
            return BulkResult(id=transcription_id, ok=False, code=error.code)
        if action == "delete":
            deletion.remove(session, self.runtime, self.operations, transcription)
        elif tag is not None:
            _tag(session, transcription, tag, has=action == "tag")
        else:
            recordings.change(session, transcription, _CHANGES[action])
        return BulkResult(id=transcription_id, ok=True)


def _tag(session: Session, transcription: Transcription, tag: Tag, *, has: bool) -> None:
    key = (transcription.id, tag.id)
    row = session.get(TranscriptionTag, key)
    if has and row is None:
        session.add(TranscriptionTag(transcription_id=transcription.id, tag_id=tag.id))
    if not has and row is not None:
        session.delete(row)
    session.flush()
    publish(session, transcription, "changed")
