"""Comments of visitors with a link; the recording's owner answers and deletes them."""

from sqlalchemy.orm import Session

from mp4totext.events import log as event_log
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.shares import queries
from mp4totext.shares.errors import CommentNotFound, CommentsOff, TooManyComments
from mp4totext.shares.models import Share, ShareComment
from mp4totext.shares.schemas import CommentOut, CommentRequest, SharedComment
from mp4totext.transcriptions.models import Transcription

MAX_OF_LINK = 200
MAX_OF_RECORDING = 1000

log = get_logger()


def write(
    session: Session, share: Share, transcription: Transcription, body: CommentRequest
) -> SharedComment:
    """Store a comment. Times after the end of the recording are set to its end.

    Raises CommentsOff and TooManyComments.
    """
    if not share.may_comment:
        raise CommentsOff
    of_link, of_recording = queries.comment_counts(session, share)
    if of_link >= MAX_OF_LINK or of_recording >= MAX_OF_RECORDING:
        raise TooManyComments
    row = ShareComment(
        id=new_id("cmt"),
        user_id=share.user_id,
        transcription_id=transcription.id,
        share_id=share.id,
        name=body.name,
        text=body.text,
        at_ms=min(body.at_ms, transcription.duration_ms or body.at_ms),
        created_at=now(),
    )
    session.add(row)
    session.flush()
    log.info("share.commented", share_id=share.id, comment_id=row.id)
    event_log.append(
        session,
        user_id=share.user_id,
        type="comment",
        transcription_id=transcription.id,
        comment_id=row.id,
        at_ms=row.at_ms,
    )
    return shared_comment(row)


def written(session: Session, comment_id: str) -> SharedComment:
    """Raises CommentNotFound if its owner has deleted it."""
    row = session.get(ShareComment, comment_id)
    if row is None:
        raise CommentNotFound(comment_id)
    return shared_comment(row)


def answer(row: ShareComment, text: str | None) -> CommentOut:
    """Answer a comment; None removes the answer."""
    row.answer = text
    row.answered_at = None if text is None else now()
    return comment_out(row)


def shared_comment(row: ShareComment) -> SharedComment:
    return SharedComment(
        id=row.id,
        name=row.name,
        text=row.text,
        at_ms=row.at_ms,
        answer=row.answer,
        created_at=row.created_at,
    )


def comment_out(row: ShareComment) -> CommentOut:
    return CommentOut(
        **shared_comment(row).model_dump(),
        transcription_id=row.transcription_id,
        share_id=row.share_id,
        answered_at=row.answered_at,
    )
