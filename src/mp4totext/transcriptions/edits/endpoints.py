"""Routes of edits: change, undo, read changes; and the word times that editors need."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from mp4totext import __version__
from mp4totext.auth.dependencies import reads
from mp4totext.auth.identity import Identity
from mp4totext.jobs.dependencies import Payer
from mp4totext.kit.conditional import UNCHANGED, etag, json_unless_known
from mp4totext.kit.http import WriteSession, problems
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits import answers, service
from mp4totext.transcriptions.edits.packed_words import LAST_MS, PackedWords, packed
from mp4totext.transcriptions.edits.schemas import (
    ChangesOut,
    EditAnswer,
    Replacement,
    ReplacementAnswer,
    SegmentEdits,
    SpeakerEdits,
    Undo,
)
from mp4totext.transcriptions.endpoints import Id

router = APIRouter(prefix="/api/v1/transcriptions", tags=["transcriptions"])

Editor = Payer  # accepts an Idempotency-Key; edits are free


@router.patch(
    "/{transcription_id}/segments",
    responses=problems(400, 401, 403, 404, 409),
    summary="Edit segments: text, split, merge, insert, remove, times, check, restore",
)
def change_segments(
    transcription_id: Id, body: SegmentEdits, editor: Editor, session: WriteSession
) -> EditAnswer:
    return service.edit_segments(session, editor, transcription_id, body)


@router.patch(
    "/{transcription_id}/speakers",
    responses=problems(400, 401, 403, 404, 409),
    summary="Rename, merge, split or reassign speakers",
)
def change_speakers(
    transcription_id: Id, body: SpeakerEdits, editor: Editor, session: WriteSession
) -> EditAnswer:
    return service.edit_speakers(session, editor, transcription_id, body)


@router.post(
    "/{transcription_id}/replace",
    responses=problems(400, 401, 403, 404, 409),
    summary="Find and replace in the whole transcript, or preview it",
)
def replace_text(
    transcription_id: Id, body: Replacement, editor: Editor, session: WriteSession
) -> ReplacementAnswer:
    return service.replace_text(session, editor, transcription_id, body)


@router.post(
    "/{transcription_id}/undo",
    responses=problems(400, 401, 403, 404, 409),
    summary="Undo a change; undoing an undo is a redo",
)
def undo(transcription_id: Id, body: Undo, editor: Editor, session: WriteSession) -> EditAnswer:
    return service.undo_change(session, editor, transcription_id, body)


@router.get(
    "/{transcription_id}/changes",
    responses=problems(401, 403, 404, 409),
    summary="List changes since a revision",
)
@reads("transcriptions:read")
def changes(
    session: Session,
    user: Identity,
    transcription_id: Id,
    since: Annotated[int, Query(ge=0, le=2**31 - 1, description="Last known revision.")],
    version: Annotated[int | None, Query(ge=1, le=10**6)] = None,
) -> ChangesOut:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    shown = queries.version(session, transcription, version)
    return answers.since(session, shown, since, user_id=user.user_id)


@router.get(
    "/{transcription_id}/words",
    response_model=PackedWords,
    responses=problems(401, 403, 404, 409) | UNCHANGED,
    summary="Get word times and confidences, packed",
)
@reads("transcriptions:read")
def words(
    session: Session,
    user: Identity,
    transcription_id: Id,
    request: Request,
    version: Annotated[int | None, Query(ge=1, le=10**6)] = None,
    from_ms: Annotated[int, Query(ge=0, le=LAST_MS)] = 0,
    to_ms: Annotated[int, Query(ge=0, le=LAST_MS)] = LAST_MS,
) -> Response:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    shown = queries.version(session, transcription, version)
    tag = etag(__version__, transcription.id, shown.number, shown.revision, from_ms, to_ms)
    return json_unless_known(
        request, tag, lambda: packed(session, shown, from_ms=from_ms, to_ms=to_ms)
    )
