"""Drafts: storyboards that are new, planned on this machine or by a language model.

Each function works in its caller's transaction.
"""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.kit.ids import new_id
from mp4totext.runtime import Runtime
from mp4totext.videos import queries
from mp4totext.videos.clip_operation import FIND_CLIPS, ClipsParams, clips_order
from mp4totext.videos.clip_schemas import ClipsAccepted, ClipsRequest
from mp4totext.videos.clips import draft
from mp4totext.videos.models import Video
from mp4totext.videos.orders import PlannedVideo, plan_request
from mp4totext.videos.plan_operation import PLAN_VIDEO, PlanParams
from mp4totext.videos.schemas import PlanAccepted, PlanRequest


class _StoredDraft(BaseModel):
    """What is kept for a repeated request: no words, which must not outlive their recording."""

    video_id: str


def make(session: Session, runtime: Runtime, caller: Caller, body: PlanRequest) -> Video:
    """A draft that is planned on this machine; nothing is held. Raises AppError."""

    def plan() -> _StoredDraft:
        planned = plan_request(session, runtime, caller.user_id, body.transcription_id, body)
        return _StoredDraft(video_id=_planned(session, caller.user_id, planned).id)

    made = accept(session, caller, ("plan", body.model_dump(mode="json")), _StoredDraft, plan)
    return queries.by_id(session, user_id=caller.user_id, video_id=made.video_id)


def make_with_model(
    session: Session, runtime: Runtime, caller: Caller, body: PlanRequest
) -> PlanAccepted:
    """A draft that a language model plans; until then it is planned on this machine.

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
    return draft(
        session,
        user_id,
        planned.recording.transcription_id,
        version=planned.version,
        preset=planned.preset,
        board=planned.storyboard,
    )


def choose_clips(
    session: Session, runtime: Runtime, caller: Caller, body: ClipsRequest
) -> ClipsAccepted:
    """Clips that a language model chooses. Raises AppError before anything is held."""

    def order() -> ClipsAccepted:
        prices = price_list.current(session)
        planner, version = clips_order(session, runtime, caller.user_id, body, prices)
        assert planner is not None  # ``clips.make`` is for the others
        video_ids = sorted(new_id("vid") for _ in range(body.n))
        params = ClipsParams(request=body, version=version, planner=planner, video_ids=video_ids)
        job = submit(session, caller, FIND_CLIPS, params, subject_id=body.transcription_id)
        return ClipsAccepted.of(
            job,
            id=body.transcription_id,
            transcription_id=body.transcription_id,
            provider=planner.choice.provider,
            model=planner.choice.model,
            video_ids=video_ids,
        )

    return accept(session, caller, ("clips", body.model_dump(mode="json")), ClipsAccepted, order)
