"""Routes of recordings: upload, look, edit, export, delete."""

import json
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.orm import Session

from mp4totext import __version__
from mp4totext.auth.dependencies import (
    RuntimeDep,
    rate_limit,
    reads,
    words_slot,
)
from mp4totext.auth.identity import Identity
from mp4totext.credits import prices
from mp4totext.events import log as event_log
from mp4totext.exports.options import OPTION_NAMES
from mp4totext.exports.registry import EXPORTS
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.dependencies import (
    OperationsDep,
    Payer,
    Reader,
    Writer,
    caller_without_key,
    links_of,
)
from mp4totext.jobs.quotes import QuoteContext
from mp4totext.kit import strict_json
from mp4totext.kit.conditional import UNCHANGED, etag, json_unless_known
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.ranges import ranged_response
from mp4totext.kit.request_fields import PageDep
from mp4totext.kit.upload import received_upload, upload_body
from mp4totext.messages import wanted_header, worded
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import deletion, queries, service, views
from mp4totext.transcriptions.errors import TranscriptionNotFound, UnusableRecording
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.transcriptions.schemas import (
    EstimateRequest,
    FromUploadRequest,
    FromUrlRequest,
    LibraryPage,
    ListFilter,
    RerunRequest,
    TranscriptionAccepted,
    TranscriptionChange,
    TranscriptionOut,
    TranscriptionQuote,
    TranscriptionQuoteRequest,
    TranscriptionSummary,
    VersionOut,
)
from mp4totext.transcriptions.submission import Submission

router = APIRouter(prefix="/api/v1", tags=["transcriptions"])

Id = Annotated[str, Path(pattern=r"^trn_[0-9a-z]{26}$", description="ID of a transcription.")]

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD_BODY = ANY_PARAMETERS | upload_body(
    title={"type": "string", "maxLength": 255},
    options={
        "type": "string",
        "description": "TranscriptionOptions as JSON. Each option may also be a separate field.",
    },
)


def _submission(runtime: RuntimeDep, operations: OperationsDep) -> Submission:
    return Submission.of(runtime, operations)


SubmissionDep = Annotated[Submission, Depends(_submission)]


async def _upload(
    request: Request, caller: Payer, runtime: RuntimeDep, submission: SubmissionDep
) -> TranscriptionAccepted:
    """Stream the body to disk, probe and price it, and only then store it."""
    state = request.app.state
    async with (
        state.upload_slots.slot(caller.user_id),
        received_upload(
            request,
            folder=runtime.scratch.folder("uploads"),
            max_bytes=runtime.settings.ingest.max_upload_bytes,
            on_progress=_upload_progress(runtime, caller),
        ) as upload,
    ):
        options, title = _parsed_fields(upload.fields)
        accept = partial(submission.upload, caller, upload, options, title=title)
        accepted: TranscriptionAccepted = await state.submission_slots.run(caller.user_id, accept)
        return accepted


for _path, _name in (("/transcriptions", "create"), ("/transcriptions/upload", "upload")):
    router.add_api_route(
        _path,
        _upload,
        name=_name,
        methods=["POST"],
        status_code=202,
        response_model=TranscriptionAccepted,
        responses=problems(400, 401, 402, 403, 409, 413, 415, 507),
        openapi_extra=_UPLOAD_BODY,
        dependencies=[rate_limit("expensive")],
        summary="Transcribe a file",
    )


def _upload_progress(runtime: Runtime, caller: Caller) -> Callable[[int, int | None], None]:
    def publish(done_bytes: int, total_bytes: int | None) -> None:
        with runtime.database.write() as session:
            event_log.append(
                session,
                user_id=caller.user_id,
                type="upload_progress",
                request_id=caller.request_id,
                done=done_bytes,
                total=total_bytes,
                unit="bytes",
            )

    return publish


