"""Routes of renditions: peaks, a file that browsers play, a picture."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from mp4totext.auth.dependencies import RuntimeDep, rate_limit, reads
from mp4totext.auth.identity import Identity
from mp4totext.jobs.dependencies import LinksDep, PayerWithoutKey, Reader, links_of
from mp4totext.kit.conditional import UNCHANGED, etag, unless_known
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.ranges import ranged_response
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.renditions import queries, service
from mp4totext.transcriptions.renditions.models import Rendition
from mp4totext.transcriptions.renditions.schemas import RenditionsOut

MAX_MS = 7 * 24 * 3_600_000

router = APIRouter(prefix="/api/v1/transcriptions", tags=["transcriptions"])

_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"*/*": _BYTES}},
    206: {"description": "The range asked for", "content": {"*/*": _BYTES}},
    304: {"description": "Unchanged"},
}


@router.post(
    "/{transcription_id}/renditions",
    status_code=202,
    responses=problems(401, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Make peaks, a poster and a playable file, unless they exist",
)
def make_renditions(
    transcription_id: Id, caller: PayerWithoutKey, links: LinksDep, session: WriteSession
) -> RenditionsOut:
    return service.make(session, links, caller, transcription_id)


@router.get(
    "/{transcription_id}/renditions",
    responses=problems(401, 403, 404),
    summary="Get the renditions of a recording, with links",
)
@reads("transcriptions:read")
def get_renditions(
    session: Session, user: Identity, transcription_id: Id, runtime: RuntimeDep
) -> RenditionsOut:
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    return service.state_of(session, links_of(runtime, user), transcription)


@router.get(
    "/{transcription_id}/peaks",
    response_class=Response,
    responses=problems(401, 403, 404)
    | UNCHANGED
    | {200: {"description": "A byte each", "content": {"application/octet-stream": _BYTES}}},
    summary="Get the loudness over time, for a waveform",
)
def peaks(
    transcription_id: Id,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    session: ReadSession,
    from_ms: Annotated[int, Query(ge=0, le=MAX_MS)] = 0,
    to_ms: Annotated[
        int | None,
        Query(
            ge=0,
            le=MAX_MS,
            description="End of the range in milliseconds. If omitted, the end of the recording.",
        ),
    ] = None,
    buckets: Annotated[
        int, Query(ge=1, le=20_000, description="Maximum number of values. Each value is one byte.")
    ] = 2_000,
) -> Response:
    """0 to 255 are the square roots of silence to full scale. There are 20 a second, so a short
    stretch may have fewer than ``buckets``; a byte of a longer one is the loudest of its part.
    """
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    row = queries.made(session, transcription.id)
    return unless_known(
        request,
        etag(row.transcription_id, row.created_at, from_ms, to_ms, buckets),
        lambda: service.peaks_between(runtime, row, from_ms=from_ms, to_ms=to_ms, buckets=buckets),
        media_type="application/octet-stream",
    )


@router.get(
    "/{transcription_id}/playback",
    response_class=Response,
    responses=problems(401, 403, 404, 409, 416) | _FILE,
    openapi_extra=ANY_PARAMETERS,
    summary="Get a file that browsers can play: the recording or a copy of its audio",
)
def playback(
    transcription_id: Id, request: Request, user: Reader, runtime: RuntimeDep, session: ReadSession
) -> Response:
    """The recording itself until a rendition was made."""
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    key, media_type, size = service.playback_of(
        transcription, session.get(Rendition, transcription.id)
    )
    return ranged_response(
        runtime.storage,
        key,
        size=size,
        media_type=media_type,
        filename=transcription.filename,
        request=request,
        inline=True,
    )


@router.get(
    "/{transcription_id}/poster",
    response_class=Response,
    responses=problems(401, 403, 404, 416) | _FILE,
    openapi_extra=ANY_PARAMETERS,
    summary="Get a poster frame of the recording",
)
def poster(
    transcription_id: Id, request: Request, user: Reader, runtime: RuntimeDep, session: ReadSession
) -> Response:
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    key, size = service.poster_of(session, transcription)
    return ranged_response(
        runtime.storage,
        key,
        size=size,
        media_type=service.POSTER_TYPE,
        filename="poster.jpg",
        request=request,
        inline=True,
    )
