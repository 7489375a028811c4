"""The operation ``find_clips``: a language model chooses the passages that become drafts."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote, per_1000_characters
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import Job
from mp4totext.jobs.operation import Operation
from mp4totext.jobs.quotes import QuoteContext, QuoteOut
from mp4totext.runtime import Runtime
from mp4totext.texts.model_choice import choice_line, model_choice, model_session
from mp4totext.videos import revisions
from mp4totext.videos.clips.schemas import ClipsQuoteRequest, ClipsRequest
from mp4totext.videos.errors import BadStretch, NothingSpoken
from mp4totext.videos.model_orders import PlannerOrder
from mp4totext.videos.presets import CLIP_MS_MAX
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.sources import Source, source_of
from mp4totext.videos.storyboard import Planner, Storyboard
from mp4totext.writing.generate.clip_plan import ClipChooser, ClipPlan
from mp4totext.writing.generate.source import characters_of

CLIPS_KEY = "text.clips"  # key of a quote's line at a model's rate


class ClipsParams(BaseModel):
    """Fixed when the job is accepted. ``video_ids``: in rising order, one for each passage."""

    request: ClipsRequest
    version: int  # of the transcript
    planner: PlannerOrder
    video_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClips:
    """The best first. ``characters``: of the parts of the recording that have them."""

    boards: tuple[Storyboard, ...]
    characters: int


def source_for(session: Session, user_id: str, body: ClipsRequest) -> Source:
    """Raises AppError for a missing recording or transcript, or impossible lengths."""
    source = source_of(session, user_id, body.transcription_id, body.version)
    if body.least_ms > body.most_ms:
        raise BadStretch("least_ms is more than most_ms.")
    return source


def nothing_of_length(body: ClipsRequest) -> NothingSpoken:
    return NothingSpoken(
        f"No passage of {body.least_ms // 1000} to {body.most_ms // 1000} seconds begins and "
        "ends with a sentence. Ask for other lengths, or choose the range of the clip yourself."
    )


def storyboard_of(
    source: Source, body: ClipsRequest, *, from_ms: int, to_ms: int, title: str
) -> Storyboard:
    """Raises AppError for a clip that cannot be made."""
    chosen = body.model_dump(include={"aspect", "fit", "captions", "palette"})
    return source.board(
        VideoOptions(preset="clip", from_ms=from_ms, to_ms=to_ms, title=title, **chosen)
    )


def clips_order(
    session: Session, runtime: Runtime, user_id: str, body: ClipsRequest, prices: PriceList
) -> tuple[PlannerOrder | None, int]:
    """Who chooses the clips (None: this machine), and the transcript's version.

    Raises AppError for a transcript without clips, and for a model that is missing or not ready.
    """
    source = source_for(session, user_id, body)
    choice = model_choice(body.planner, prices=prices, settings=runtime.settings)
    if choice is None:
        return None, source.stored.number
    spoken = source.transcript
    characters = characters_of(spoken)
    if not characters or spoken.duration_ms < body.least_ms:
        raise nothing_of_length(body)
    # Errors that every clip would have are raised before a model is called, on the first words.
    from_ms = max(0, min(spoken.segments[0].start_ms, spoken.duration_ms - body.least_ms))
    to_ms = min(from_ms + CLIP_MS_MAX, spoken.duration_ms)
    storyboard_of(source, body, from_ms=from_ms, to_ms=to_ms, title="")
    order = PlannerOrder(choice=choice, characters=characters, has_video=source.has_video)
    return order, source.stored.number


class FindClips(Operation[ClipsParams, FoundClips]):
    name = "find_clips"
    params = ClipsParams
    quote_request = ClipsQuoteRequest

    def time_limit_s(self, params: ClipsParams) -> int:
        return params.planner.time_limit_s

    def quote(self, params: ClipsParams, prices: PriceList) -> Quote:
        return Quote(lines=(_line(prices, params.planner, params.planner.characters),))

    def estimate(self, request: ClipsQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        order, _ = clips_order(ctx.session, ctx.runtime, ctx.caller.user_id, request, ctx.prices)
        line = (
            per_1000_characters(CLIPS_KEY, 0, 0)
            if order is None
            else _line(ctx.prices, order, order.characters)
        )
        return QuoteOut.of(ctx, Quote(lines=(line,)))

    def run(self, params: ClipsParams, ctx: Context) -> FoundClips:
        body, choice = params.request, params.planner.choice
        with ctx.runtime.database.read() as session:
            source = source_of(session, ctx.job.user_id, body.transcription_id, params.version)

        plan = ClipChooser(
            model=model_session(choice, ctx, steps="clips"),
            spoken=source.transcript,
            title=source.title,
            limit=len(params.video_ids),
            least_ms=body.least_ms,
            most_ms=body.most_ms,
            progress=lambda done_ms, total_ms: ctx.progress("plan", done_ms, total_ms),
        ).choose()
        ctx.warnings += _warnings(choice.model, plan)
        facts = {"planner": Planner(provider=choice.provider, model=choice.model)}
        boards = [
            storyboard_of(
                source, body, from_ms=clip.start_ms, to_ms=clip.end_ms, title=clip.title
            ).model_copy(update={**facts, "reason": clip.reason or None})
            for clip in plan.clips
        ]
        return FoundClips(boards=tuple(boards), characters=plan.characters)

    def save(self, session: Session, job: JobView, result: FoundClips) -> tuple[Line, ...]:
        row = session.get_one(Job, job.id)
        params = ClipsParams.model_validate(row.params)
        for video_id, board in zip(params.video_ids, result.boards, strict=False):
            revisions.first(
                session,
                job.user_id,
                params.request.transcription_id,
                version=params.version,
                preset="clip",
                board=board,
                video_id=video_id,
            )
        charged = Quote(lines=(_line(job.prices, params.planner, result.characters),))
        return charged.lines if row.metered else charged.free().lines


def _line(prices: PriceList, order: PlannerOrder, characters: int) -> Line:
    return choice_line(prices, CLIPS_KEY, order.choice, characters)


def _warnings(model: str, plan: ClipPlan) -> list[str]:
    if not plan.unusable:
        return []
    return [
        f"{plan.unusable} of the passages that {model} chose are left out: the recording does not "
        "have them, or not at such a length."
    ]


FIND_CLIPS = FindClips()
