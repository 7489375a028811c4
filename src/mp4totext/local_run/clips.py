"""Finds the best passages of recordings on this machine, and makes clips of them."""

from dataclasses import dataclass

from sqlalchemy import select

from mp4totext.local_run.service import LocalRuntime, OnProgress, local_caller, run_job
from mp4totext.local_run.videos import VideoResult, video_result
from mp4totext.texts.model_choice import LOCAL
from mp4totext.videos import revisions
from mp4totext.videos.clips import service as clips
from mp4totext.videos.clips.operations import nothing_of_length
from mp4totext.videos.clips.schemas import ClipsRequest
from mp4totext.videos.models import Video
from mp4totext.videos.plans import service as plans
from mp4totext.videos.plans.schemas import RenderRequest
from mp4totext.videos.storyboard import Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The draft of a clip. ``reasons``: what speaks for it, the strongest first."""

    video_id: str
    title: str
    from_ms: int
    to_ms: int
    reasons: tuple[str, ...]


def find_passages(
    runtime: LocalRuntime, request: ClipsRequest, *, on_progress: OnProgress
) -> tuple[list[Passage], list[str]]:
    """Drafts, the best first, and warnings. Raises AppError where there are none."""
    caller = local_caller(runtime)
    if request.planner == LOCAL:
        with runtime.database.write() as session:
            found = clips.make(session, caller, request).clips
        passages = [
            Passage(
                video_id=clip.video_id,
                title=clip.title,
                from_ms=clip.from_ms,
                to_ms=clip.to_ms,
                reasons=tuple(clip.reasons),
            )
            for clip in found
        ]
        return passages, []
    with runtime.database.write() as session:
        accepted = clips.make_with_model(session, runtime, caller, request)
    job = run_job(runtime, accepted.task_id, on_progress)
    with runtime.database.read() as session:
        rows = session.scalars(
            select(Video).where(Video.id.in_(accepted.video_ids)).order_by(Video.id)
        )
        passages = [_chosen(row.id, revisions.board_of(row)) for row in rows]
    if not passages:
        raise nothing_of_length(request)
    return passages, list(job.warnings)


def _chosen(video_id: str, board: Storyboard) -> Passage:
    return Passage(
        video_id=video_id,
        title=board.look.title or "",
        from_ms=board.from_ms,
        to_ms=board.to_ms,
        reasons=(board.reason,) if board.reason else (),
    )


def render_passage(
    runtime: LocalRuntime, passage: Passage, *, on_progress: OnProgress
) -> VideoResult:
    """The clip of a draft as it was found."""
    caller = local_caller(runtime)
    with runtime.database.write() as session:
        accepted = plans.render(
            session, runtime, caller, passage.video_id, RenderRequest(revision=1)
        )
    return video_result(runtime, accepted, run_job(runtime, accepted.task_id, on_progress))
