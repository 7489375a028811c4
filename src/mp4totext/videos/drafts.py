"""Drafts: storyboards that are new, planned on this machine or by a language model.

Each function works in its caller's transaction.
"""

from sqlalchemy.orm import Session

from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.videos.errors import BadStretch, NothingSpoken
from mp4totext.videos.models import Video
from mp4totext.videos.orders import PlannedVideo, dumped, plan_request, source_of
from mp4totext.videos.plan_operation import PLAN_VIDEO, PlanParams
from mp4totext.videos.presets import Preset
from mp4totext.videos.schemas import (
    ClipOut,
    ClipsOut,
    ClipsRequest,
    PlanAccepted,
    PlanRequest,
    VideoOptions,
)
from mp4totext.videos.storyboard import Storyboard
from mp4totext.writing.clips import find_clips


def make(session: Session, runtime: Runtime, user_id: str, body: PlanRequest) -> Video:
    """A draft that is planned on this machine; nothing is held. Raises AppError."""
    return _planned(
        session, user_id, plan_request(session, runtime, user_id, body.transcription_id, body)
    )


def make_with_model(
    session: Session, runtime: Runtime, caller: Caller, body: PlanRequest
) -> PlanAccepted:
    """A draft that a language model plans: until it has, as this machine plans it.

    Raises AppError before anything is held.
    """

    def order() -> PlanAccepted:
        planned = plan_request(session, runtime, caller.user_id, body.transcription_id, body)
        planner = planned.models.planner
        assert planner is not None  # ``make`` is for the others
        video = _planned(session, caller.user_id, planned)
        params = PlanParams(
            video_id=video.id,
            revision=video.revision,
            preset=planned.preset,
            transcription_id=body.transcription_id,
            version=planned.version,
            title=planned.title,
            storyboard=planned.storyboard,
            planner=planner,
        )
        job = submit(session, caller, PLAN_VIDEO, params, subject_id=body.transcription_id)
        video.job_id = job.id
        session.flush()
        return PlanAccepted.of(
            job,
            id=video.id,
            transcription_id=body.transcription_id,
            provider=planner.choice.provider,
            model=planner.choice.model,
        )

    request = ("plan", body.model_dump(mode="json"))
    return accept(session, caller, request, PlanAccepted, order)


def _planned(session: Session, user_id: str, planned: PlannedVideo) -> Video:
    return _draft(
        session,
        user_id,
        planned.recording.transcription_id,
        version=planned.version,
        preset=planned.preset,
        board=planned.storyboard,
    )


def make_clips(session: Session, user_id: str, body: ClipsRequest) -> ClipsOut:
    """Drafts of the best passages. Raises AppError where none is long enough."""
    source = source_of(session, user_id, body.transcription_id, body.version)
    if body.least_ms > body.most_ms:
        raise BadStretch("least_ms is more than most_ms.")
    found = find_clips(
        source.transcript, limit=body.n, least_ms=body.least_ms, most_ms=body.most_ms
    )
    if not found:
        raise NothingSpoken(
            f"No passage of {body.least_ms // 1000} to {body.most_ms // 1000} seconds begins and "
            "ends with a sentence. Ask for other lengths, or make a clip of a stretch you choose."
        )
    clips = []
    for clip in found:
        options = VideoOptions(
            preset="clip",
            from_ms=clip.start_ms,
            to_ms=clip.end_ms,
            title=clip.title,
            **body.model_dump(include={"aspect", "fit", "captions", "palette"}),
        )
        video = _draft(
            session,
            user_id,
            body.transcription_id,
            version=source.stored.number,
            preset=options.preset,
            board=source.board(options),
        )
        clips.append(
            ClipOut(
                video_id=video.id,
                title=clip.title,
                from_ms=clip.start_ms,
                to_ms=clip.end_ms,
                score=clip.score,
                reasons=list(clip.reasons),
            )
        )
    return ClipsOut(clips=clips)


def _draft(
    session: Session,
    user_id: str,
    transcription_id: str,
    *,
    version: int,
    preset: Preset,
    board: Storyboard,
) -> Video:
    video = Video(
        id=new_id("vid"),
        user_id=user_id,
        transcription_id=transcription_id,
        job_id=None,
        version=version,
        preset=preset,
        storyboard=dumped(board),
        revision=1,
        warnings=[],
        has_parts=False,
        created_at=now(),
    )
    session.add(video)
    session.flush()
    return video