def _parsed_fields(fields: dict[str, str]) -> tuple[TranscriptionOptions, str | None]:
    """``options`` as JSON, overridden by single fields."""
    fields = dict(fields)
    title = fields.pop("title", None)
    fields.pop("filename", None)
    whole = fields.pop("options", "{}")
    try:
        data = strict_json.loads(whole)
        if not isinstance(data, dict):
            raise UnusableRecording("`options` must be a JSON object.", code="invalid_options")
        data |= {name: _as_json(name, value) for name, value in fields.items()}
        strict_json.check(data)
        return TranscriptionOptions.model_validate(data), _clean_title(title)
    except json.JSONDecodeError as error:
        message = f"`options` is not JSON: {error.msg} at character {error.pos}."
        raise UnusableRecording(message, code="invalid_options") from error
    except strict_json.UnacceptableJson as error:
        raise UnusableRecording(f"The options: {error}.", code="invalid_options") from error
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def _as_json(name: str, value: str) -> Any:  # JSON values
    """Form values are texts: ``true``, ``2`` and ``["a"]`` are parsed as JSON."""
    try:
        return strict_json.loads(value, where=name)
    except json.JSONDecodeError:
        return value


def _clean_title(title: str | None) -> str | None:
    if title is None or not title.strip():
        return None
    return "".join(c for c in title.strip() if c.isprintable())[:255] or None


@router.post(
    "/transcriptions/from-url",
    status_code=202,
    responses=problems(400, 401, 402, 403, 409),
    dependencies=[rate_limit("expensive")],
    summary="Transcribe a recording from a URL",
)
def from_url(
    body: FromUrlRequest, caller: Payer, submission: SubmissionDep
) -> TranscriptionAccepted:
    return submission.url(caller, url=str(body.url), title=body.title, options=body.options)


@router.post(
    "/transcriptions/from-upload",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409, 413, 415, 507),
    dependencies=[rate_limit("expensive")],
    summary="Transcribe a finished resumable upload",
)
async def from_upload(
    body: FromUploadRequest, caller: Payer, submission: SubmissionDep, request: Request
) -> TranscriptionAccepted:
    accept = partial(
        submission.resumable_upload, caller, body.upload_id, body.options, title=body.title
    )
    accepted: TranscriptionAccepted = await request.app.state.submission_slots.run(
        caller.user_id, accept
    )
    return accepted


@router.post(
    "/transcriptions/estimate",
    responses=problems(400, 401, 403, 409),
    dependencies=[rate_limit("expensive")],
    summary="Get the maximum price of a transcription",
)
def estimate(
    body: EstimateRequest,
    caller: Annotated[Caller, caller_without_key("transcriptions:read")],
    runtime: RuntimeDep,
    operations: OperationsDep,
    session: ReadSession,
) -> TranscriptionQuote:
    request = TranscriptionQuoteRequest(**dict(body))
    ctx = QuoteContext(
        session=session, runtime=runtime, caller=caller, prices=prices.current(session)
    )
    return Submission.of(runtime, operations).transcribe.estimate(request, ctx)


@router.get(
    "/export-formats", responses=problems(), summary="List export formats with their options"
)
def export_formats() -> list[dict[str, Any]]:
    return [
        {
            "name": export.name,
            "title": worded(export.title),
            "media_type": export.media_type,
            "extension": export.extension,
            "description": worded(export.description),
            "options": {name: OPTION_NAMES[name] for name in export.options},
        }
        for export in EXPORTS.values()
    ]


@router.get("/transcriptions", responses=problems(401, 403), summary="List your recordings")
@reads("transcriptions:read")
def list_transcriptions(
    session: Session,
    user: Identity,
    page: PageDep,
    filters: Annotated[ListFilter, Query()],
) -> LibraryPage:
    statement = queries.listed(user.user_id, filters)
    order = queries.SORTS[filters.sort]
    rows, cursor = fetch_page(session, statement, by=Transcription.id, page=page, order=order)
    is_first = page.after is None
    # A search reads every text, so it is not repeated only for a count.
    total = queries.count(session, statement) if is_first and not filters.search else None
    languages = sorted(queries.languages(session, user.user_id)) if is_first else None
    items = views.summaries(session, rows)
    return LibraryPage(items=items, next_cursor=cursor, total=total, languages=languages)


