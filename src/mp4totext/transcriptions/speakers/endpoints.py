"""Routes of speakers: diarize again, and suggested names."""

from fastapi import APIRouter

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.endpoints import Id, Payer, Reader
from mp4totext.transcriptions.schemas import TranscriptionAccepted
from mp4totext.transcriptions.speakers import service
from mp4totext.transcriptions.speakers.schemas import DiarizeRequest, SuggestionsOut

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
    summary="Suggest names for speakers, by profiles and optionally by what is said",
)
def suggestions(
    transcription_id: Id,
    user: Reader,
    session: ReadSession,
    names: bool = False,  # noqa: FBT001, FBT002  a query parameter
) -> SuggestionsOut:
    transcription = queries.get(session, user_id=user.user_id, transcription_id=transcription_id)
    return service.suggestions(session, transcription, names=names)
