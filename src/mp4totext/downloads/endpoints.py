"""Routes for exports of one recording, many recordings, or a text."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.auth.identity import Identity
from mp4totext.downloads import archive, documents
from mp4totext.exports.documents import Document
from mp4totext.exports.filenames import filename, without_media_extension
from mp4totext.exports.registry import EXPORTS, Export, export_named, text_export_named
from mp4totext.exports.rendering import RENDERERS
from mp4totext.jobs.dependencies import Reader
from mp4totext.kit.http import problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.ranges import content_disposition
from mp4totext.runtime import Runtime
from mp4totext.texts import queries as texts
from mp4totext.texts.endpoints import TextId
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.library.schemas import MOST_AT_ONCE, TranscriptionId
from mp4totext.transcriptions.versions import transcript_of

router = APIRouter(prefix="/api/v1")

Format = Annotated[
    str, Query(max_length=40, description="Name of an export format, listed by /export-formats.")
]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT_FORMATS = ", ".join(export.name for export in EXPORTS.values() if export.of_texts)
TextFormat = Annotated[str, Query(max_length=40, description=f"{_TEXT_FORMATS}.")]


@router.get(
    "/transcriptions/{transcription_id}/export",
    tags=["transcriptions"],
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409)
    | {
        200: {
            "description": "The file",
            "content": {export.media_type: _BINARY for export in EXPORTS.values()},
        }
    },
    openapi_extra=ANY_PARAMETERS,
    summary="Export as captions, text, document or data",
)
async def export(
    transcription_id: Id,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    format: Format,  # noqa: A002
    version: Annotated[int | None, Query(ge=1, le=10**6)] = None,
) -> Response:
    """With what was found in the recording and written about it."""
    export = export_named(format)
    raw = {k: v for k, v in request.query_params.items() if k not in ("format", "version")}

    def read() -> Document:
        _limit(runtime, user, export)
        with runtime.database.read() as session:
            transcription = queries.get(
                session, user_id=user.user_id, transcription_id=transcription_id
            )
            return documents.of_recording(session, transcription, export, raw, version=version)

    return await file_answer(request, user.user_id, export, await run_in_threadpool(read))


@router.get(
    "/transcriptions/{transcription_id}/texts/{text_id}/export",
    tags=["texts"],
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409)
    | {
        200: {
            "description": "The file",
            "content": {e.media_type: _BINARY for e in EXPORTS.values() if e.of_texts},
        }
    },
    summary="Download a text as a document",
)
async def export_text(
    transcription_id: Id,
    text_id: TextId,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    format: TextFormat,  # noqa: A002
) -> Response:
    """Citations become the times of what they cite."""
    export = text_export_named(format)

    def read() -> Document:
        _limit(runtime, user, export)
        with runtime.database.read() as session:
            text = texts.get(
                session, user_id=user.user_id, text_id=text_id, transcription_id=transcription_id
            )
            recording = queries.get(
                session, user_id=user.user_id, transcription_id=transcription_id
            )
            source = queries.version(session, recording, text.version)
            return documents.of_text(text, recording.title, transcript_of(session, source))

    return await file_answer(request, user.user_id, export, await run_in_threadpool(read))


@router.get(
    "/library/export",
    tags=["library"],
    response_class=StreamingResponse,
    responses=problems(400, 401, 403, 404, 409)
    | {
        200: {
            "description": "A ZIP file",
            "content": {"application/zip": _BINARY},
        }
    },
    dependencies=[rate_limit("expensive")],
    summary="Export many recordings as one ZIP file",
)
async def export_many(
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    ids: Annotated[list[TranscriptionId], Query(min_length=1, max_length=MOST_AT_ONCE)],
    format: Format,  # noqa: A002
) -> Response:
    """Those without a transcript yet are left out; `not-exported.txt` in the file names them."""
    export, user_id = export_named(format), user.user_id
    distinct = await run_in_threadpool(archive.exportable, runtime, user_id, ids)
    content = archive.zipped(runtime, request.app.state.export_slots, user_id, distinct, export)
    headers = {
        "Content-Disposition": 'attachment; filename="transcripts.zip"',
        "Vary": "Accept-Language",
    }
    return StreamingResponse(content, media_type="application/zip", headers=headers)


def _limit(runtime: Runtime, user: Identity, export: Export) -> None:
    if export.name in ("docx", "pdf"):
        runtime.limiter.check("expensive", "user", user.user_id)


async def file_answer(
    request: Request, user_id: str, export: Export, document: Document
) -> Response:
    """Render a document in another process, without a session."""
    render = partial(RENDERERS.render, export, document)
    body = await request.app.state.export_slots.run(user_id, render)
    name = filename(without_media_extension(document.options.title), export.extension)
    headers = {"Content-Disposition": content_disposition(name), "Vary": "Accept-Language"}
    return Response(body, media_type=export.media_type, headers=headers)
