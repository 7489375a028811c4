"""Makes videos of recordings on this machine."""

from dataclasses import dataclass
from pathlib import Path

from mp4totext.jobs.models import Job, JobState
from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.operations import OPERATIONS
from mp4totext.transcriptions.submission import Submission
from mp4totext.videos import model_orders
from mp4totext.videos import service as videos
from mp4totext.videos.files import video_key
from mp4totext.videos.orders import speaker
from mp4totext.videos.schemas import PictureChoice, VideoAccepted, VideoRequest, VoiceChoice
from mp4totext.videos.storyboard import Music


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoResult:
    """The outcome of a video's job; ``path`` is None when it failed."""

    path: Path | None
    warnings: tuple[str, ...]
    error_code: str | None
    error_message: str | None


def refuse_unready(runtime: LocalRuntime, request: VideoRequest, *, language: str | None) -> None:
    """Raises AppError before any work if a model or voice of the video is missing.

    ``language``: of the recording; None: not known yet.
    """
    refuse_unready_models(runtime, request.planner, request.pictures)
    language = request.translation or language
    if request.is_spoken and language is not None:
        with runtime.database.read() as session:
            for choice in (request.voice or VoiceChoice(), *request.voices.values()):
                speaker(session, runtime, choice, language)


def refuse_unready_models(
    runtime: LocalRuntime, language_model: str, pictures: PictureChoice | None
) -> None:
    """Raises AppError before any work if a model is missing or not ready."""
    caller = local_caller(runtime)
    with runtime.database.read() as session:
        model_orders.refuse_unready(session, runtime, caller.user_id, language_model, pictures)


def with_music(runtime: LocalRuntime, request: VideoRequest, file: Path) -> VideoRequest:
    """Raises AppError for a file without sound."""
    submission = Submission.of(runtime, OPERATIONS)
    media_id = submission.local_sound(local_caller(runtime), file, name=file.name)
    return request.model_copy(update={"music": Music(media_id=media_id)})


def render_video(
    runtime: LocalRuntime, transcription_id: str, request: VideoRequest, *, on_progress: OnProgress
) -> VideoResult:
    """Make a video of a recording that ``transcribe_file`` has transcribed. Raises AppError."""
    caller = local_caller(runtime)
    with runtime.database.write() as session:
        accepted = videos.request(runtime, session, caller, transcription_id, request)
    return video_result(runtime, accepted, run_job(runtime, accepted.task_id, on_progress))


def video_result(runtime: LocalRuntime, accepted: VideoAccepted, job: Job) -> VideoResult:
    """The result with the first file of a video."""
    succeeded = job.state == JobState.SUCCEEDED
    return VideoResult(
        path=runtime.storage.local_path(video_key(accepted.id, 1)) if succeeded else None,
        warnings=(*accepted.warnings, *job.warnings),
        error_code=job.error_code,
        error_message=job.error_message,
    )
