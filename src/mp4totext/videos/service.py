"""Request, show and delete videos. Each function works in its caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mp4totext.exports.documents import Document
from mp4totext.exports.filenames import filename, without_media_extension
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import Export
from mp4totext.exports.rendering import RENDERERS
from mp4totext.jobs import queries as job_queries
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.errors import WrongState
from mp4totext.kit.ids import new_id
from mp4totext.kit.log import get_logger
from mp4totext.kit.storage import ObjectMissing
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos import files, pieces, revisions, translations, video_events
from mp4totext.videos.errors import NothingSpoken, VideoNotFound
from mp4totext.videos.models import Video, VideoPiece
from mp4totext.videos.operations import RENDER_VIDEO, remove_objects_after_commit
from mp4totext.videos.orders import plan_request
from mp4totext.videos.planning import cut, shifted
from mp4totext.videos.schemas import VideoAccepted, VideoOut, VideoRequest, video_out
from mp4totext.videos.sources import translation_of, whole_of

log = get_logger()


def request(
    runtime: Runtime,
    session: Session,
    caller: Caller,
    transcription_id: str,
    body: VideoRequest,
) -> VideoAccepted:
    """Plan a video and submit its job. Raises AppError before anything is held."""

    def make() -> VideoAccepted:
        planned = plan_request(
            session, runtime, caller.user_id, transcription_id, body, pictures=body.pictures
        )
        video_id = new_id("vid")
        job = submit(
            session,
            caller,
            RENDER_VIDEO,
            planned.params(session, caller.user_id, video_id=video_id),
            subject_id=transcription_id,
            priority=body.priority,
        )
        revisions.first(
            session,
            caller.user_id,
            transcription_id,
            version=planned.version,
            preset=planned.preset,
            board=planned.storyboard,
            video_id=video_id,
            job_id=job.id,
        )
        return VideoAccepted.of(
            job,
            id=video_id,
            transcription_id=transcription_id,
            preset=planned.preset,
            storyboard=planned.storyboard,
        )

    identity = ("video", transcription_id, body.model_dump(mode="json"))
    return accept(session, caller, identity, VideoAccepted, make, subject_id=transcription_id)


def shown(
    session: Session, links: FileLinks, transcription: Transcription, videos: list[Video]
) -> list[VideoOut]:
    """The videos of one recording, with links to the finished ones."""
    jobs_by_id = job_queries.by_id(session, (video.job_id for video in videos))
    name = filename(without_media_extension(transcription.title), "mp4")

    def link(video: Video, file_key: Callable[[str, int], str], media_type: str) -> str | None:
        if video.rendered_revision is None:
            return None
        key = file_key(video.id, video.rendered_revision)
        return links.to(key, media_type=media_type, filename=name)

    return [
        video_out(
            video,
            jobs_by_id.get(video.job_id or ""),
            current_version=transcription.version,
            video_url=link(video, files.video_key, "video/mp4"),
            thumbnail_url=link(video, files.thumbnail_key, "image/jpeg"),
        )
        for video in videos
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A stored object and its content type."""

    key: str
    size_bytes: int
    media_type: str
    filename: str


def video_file(session: Session, runtime: Runtime, video: Video) -> MadeFile:
    """Raises WrongState while there is none."""
    key = files.video_key(video.id, _rendered(video))
    return _made_file(session, runtime, video, key, media_type="video/mp4", extension="mp4")


def thumbnail_file(session: Session, runtime: Runtime, video: Video) -> MadeFile:
    """Raises WrongState while there is none."""
    key = files.thumbnail_key(video.id, _rendered(video))
    return _made_file(session, runtime, video, key, media_type="image/jpeg", extension="jpg")


def _rendered(video: Video) -> int:
    if video.rendered_revision is None:
        raise WrongState("The video is not made yet. Render its storyboard, or wait for its job.")
    return video.rendered_revision


def _made_file(
    session: Session, runtime: Runtime, video: Video, key: str, *, media_type: str, extension: str
) -> MadeFile:
    title = session.get_one(Transcription, video.transcription_id).title
    try:
        size_bytes = runtime.storage.size(key)
    except ObjectMissing as error:
        raise VideoNotFound(video.id) from error
    return MadeFile(
        key=key,
        size_bytes=size_bytes,
        media_type=media_type,
        filename=filename(without_media_extension(title), extension),
    )


def captions_file(session: Session, video: Video, export: Export) -> tuple[str, bytes]:
    """The file name and the captions, timed from the start of the video. Raises NothingSpoken."""
    board = revisions.board_of(video)
    transcription = session.get_one(Transcription, video.transcription_id)
    whole = whole_of(session, video.transcription_id, video.version)
    spoken = shifted(cut(whole, board.from_ms, board.to_ms), video.intro_ms)
    if not spoken.segments:
        raise NothingSpoken("There is no speech in this video, so it has no captions.")
    translation = translation_of(session, video, board)
    if translation is not None:
        translation = translations.cut(translation, board.from_ms, board.to_ms)
        translation = translations.shifted(translation, video.intro_ms)
    options = ExportOptions(speakers=False, translation=translation)
    name = filename(without_media_extension(transcription.title), export.extension)
    return name, RENDERERS.render(export, Document(transcript=spoken, options=options))


def remove(session: Session, runtime: Runtime, video: Video) -> None:
    """Delete a video and its files, and tell open pages; a running job is cancelled."""
    jobs.discard(session, video.job_id)
    session.execute(delete(Video).where(Video.id == video.id))
    pieces.remove_where(session, runtime, VideoPiece.video_id == video.id)
    remove_objects_after_commit(session, runtime, video.id)
    video_events.publish(
        session,
        video.id,
        user_id=video.user_id,
        transcription_id=video.transcription_id,
        change="deleted",
    )
    log.info("video.deleted", video_id=video.id)
