"""The operation ``plan_video``: a language model chooses the scenes of a draft."""

from pydantic import BaseModel
from sqlalchemy import update
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_1000_characters
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext, QuoteOut
from mp4totext.videos.model_orders import PLAN_KEY, PlannerOrder, plan_line
from mp4totext.videos.model_scenes import PlannedScenes, plan_scenes
from mp4totext.videos.models import Video
from mp4totext.videos.orders import plan_request
from mp4totext.videos.plans.schemas import PlanQuoteRequest
from mp4totext.videos.presets import Preset
from mp4totext.videos.sources import spoken_in
from mp4totext.videos.storyboard import Storyboard


class PlanParams(BaseModel):
    """Fixed when the job is accepted. ``storyboard``: as it is planned on this machine."""

    video_id: str
    revision: int
    preset: Preset
    transcription_id: str
    version: int
    title: str
    storyboard: Storyboard
    planner: PlannerOrder


class PlanVideo(Operation[PlanParams, PlannedScenes]):
    name = "plan_video"
    params = PlanParams
    quote_request = PlanQuoteRequest

    def time_limit_s(self, params: PlanParams) -> int:
        return params.planner.time_limit_s

    def quote(self, params: PlanParams, prices: PriceList) -> Quote:
        return Quote(lines=(plan_line(prices, params.planner, params.planner.characters),))

    def estimate(self, request: PlanQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        planned = plan_request(
            ctx.session, ctx.runtime, ctx.caller.user_id, request.transcription_id, request
        )
        order = planned.models.planner
        line = (
            per_1000_characters(PLAN_KEY, 0, 0)
            if order is None
            else plan_line(ctx.prices, order, order.characters)
        )
        return QuoteOut.of(ctx, Quote(lines=(line,)))

    def run(self, params: PlanParams, ctx: Context) -> PlannedScenes:
        spoken = spoken_in(ctx.runtime, params.transcription_id, params.version, params.storyboard)
        planned = plan_scenes(
            params.planner, params.preset, params.storyboard, spoken, ctx, title=params.title
        )
        ctx.warnings.extend(planned.warnings)
        return planned

    def save(self, session: Session, job: JobView, result: PlannedScenes) -> tuple[Line, ...]:
        row = session.get_one(Job, job.id)
        params = PlanParams.model_validate(row.params)
        session.execute(
            update(Video)
            .where(Video.id == params.video_id, Video.revision == params.revision)
            .values(
                storyboard=result.storyboard.as_json(),
                revision=params.revision + 1,
                warnings=list(result.warnings),
                job_id=None,  # a draft like any other
            )
        )
        charged = Quote(lines=(plan_line(job.prices, params.planner, result.characters),))
        return charged.lines if row.metered else charged.free().lines


PLAN_VIDEO = PlanVideo()
