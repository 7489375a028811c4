"""Routes of speakers: diarize again, suggested names, and samples to listen to."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import Payer, Reader
from mp4totext.kit.conditional import UNCHANGED, etag, unless_known
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.runtime import Runtime
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.schemas import TranscriptionAccepted
from mp4totext.transcriptions.speakers import samples, service
from mp4totext.transcriptions.speakers.schemas import DiarizeRequest, SuggestionsOut
from mp4totext.transcriptions.versions import transcript_of

router = APIRouter(prefix="/api/v1/transcriptions", tags=["transcriptions"])


@router.post(
    "/{transcription_id}/diarize",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Diarize again without transcribing; the old result is kept as a version",
)
def diarize(
    transcription_id: Id,
    body: DiarizeRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> TranscriptionAccepted:
    return service.accept_diarize(runtime, session, caller, transcription_id, body)


@router.get(
    "/{transcription_id}/speakers/suggestions",
    responses=problems(401, 403, 404, 409),
    summary="Suggest names for speakers, by voice profiles and optionally by the spoken words",
)
def suggestions(
    transcription_id: Id,
    user: Reader,
    session: ReadSession,
    names: bool = False,  # noqa: FBT001, FBT002  a query parameter
) -> SuggestionsOut:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    return service.suggestions(session, transcription, names=names)


_WAV: dict[str, Any] = {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/{transcription_id}/sample",
    response_class=Response,
    responses=problems(401, 403, 404, 409)
    | UNCHANGED
    | {200: {"description": "Up to 8 seconds, mono", "content": _WAV}},
    summary="Get a sample of a speaker: one of the longest turns, as WAV",
)
async def speaker_sample(
    transcription_id: Id,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    speaker: Annotated[str, Query(max_length=64, description="ID of a speaker, such as `S1`.")],
    number: Annotated[
        int, Query(ge=1, le=samples.SAMPLES_MAX, description="1 is the longest turn.")
    ] = 1,
) -> Response:
    work = partial(_sample, runtime, request, user.user_id, transcription_id, speaker, number)
    answer: Response = await request.app.state.preview_slots.run(user.user_id, work)
    return answer


def _sample(
    runtime: Runtime,
    request: Request,
    user_id: str,
    transcription_id: str,
    speaker: str,
    number: int,
) -> Response:
    with runtime.database.read() as session:
        transcription = queries.get(session, user_id=user_id, transcription_id=transcription_id)
        transcript = transcript_of(session, queries.version(session, transcription))
    span = samples.span_of(transcript, speaker, number)
    return unless_known(
        request,
        etag(transcription.id, transcription.sha256, *span),
        lambda: samples.sample(runtime, transcription, transcript, *span),
        media_type="audio/wav",
    )
