"""Routes for plans: make, read, change, preview, a new picture for a scene, render."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from mp4totext import __version__
from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import LinksDep, Payer, Reader, Writer
from mp4totext.kit.conditional import UNCHANGED, etag, unless_known
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.runtime import Runtime
from mp4totext.texts.model_choice import LOCAL
from mp4totext.videos import orders, queries, revisions, sources
from mp4totext.videos.brands import service as brands
from mp4totext.videos.brands.branding import ClipPlace
from mp4totext.videos.endpoints import VideoId
from mp4totext.videos.plans import scenes
from mp4totext.videos.plans import service as plans
from mp4totext.videos.plans.schemas import (
    PlanAccepted,
    PlanChange,
    PlanOut,
    PlanRequest,
    RenderRequest,
    ScenePictureAccepted,
    ScenePictureRequest,
    ScenePromptOut,
)
from mp4totext.videos.preview import Preview
from mp4totext.videos.schemas import VideoAccepted
from mp4totext.videos.storyboard import SCENE_ID, Milliseconds

router = APIRouter(prefix="/api/v1/videos", tags=["videos"])

SceneId = Annotated[str, Path(pattern=SCENE_ID, description="ID of a scene in the storyboard.")]
_PLACES: dict[str, ClipPlace] = {"intro": "intro", "outro": "outro"}
_JPEG = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/plan",
    status_code=201,
    response_model=PlanOut,
    responses=problems(400, 401, 402, 403, 404, 409)
    | {202: {"model": PlanAccepted, "description": "A language model plans it"}},
    dependencies=[rate_limit("expensive")],
    summary="Make a storyboard of a recording, with or without a language model",
)
def make_plan(
    body: PlanRequest, caller: Payer, runtime: RuntimeDep, links: LinksDep, session: WriteSession
) -> PlanOut | JSONResponse:
    if body.planner != LOCAL:
        accepted = plans.make_with_model(session, runtime, caller, body)
        return JSONResponse(accepted.model_dump(mode="json"), 202)
    video = plans.make(session, runtime, caller, body)
    return plans.shown(session, links, video, metered=caller.metered)


@router.post(
    "/preview",
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409)
    | {200: {"description": "A small JPEG", "content": _JPEG}},
    summary="Preview a video before it is ordered, with its first captions, free of charge",
)
async def preview_order(
    body: PlanRequest, request: Request, user: Reader, runtime: RuntimeDep
) -> Response:
    work = partial(_draw_order, runtime, user.user_id, body)
    drawn: bytes = await request.app.state.preview_slots.run(user.user_id, work)
    return Response(drawn, media_type="image/jpeg")


def _draw_order(runtime: Runtime, user_id: str, body: PlanRequest) -> bytes:
    with runtime.database.read() as session:
        planned = orders.plan_request(session, runtime, user_id, body.transcription_id, body)
        transcript = sources.whole_of(session, body.transcription_id, planned.version)
        branding = brands.branding_of(session, user_id, planned.branded)
    return Preview(
        runtime,
        planned.branded,
        transcript,
        media_key=planned.recording.media_key,
        translation=planned.translation,
        branding=branding,
    ).draw_words()


@router.get(
    "/{video_id}/plan", responses=problems(401, 403, 404), summary="Get a video's storyboard"
)
def get_plan(video_id: VideoId, user: Reader, links: LinksDep, session: ReadSession) -> PlanOut:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    return plans.shown(session, links, video, metered=user.metered)


@router.patch(
    "/{video_id}/plan",
    responses=problems(400, 401, 403, 404, 409),
    summary="Change a storyboard with a JSON Merge Patch",
)
def change_plan(
    video_id: VideoId,
    body: PlanChange,
    user: Writer,
    runtime: RuntimeDep,
    links: LinksDep,
    session: WriteSession,
) -> PlanOut:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    plans.change(session, runtime, video, body)
    return plans.shown(session, links, video, metered=user.metered)


@router.get(
    "/{video_id}/plan/preview",
    response_class=Response,
    responses=problems(401, 403, 404, 409)
    | UNCHANGED
    | {200: {"description": "A small JPEG", "content": _JPEG}},
    summary="Preview a scene as the video will show it, free of charge",
)
async def preview_scene(
    video_id: VideoId,
    request: Request,
    user: Reader,
    runtime: RuntimeDep,
    scene: Annotated[
        str,
        Query(
            pattern=f"{SCENE_ID}|^intro$|^outro$",
            description="ID of a scene, or `intro` or `outro` for the brand's clips.",
        ),
    ],
    at_ms: Annotated[
        Milliseconds | None,
        Query(
            description="Time in the recording in milliseconds, within the scene. If omitted, the "
            "middle of the scene."
        ),
    ] = None,
    state: Annotated[  # noqa: ARG001  for clients alone
        str | None,
        Query(
            max_length=64,
            description="Ignored by the server. A different value for each state of a scene makes "
            "browsers load the latest preview.",
        ),
    ] = None,
) -> Response:
    work = partial(_preview, runtime, request, user.user_id, video_id, scene, at_ms)
    answer: Response = await request.app.state.preview_slots.run(user.user_id, work)
    return answer


def _preview(
    runtime: Runtime,
    request: Request,
    user_id: str,
    video_id: str,
    scene_id: str,
    at_ms: int | None,
) -> Response:
    with runtime.database.read() as session:
        video = queries.by_id(session, user_id=user_id, video_id=video_id)
        board = revisions.board_of(video)
        place = _PLACES.get(scene_id)
        if place is None:
            scenes.scene_of(board, scene_id)
        source = sources.source_of_video(session, video)
        translation = sources.translation_of(session, video, board)
        board = brands.applied(session, user_id, board)
        branding = brands.branding_of(session, user_id, board)
    preview = Preview(
        runtime,
        board,
        source.transcript,
        media_key=source.recording.media_key,
        translation=translation,
        branding=branding,
    )
    shown = source.transcript.text, board.look, branding
    tag = etag(__version__, video.id, video.revision, scene_id, at_ms, *shown)

    def draw() -> bytes:
        if place is not None:
            return preview.draw_clip(place)
        return preview.draw(scenes.scene_of(board, scene_id), at_ms)

    return unless_known(request, tag, draw, media_type="image/jpeg")


@router.get(
    "/{video_id}/scenes/{scene_id}/prompt",
    responses=problems(401, 403, 404, 409),
    summary="Get a picture description for a scene from its words, free of charge",
)
def describe_scene(
    video_id: VideoId, scene_id: SceneId, user: Reader, session: ReadSession
) -> ScenePromptOut:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    return ScenePromptOut(prompt=scenes.prompt_for(session, video, scene_id))


@router.post(
    "/{video_id}/scenes/{scene_id}/picture",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Make a new picture for a scene, at the usual price",
)
def draw_scene(
    video_id: VideoId,
    scene_id: SceneId,
    body: ScenePictureRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> ScenePictureAccepted:
    return scenes.draw(session, runtime, caller, video_id, scene_id, body)


@router.post(
    "/{video_id}/render",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Render a storyboard; the old file is kept until the new one is finished",
)
def render_plan(
    video_id: VideoId,
    body: RenderRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> VideoAccepted:
    return plans.render(session, runtime, caller, video_id, body)
