"""Routes for a video by its own id: file, captions, thumbnail; and one call that makes it."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from mp4totext.auth.dependencies import RuntimeDep, rate_limit
from mp4totext.exports.registry import EXPORTS
from mp4totext.jobs.dependencies import LinksDep, Payer, Reader, Writer
from mp4totext.kit.http import ReadSession, WriteSession, problems
from mp4totext.kit.known_parameters import ANY_PARAMETERS
from mp4totext.kit.pagination import Page
from mp4totext.kit.ranges import content_disposition, ranged_response
from mp4totext.kit.request_fields import PageDep
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.endpoints import Id
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos import queries, service
from mp4totext.videos.endpoints import VideoId, list_videos
from mp4totext.videos.presets import CaptionChoice
from mp4totext.videos.schemas import GenerateRequest, VideoAccepted, VideoOut
from mp4totext.videos.service import MadeFile
from mp4totext.voices import service as voices
from mp4totext.voices.schemas import VoiceOut

router = APIRouter(prefix="/api/v1/videos", tags=["videos"])

CaptionFormat = Literal["srt", "vtt", "ass", "ttml"]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = problems(401, 403, 404, 409, 416) | {
    206: {"description": "The range asked for", "content": {"*/*": _BINARY}},
    304: {"description": "Unchanged"},
}


class CaptionStyleOut(BaseModel):
    name: CaptionChoice
    title: str
    description: str
    needs_translation: bool


CAPTION_STYLES: dict[CaptionChoice, tuple[str, str]] = {
    "word": ("Spoken word in colour", "Each word is coloured while it is spoken."),
    "sweep": ("Colour that runs", "The colour runs through the words as they are spoken."),
    "box": ("Word on a plate", "The word being spoken stands on a coloured plate."),
    "big": ("Large words", "A few large words at a time, the spoken one in colour."),
    "speakers": ("Speakers in colour", "Each speaker's lines have a colour of their own."),
    "clean": ("Plain lines", "One or two lines with an outline."),
    "two": ("Two languages", "What is said, and below it its translation."),
    "soft": ("A track", "Nothing is drawn: players show it, in letters of their own."),
    "none": ("None", "Neither drawn nor as a track."),
}


@router.get("/caption-styles", responses=problems(), summary="List caption styles")
def caption_styles() -> list[CaptionStyleOut]:
    return [
        CaptionStyleOut(
            name=name, title=title, description=description, needs_translation=name == "two"
        )
        for name, (title, description) in CAPTION_STYLES.items()
    ]


@router.get(
    "/voices", responses=problems(), summary="List the voices of dubbed videos: the same as /voices"
)
def video_voices(runtime: RuntimeDep) -> list[VoiceOut]:
    return voices.voices(runtime.settings)


@router.post(
    "/generate",
    status_code=202,
    responses=problems(400, 401, 402, 403, 404, 409),
    dependencies=[rate_limit("expensive")],
    summary="Plan and render a video in one call",
)
def generate(
    body: GenerateRequest, caller: Payer, runtime: RuntimeDep, session: WriteSession
) -> VideoAccepted:
    return service.request(runtime, session, caller, body.transcription_id, body)


@router.get(
    "/transcription/{transcription_id}",
    responses=problems(401, 403, 404),
    summary="List a recording's videos, newest first",
)
def list_of_recording(
    transcription_id: Id, user: Reader, links: LinksDep, session: ReadSession, page: PageDep
) -> Page[VideoOut]:
    return list_videos(transcription_id, user, links, session, page)


@router.get(
    "/{video_id}",
    responses=problems(401, 403, 404),
    summary="Get a video with links to its file and thumbnail",
)
def video_by_id(video_id: VideoId, user: Reader, links: LinksDep, session: ReadSession) -> VideoOut:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    transcription = session.get_one(Transcription, video.transcription_id)
    return service.shown(session, links, transcription, [video])[0]


@router.delete(
    "/{video_id}",
    status_code=204,
    responses=problems(401, 403, 404),
    summary="Delete a video; cancels its job if it is still running",
)
def delete_by_id(
    video_id: VideoId, user: Writer, runtime: RuntimeDep, session: WriteSession
) -> None:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    service.remove(session, runtime, video)


@router.get(
    "/{video_id}/file",
    response_class=Response,
    responses=_FILE | {200: {"description": "The video", "content": {"video/mp4": _BINARY}}},
    openapi_extra=ANY_PARAMETERS,
    summary="Get the video's file, with range requests",
)
def video_file(
    video_id: VideoId, request: Request, user: Reader, runtime: RuntimeDep, session: ReadSession
) -> Response:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    return _sent(runtime, request, service.video_file(session, runtime, video))


@router.get(
    "/{video_id}/thumbnail",
    response_class=Response,
    responses=_FILE | {200: {"description": "A JPEG", "content": {"image/jpeg": _BINARY}}},
    openapi_extra=ANY_PARAMETERS,
    summary="Get a frame of the video, at most 640 pixels wide",
)
def thumbnail(
    video_id: VideoId, request: Request, user: Reader, runtime: RuntimeDep, session: ReadSession
) -> Response:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    return _sent(runtime, request, service.thumbnail_file(session, runtime, video))


def _sent(runtime: Runtime, request: Request, file: MadeFile) -> Response:
    return ranged_response(
        runtime.storage,
        file.key,
        size=file.size_bytes,
        media_type=file.media_type,
        filename=file.filename,
        request=request,
        inline=True,
    )


@router.get(
    "/{video_id}/captions",
    response_class=Response,
    responses=problems(401, 403, 404, 409)
    | {
        200: {
            "description": "The file",
            "content": {EXPORTS[name].media_type: _BINARY for name in get_args(CaptionFormat)},
        }
    },
    summary="Get a video's captions as a file, with times from its start",
)
def captions(
    video_id: VideoId,
    user: Reader,
    session: ReadSession,
    format: Annotated[CaptionFormat, Query(description="Format of the caption file.")] = "srt",  # noqa: A002
) -> Response:
    video = queries.by_id(session, user_id=user.user_id, video_id=video_id)
    export = EXPORTS[format]
    name, data = service.captions_file(session, video, export)
    return Response(
        data,
        media_type=export.media_type,
        headers={"Content-Disposition": content_disposition(name)},
    )
