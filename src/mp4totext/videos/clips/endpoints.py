"""The route for clips."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import Payer
from mp4totext.kit.http import WriteSession, problems
from mp4totext.texts.model_choice import LOCAL
from mp4totext.videos.clips import service
from mp4totext.videos.clips.schemas import ClipsAccepted, ClipsOut, ClipsRequest

router = APIRouter(prefix="/api/v1/videos", tags=["videos"])


@router.post(
    "/clips",
    status_code=201,
    response_model=ClipsOut,
    responses=problems(400, 401, 402, 403, 404, 409)
    | {202: {"model": ClipsAccepted, "description": "A language model chooses them"}},
    dependencies=[rate_limit("expensive")],
    summary="Find the best passages of a recording as clip drafts, by rules or a language model",
)
def make_clips(
    body: ClipsRequest, caller: Payer, runtime: RuntimeDep, session: WriteSession
) -> ClipsOut | JSONResponse:
    if body.planner != LOCAL:
        accepted = service.make_with_model(session, runtime, caller, body)
        return JSONResponse(accepted.model_dump(mode="json"), 202)
    return service.make(session, caller, body)
