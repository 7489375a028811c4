"""Routes of the library: tags, one action on many recordings, and their exports in one file."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, reads
from mp4totext.auth.identity import Identity
from mp4totext.jobs.dependencies import OperationsDep, Writer
from mp4totext.kit.http import WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.library import queries, service
from mp4totext.transcriptions.library.schemas import (
    TAG_ID,
    BulkOut,
    BulkRequest,
    CountedTag,
    NewTag,
    TagChange,
    TagsOfRecording,
)
from mp4totext.transcriptions.models import Tag
from mp4totext.transcriptions.schemas import TagOut

router = APIRouter(prefix="/api/v1", tags=["library"])

PathTagId = Annotated[str, Path(pattern=TAG_ID)]


@router.get("/tags", responses=problems(401, 403), summary="List your tags, newest first")
@reads("transcriptions:read")
def list_tags(session: Session, user: Identity, page: PageDep) -> Page[CountedTag]:
    rows, cursor = fetch_page(session, queries.owned(user.user_id), by=Tag.id, page=page)
    uses = queries.uses(session, rows)
    items = [
        CountedTag(id=row.id, name=row.name, colour=row.colour, recordings=uses.get(row.id, 0))
        for row in rows
    ]
    return Page(items=items, next_cursor=cursor)


@router.post("/tags", status_code=201, responses=problems(401, 403, 409), summary="Create a tag")
def create_tag(body: NewTag, user: Writer, session: WriteSession) -> TagOut:
    return TagOut.model_validate(service.make_tag(session, user.user_id, body))


@router.patch(
    "/tags/{tag_id}", responses=problems(401, 403, 404, 409), summary="Rename or recolour a tag"
)
def change_tag(tag_id: PathTagId, body: TagChange, user: Writer, session: WriteSession) -> TagOut:
    tag = queries.get(session, user_id=user.user_id, tag_id=tag_id)
    service.change_tag(session, tag, body)
    return TagOut.model_validate(tag)


@router.delete(
    "/tags/{tag_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a tag; its recordings are kept",
)
def delete_tag(tag_id: PathTagId, user: Writer, session: WriteSession) -> None:
    session.delete(queries.get(session, user_id=user.user_id, tag_id=tag_id))


@router.put(
    "/transcriptions/{transcription_id}/tags",
    responses=problems(401, 403, 404),
    summary="Replace the tags of a recording",
)
def set_tags(
    transcription_id: Id, body: TagsOfRecording, user: Writer, session: WriteSession
) -> list[TagOut]:
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id, lock=True
    )
    service.set_tags(session, transcription, body.tag_ids)
    tags = transcriptions.tags_of(session, [transcription]).get(transcription.id, [])
    return [TagOut.model_validate(tag) for tag in tags]


@router.post(
    "/library/bulk",
    responses=problems(401, 403, 404),
    dependencies=[rate_limit("expensive")],
    summary="Tag, archive, bin, restore or delete many recordings, with a result for each",
)
def bulk(
    body: BulkRequest,
    user: Writer,
    runtime: RuntimeDep,
    operations: OperationsDep,
    session: WriteSession,
) -> BulkOut:
    verbs = service.Bulk(
        session=session, runtime=runtime, operations=operations, user_id=user.user_id
    )
    return BulkOut(results=verbs.apply(body))
