"""Routes of shares: for owners, and for visitors without an account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from mp4totext import __version__
from mp4totext.auth.dependencies import RuntimeDep, rate_limit, reads
from mp4totext.auth.identity import Identity
from mp4totext.downloads.endpoints import file_answer
from mp4totext.exports.documents import Document
from mp4totext.exports.registry import EXPORTS, export_named
from mp4totext.jobs.dependencies import Writer
from mp4totext.kit.conditional import UNCHANGED, etag, json_unless_known
from mp4totext.kit.http import WriteSession, problems
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.ratelimit import address_of, rate_limit_by_address
from mp4totext.kit.request_fields import IdempotencyKey, PageDep
from mp4totext.shares import comments, queries, service
from mp4totext.shares.models import Share, ShareComment
from mp4totext.shares.schemas import (
    CommentChange,
    CommentOut,
    CommentRequest,
    SharedComment,
    SharedOut,
    ShareOut,
    ShareRequest,
)
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.edits.packed_words import PackedWords
from mp4totext.transcriptions.endpoints import Id

router = APIRouter(prefix="/api/v1", tags=["shares"])

CommentId = Annotated[str, Path(pattern=r"^cmt_[0-9a-z]{26}$")]
ShareId = Annotated[str, Path(pattern=r"^shr_[0-9a-z]{26}$")]
Token = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
Password = Annotated[str | None, Header(alias="X-Share-Password", max_length=1000)]


def _visitor(request: Request, password: Password = None) -> service.Visitor:
    return service.Visitor(password=password, address=address_of(request))


VisitorDep = Annotated[service.Visitor, Depends(_visitor)]
_BYTES = {"schema": {"type": "string", "format": "binary"}}


def _no_index(response: Response) -> None:
    response.headers["X-Robots-Tag"] = "noindex"


BY_LINK = [Depends(_no_index), rate_limit_by_address("shared")]


@router.get("/shares", responses=problems(401, 403), summary="List your links, newest first")
@reads("transcriptions:read")
def list_shares(
    session: Session,
    user: Identity,
    runtime: RuntimeDep,
    page: PageDep,
    transcription_id: Annotated[str | None, Query(pattern=r"^trn_[0-9a-z]{26}$")] = None,
) -> Page[ShareOut]:
    statement = queries.owned(user.user_id)
    if transcription_id is not None:
        statement = statement.where(Share.transcription_id == transcription_id)
    rows, cursor = fetch_page(session, statement, by=Share.id, page=page)
    titles = queries.titles(session, rows)
    items = [service.share_out(runtime, row, title=titles[row.transcription_id]) for row in rows]
    return Page(items=items, next_cursor=cursor)


@router.post(
    "/transcriptions/{transcription_id}/shares",
    status_code=201,
    responses=problems(401, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Create a link that opens a recording without an account",
)
def create_share(
    transcription_id: Id, body: ShareRequest, user: Writer, runtime: RuntimeDep
) -> ShareOut:
    return service.make(runtime, user.user_id, transcription_id, body)


@router.delete(
    "/shares/{share_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Revoke a link, including the audio links issued through it",
)
def revoke_share(share_id: ShareId, user: Writer, session: WriteSession) -> None:
    session.delete(queries.get(session, user_id=user.user_id, share_id=share_id))


@router.get(
    "/transcriptions/{transcription_id}/comments",
    responses=problems(401, 403, 404),
    summary="List comments on a recording's shared links, newest first",
)
@reads("transcriptions:read")
def list_comments(
    session: Session, user: Identity, transcription_id: Id, page: PageDep
) -> Page[CommentOut]:
    transcriptions.get(session, user_id=user.user_id, transcription_id=transcription_id)
    statement = queries.owned_comments(user.user_id).where(
        ShareComment.transcription_id == transcription_id
    )
    rows, cursor = fetch_page(session, statement, by=ShareComment.id, page=page)
    return Page(items=[comments.comment_out(row) for row in rows], next_cursor=cursor)


@router.patch(
    "/comments/{comment_id}",
    responses=problems(401, 403, 404),
    summary="Answer a comment",
)
def answer_comment(
    comment_id: CommentId, body: CommentChange, user: Writer, session: WriteSession
) -> CommentOut:
    row = queries.comment(session, user_id=user.user_id, comment_id=comment_id)
    return comments.answer(row, body.answer)


@router.delete(
    "/comments/{comment_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a comment",
)
def delete_comment(comment_id: CommentId, user: Writer, session: WriteSession) -> None:
    session.delete(queries.comment(session, user_id=user.user_id, comment_id=comment_id))


@router.get(
    "/shared/{token}",
    responses=problems(403, 404, 409),
    dependencies=BY_LINK,
    summary="Get a shared recording: text, speakers, chapters, and a link to the audio",
)
def shared(token: Token, runtime: RuntimeDep, visitor: VisitorDep) -> SharedOut:
    with service.opened(runtime, token, visitor) as (session, share, transcription):
        answer = service.shared_out(session, runtime, share, transcription)
    service.note_opening(runtime, share.id)
    return answer


@router.post(
    "/shared/{token}/comments",
    status_code=201,
    responses=problems(403, 404, 409),
    dependencies=[*BY_LINK, rate_limit_by_address("comment")],
    summary="Add a comment to a shared recording, if allowed",
)
def write_comment(
    token: Token,
    body: CommentRequest,
    runtime: RuntimeDep,
    visitor: VisitorDep,
    key: IdempotencyKey = None,
) -> SharedComment:
    request = fingerprint("comment", token, body.model_dump(mode="json"))
    with service.opened_to_write(runtime, token, visitor) as (session, share, transcription):
        earlier = earlier_answer(session, owner=share.id, key=key, request=request)
        if earlier is not None:
            return comments.written(session, earlier["id"])
        comment = comments.write(session, share, transcription, body)
        # Without its words, which its owner may delete.
        answer = {"id": comment.id}
        remember_answer(session, owner=share.id, key=key, request=request, answer=answer)
        return comment


@router.get(
    "/shared/{token}/words",
    response_model=PackedWords,
    responses=problems(403, 404, 409) | UNCHANGED,
    dependencies=BY_LINK,
    summary="Get word times and confidences of a shared recording, packed",
)
def shared_words(
    token: Token, request: Request, runtime: RuntimeDep, visitor: VisitorDep
) -> Response:
    with service.opened(runtime, token, visitor) as (session, share, transcription):
        version = transcriptions.version(session, transcription)
        tag = etag(__version__, share.id, version.number, version.revision)
        return json_unless_known(
            request, tag, lambda: service.packed_words(session, share, version)
        )


@router.get(
    "/shared/{token}/export",
    response_class=Response,
    responses=problems(400, 403, 404, 409)
    | {
        200: {
            "description": "The file",
            "content": {export.media_type: _BYTES for export in EXPORTS.values()},
        }
    },
    dependencies=BY_LINK,
    summary="Export a shared recording, if allowed",
)
async def shared_export(
    token: Token,
    request: Request,
    runtime: RuntimeDep,
    visitor: VisitorDep,
    format: Annotated[str, Query(max_length=40, description="Export format, see /export-formats.")],  # noqa: A002
) -> Response:
    export = export_named(format)

    def read() -> tuple[str, Document]:
        with service.opened(runtime, token, visitor) as (session, share, transcription):
            return share.user_id, service.exported(session, share, transcription)

    owner_id, document = await run_in_threadpool(read)
    return await file_answer(request, owner_id, export, document)