@router.get(
    "/transcriptions/{transcription_id}",
    response_model=TranscriptionOut,
    responses=problems(401, 403, 404) | UNCHANGED,
    dependencies=[words_slot],
    summary="Get a recording with its transcript",
)
@reads("transcriptions:read")
def get_transcription(
    session: Session,
    user: Identity,
    transcription_id: Id,
    request: Request,
    runtime: RuntimeDep,
    version: Annotated[int | None, Query(ge=1, le=10**6)] = None,
    words: bool = False,  # noqa: FBT001, FBT002  a query parameter
) -> Response:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    shown = None
    if version is not None or transcription.version is not None:
        shown = queries.version(session, transcription, version)
    answer = views.without_transcript(session, links_of(runtime, user), transcription)
    seen = None if shown is None else (shown.number, shown.revision)
    tag = etag(__version__, answer.model_dump(mode="json"), seen, words, wanted_header())

    def body() -> bytes:
        if shown is not None:
            views.add_transcript(session, answer, shown, words=words)
        return answer.model_dump_json().encode()

    response = json_unless_known(request, tag, body)
    response.headers["Vary"] = "Accept-Language"  # labels of nameless speakers, failures
    return response


@router.patch(
    "/transcriptions/{transcription_id}",
    responses=problems(400, 401, 403, 404, 409),
    summary="Rename, archive, bin or restore, or make another version the current one",
)
def change_transcription(
    transcription_id: Id, body: TranscriptionChange, user: Writer, session: WriteSession
) -> TranscriptionSummary:
    transcription = queries.get(
        session, user_id=user.user_id, transcription_id=transcription_id, lock=True
    )
    service.change(session, transcription, body)
    return views.summaries(session, [transcription])[0]


@router.delete(
    "/transcriptions/{transcription_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a recording and everything made from it",
)
def delete_transcription(
    transcription_id: Id,
    user: Writer,
    runtime: RuntimeDep,
    operations: OperationsDep,
    session: WriteSession,
) -> None:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    deletion.remove(session, runtime, operations, transcription)


@router.get(
    "/transcriptions/{transcription_id}/media",
    response_class=Response,
    responses=problems(401, 403, 404, 416)
    | {
        200: {"description": "The recording", "content": {"*/*": _BINARY}},
        206: {"description": "The range asked for", "content": {"*/*": _BINARY}},
        304: {"description": "Unchanged"},
    },
    openapi_extra=ANY_PARAMETERS,
    summary="Get the recording's file, with range requests",
)
def media(
    transcription_id: Id, request: Request, user: Reader, runtime: RuntimeDep, session: ReadSession
) -> Response:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    return _media(runtime, transcription, request)


def _media(runtime: Runtime, transcription: Transcription, request: Request) -> Response:
    if transcription.media_key is None or transcription.size_bytes is None:
        raise TranscriptionNotFound(transcription.id)
    return ranged_response(
        runtime.storage,
        transcription.media_key,
        size=transcription.size_bytes,
        media_type=views.browser_type(transcription),
        filename=transcription.filename,
        request=request,
        inline=True,
    )


@router.post(
    "/transcriptions/{transcription_id}/rerun",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Transcribe again; the old result is kept as a version",
)
def rerun(
    transcription_id: Id,
    body: RerunRequest,
    caller: Payer,
    submission: SubmissionDep,
    session: WriteSession,
) -> TranscriptionAccepted:
    return submission.rerun(session, caller, transcription_id, body.options)


@router.get(
    "/transcriptions/{transcription_id}/versions",
    responses=problems(401, 403, 404),
    summary="List all versions of the transcript",
)
def list_versions(
    transcription_id: Id, user: Reader, session: ReadSession, page: PageDep
) -> Page[VersionOut]:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    statement = queries.versions_of(transcription.id)
    rows, cursor = fetch_page(session, statement, by=TranscriptVersion.number, page=page)
    return Page(items=[VersionOut.model_validate(row) for row in rows], next_cursor=cursor)
