"""The storyboard in the row of a video: each change of it is a new revision.

Each function works in its caller's transaction.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from mp4totext.jobs import service as jobs
from mp4totext.jobs.models import ENDED, Job
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.kit.ids import new_id
from mp4totext.videos.errors import StoryboardChanged
from mp4totext.videos.models import Video
from mp4totext.videos.presets import Preset
from mp4totext.videos.storyboard import Storyboard


def first(
    session: Session,
    user_id: str,
    transcription_id: str,
    *,
    version: int,
    preset: Preset,
    board: Storyboard,
    video_id: str | None = None,
    job_id: str | None = None,
) -> Video:
    """A new video: a draft, or with ``job_id`` one that is being made."""
    video = Video(
        id=video_id or new_id("vid"),
        user_id=user_id,
        transcription_id=transcription_id,
        job_id=job_id,
        version=version,
        preset=preset,
        storyboard=board.as_json(),
        revision=1,
        warnings=[],
        has_parts=job_id is not None,
        created_at=now(),
    )
    session.add(video)
    session.flush()
    return video


def board_of(video: Video) -> Storyboard:
    return Storyboard.model_validate(video.storyboard)


def begin_change(session: Session, video: Video, revision: int) -> None:
    """Drops the job of an ended plan, so nobody retries it. Call it before a change or a render.

    Raises StoryboardChanged if ``revision`` is not the current one, and WrongState while a model
    plans the video.
    """
    if video.revision != revision:
        raise StoryboardChanged(video.revision)
    job = None if video.job_id is None else session.get(Job, video.job_id)
    if job is None or job.operation != "plan_video":
        return
    if job.state not in ENDED:
        raise WrongState("A model is planning the video. Wait for its job, or cancel it.")
    jobs.erase_job(session, job)
    video.job_id = None
    session.flush()


def store(session: Session, video: Video, board: Storyboard) -> None:
    """Raises StoryboardChanged when another transaction changed it first."""
    read = video.revision
    stored = session.execute(
        update(Video)
        .where(Video.id == video.id, Video.revision == read)
        .values(storyboard=board.as_json(), revision=read + 1)
        .returning(Video.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    session.refresh(video)
    if stored is None:
        raise StoryboardChanged(video.revision)
