"""Routes for texts: the catalogue, requests, reading, comparing; questions over recordings."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from mp4totext.auth.dependencies import AdminUser, RuntimeDep, rate_limit
from mp4totext.auth.identity import Identity
from mp4totext.credits import prices
from mp4totext.jobs import queries as job_queries
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import Payer, Reader, Writer, caller_without_key
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.texts import catalogue, queries, question_answering, service
from mp4totext.texts.models import WrittenText
from mp4totext.texts.operations import WRITE_TEXT
from mp4totext.texts.schemas import (
    AiModelOut,
    AskOut,
    AskRequest,
    TextAccepted,
    TextComparison,
    TextEstimate,
    TextKindOut,
    TextOut,
    TextQuote,
    TextQuoteRequest,
    TextRequest,
    TextRerun,
    TextSummary,
    VendorModelOut,
    summary_out,
    text_out,
)
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.endpoints import Id

router = APIRouter(prefix="/api/v1", tags=["texts"])

TEXT_ID = r"^txt_[0-9a-z]{26}$"
TextId = Annotated[str, Path(pattern=TEXT_ID, description="ID of a text.")]
AsHtml = Annotated[bool, Query(description="Whether to also return the text as HTML.")]


@router.get("/text-kinds", responses=problems(), summary="List kinds of text with their options")
def text_kinds(session: ReadSession) -> list[TextKindOut]:
    return catalogue.kinds(session)


@router.get(
    "/ai-models",
    responses=problems(),
    summary="List all language models with a price, and whether they are ready here",
)
def ai_models(runtime: RuntimeDep, session: ReadSession) -> list[AiModelOut]:
    return catalogue.models(session, runtime.settings)


@router.get(
    "/admin/ai-models/{provider}",
    tags=["admin"],
    responses=problems(401, 403, 404),
    summary="List a vendor's own models, and which of them have a price",
)
def vendor_models(
    provider: Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9-]+$")],
    admin: AdminUser,  # noqa: ARG001  only checked
    runtime: RuntimeDep,
) -> list[VendorModelOut]:
    return catalogue.vendor_models(runtime, provider)


@router.post(
    "/transcriptions/{transcription_id}/texts",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Write a text from a recording",
)
def write_text(
    transcription_id: Id,
    body: TextRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> TextAccepted:
    return service.request(runtime, session, caller, transcription_id, body)


@router.post(
    "/transcriptions/{transcription_id}/texts/estimate",
    responses=problems(400, 401, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Get the maximum price of a text",
)
def estimate_text(
    transcription_id: Id,
    body: TextEstimate,
    caller: Annotated[Caller, caller_without_key("transcriptions:read")],
    runtime: RuntimeDep,
    session: ReadSession,
) -> TextQuote:
    request = TextQuoteRequest(
        operation="write_text", transcription_id=transcription_id, **dict(body)
    )
    ctx = QuoteContext(
        session=session, runtime=runtime, caller=caller, prices=prices.current(session)
    )
    return WRITE_TEXT.estimate(request, ctx)


@router.get(
    "/transcriptions/{transcription_id}/texts",
    responses=problems(401, 403, 404),
    summary="List a recording's texts, newest first, without their bodies",
)
def list_texts(
    transcription_id: Id,
    user: Reader,
    session: ReadSession,
    page: PageDep,
    kind: Annotated[str | None, Query(max_length=40, pattern="^[a-z_]+$")] = None,
) -> Page[TextSummary]:
    transcriptions.get(session, user_id=user.user_id, transcription_id=transcription_id)
    statement = queries.listed(user.user_id, transcription_id=transcription_id, kind=kind)
    rows, cursor = fetch_page(session, statement, by=WrittenText.id, page=page)
    jobs = job_queries.by_id(session, (row.job_id for row in rows))
    items = [summary_out(row, jobs.get(row.job_id or "")) for row in rows]
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/transcriptions/{transcription_id}/texts/{text_id}",
    responses=problems(401, 403, 404),
    summary="Get a text with its citations",
)
def get_text(
    transcription_id: Id,
    text_id: TextId,
    user: Reader,
    session: ReadSession,
    html: AsHtml = False,  # noqa: FBT002  a query parameter
) -> TextOut:
    return _get_text(session, user, text_id, transcription_id, html=html)


@router.post(
    "/transcriptions/{transcription_id}/texts/{text_id}/rerun",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Write a text again; the old one is kept",
)
def rerun_text(
    transcription_id: Id,
    text_id: TextId,
    body: TextRerun,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> TextAccepted:
    return service.rerun(runtime, session, caller, transcription_id, text_id, body)


@router.get(
    "/transcriptions/{transcription_id}/texts/{text_id}/compare",
    responses=problems(401, 403, 404, 409),
    summary="Compare a text with an older one of its kind",
)
def compare_texts(
    transcription_id: Id,
    text_id: TextId,
    user: Reader,
    session: ReadSession,
    since: Annotated[str, Query(pattern=TEXT_ID, description="ID of the older text.")],
) -> TextComparison:
    before, after = (
        queries.get(session, user_id=user.user_id, text_id=key, transcription_id=transcription_id)
        for key in (since, text_id)
    )
    return service.compare(session, before=before, after=after)


@router.delete(
    "/transcriptions/{transcription_id}/texts/{text_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a text; cancels its job if it is still running",
)
def delete_text(transcription_id: Id, text_id: TextId, user: Writer, session: WriteSession) -> None:
    text = queries.get(
        session, user_id=user.user_id, text_id=text_id, transcription_id=transcription_id
    )
    service.remove(session, text)


@router.post(
    "/ask",
    responses=problems(400, 401, 402, 403, 409),
    dependencies=[rate_limit("expensive")],
    summary="Ask a question about all your recordings; returns passages and, optionally, an answer",
)
def ask(
    body: AskRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> AskOut:
    return question_answering.ask(runtime, session, caller, body)


@router.get(
    "/ask/{text_id}",
    responses=problems(401, 403, 404),
    summary="Get an answer from several recordings",
)
def get_answer(
    text_id: TextId,
    user: Reader,
    session: ReadSession,
    html: AsHtml = False,  # noqa: FBT002  a query parameter
) -> TextOut:
    return _get_text(session, user, text_id, None, html=html)


@router.delete(
    "/ask/{text_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete an answer from several recordings",
)
def delete_answer(text_id: TextId, user: Writer, session: WriteSession) -> None:
    text = queries.get(session, user_id=user.user_id, text_id=text_id, transcription_id=None)
    service.remove(session, text)


def _get_text(
    session: ReadSession,
    user: Identity,
    text_id: str,
    transcription_id: str | None,
    *,
    html: bool,
) -> TextOut:
    text = queries.get(
        session, user_id=user.user_id, text_id=text_id, transcription_id=transcription_id
    )
    job = job_queries.by_id(session, [text.job_id]).get(text.job_id or "")
    return text_out(text, job, html=service.as_html(session, text) if html else None)
