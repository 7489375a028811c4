"""Routes for the videos of a recording, and presets; ``video_endpoints`` has those of a video."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.jobs.dependencies import LinksDep, Payer, Reader, Writer
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.pagination import Page, fetch_page
from mp4totext.kit.request_fields import PageDep
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.endpoints import Id
from mp4totext.videos import queries, service
from mp4totext.videos.models import Video
from mp4totext.videos.presets import PRESETS, Aspect, CaptionChoice, Preset
from mp4totext.videos.schemas import VideoAccepted, VideoOut, VideoRequest

router = APIRouter(prefix="/api/v1", tags=["videos"])

VideoId = Annotated[str, Path(pattern=r"^vid_[0-9a-z]{26}$", description="ID of a video.")]


class VideoPresetOut(BaseModel):
    name: Preset
    title: str
    description: str
    aspect: Aspect
    needs_stretch: bool
    needs_speech: bool
    needs_translation: bool = Field(description="Whether the request must set `translation`.")
    captions: CaptionChoice = Field(description="Default style of the captions.")


@router.get("/videos/presets", responses=problems(), summary="List the presets of videos")
def presets() -> list[VideoPresetOut]:
    return [
        VideoPresetOut(
            name=name,
            title=preset.title,
            description=preset.description,
            aspect=preset.aspect,
            needs_stretch=preset.needs_stretch,
            needs_speech=preset.needs_speech,
            needs_translation=preset.is_spoken,
            captions=preset.captions,
        )
        for name, preset in PRESETS.items()
    ]


@router.post(
    "/transcriptions/{transcription_id}/videos",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Make a video of a recording",
)
def request_video(
    transcription_id: Id,
    body: VideoRequest,
    caller: Payer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> VideoAccepted:
    return service.request(runtime, session, caller, transcription_id, body)


@router.get(
    "/transcriptions/{transcription_id}/videos",
    responses=problems(401, 403, 404),
    summary="List a recording's videos, newest first",
)
def list_videos(
    transcription_id: Id, user: Reader, links: LinksDep, session: ReadSession, page: PageDep
) -> Page[VideoOut]:
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    statement = queries.listed(user.user_id, transcription_id=transcription_id)
    rows, cursor = fetch_page(session, statement, by=Video.id, page=page)
    items = service.shown(session, links, transcription, rows)
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/transcriptions/{transcription_id}/videos/{video_id}",
    responses=problems(401, 403, 404),
    summary="Get a video with a link to its file",
)
def get_video(
    transcription_id: Id, video_id: VideoId, user: Reader, links: LinksDep, session: ReadSession
) -> VideoOut:
    transcription = transcriptions.get(
        session, user_id=user.user_id, transcription_id=transcription_id
    )
    video = queries.get(
        session, user_id=user.user_id, transcription_id=transcription_id, video_id=video_id
    )
    return service.shown(session, links, transcription, [video])[0]


@router.delete(
    "/transcriptions/{transcription_id}/videos/{video_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a video; cancels its job if it is still running",
)
def delete_video(
    transcription_id: Id,
    video_id: VideoId,
    user: Writer,
    runtime: RuntimeDep,
    session: WriteSession,
) -> None:
    video = queries.get(
        session, user_id=user.user_id, transcription_id=transcription_id, video_id=video_id
    )
    service.remove(session, runtime, video)
