"""The operation ``render_video``: from a storyboard to a file that anything plays."""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mp4totext.credits.money import share
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, Quote
from mp4totext.images import image_events
from mp4totext.images.operations import picture_row
from mp4totext.jobs.context import Context
from mp4totext.jobs.job_view import JobView
from mp4totext.jobs.models import ENDED, Job
from mp4totext.jobs.operation import Divisible
from mp4totext.jobs.quotes import QuoteContext, QuoteOut
from mp4totext.jobs.stored_files import remove_folder
from mp4totext.kit.clock import now
from mp4totext.kit.db import after_commit
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos import files, kept_files, pieces, revisions, video_events
from mp4totext.videos.model_scenes import MadeScenes, scenes_by_models
from mp4totext.videos.models import Video, VideoPiece
from mp4totext.videos.orders import VOICE_PRICE, RenderParams, plan_request, render_quote, to_pay_ms
from mp4totext.videos.pieces import Stored
from mp4totext.videos.rendering import Rendered, Rendering
from mp4totext.videos.schemas import VideoQuoteRequest
from mp4totext.videos.segments import SegmentPart
from mp4totext.videos.sound import line_voices
from mp4totext.videos.sources import whole_of

SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeVideo:
    rendered: Rendered
    scenes: MadeScenes | None  # of models, where they were asked


class RenderVideo(Divisible[RenderParams, MadeVideo, SegmentPart, Stored]):
    name = "render_video"
    params = RenderParams
    part = SegmentPart
    part_result = Stored
    files = (files.VIDEO_FILES, files.PIECE_FILES, files.BRAND_FILES)
    quote_request = VideoQuoteRequest

    def time_limit_s(self, params: RenderParams) -> int:
        # An upright video of full size takes a slow core twice its length.
        return 900 + 6 * params.storyboard.length_ms // 1_000 + params.models.time_limit_s

    def quote(self, params: RenderParams, prices: PriceList) -> Quote:
        return render_quote(
            params.preset,
            params.storyboard,
            prices,
            spoken_ms=params.to_pay_ms,
            again=params.again,
            models=params.models,
        )

    def estimate(self, request: VideoQuoteRequest, ctx: QuoteContext) -> QuoteOut:
        planned = plan_request(
            ctx.session,
            ctx.runtime,
            ctx.caller.user_id,
            request.transcription_id,
            request,
            pictures=request.pictures,
        )
        params = planned.params(ctx.session, ctx.caller.user_id, video_id="")
        return QuoteOut.of(ctx, self.quote(params, ctx.prices))

    def run(self, params: RenderParams, ctx: Context) -> MadeVideo:
        """Top to bottom; every step and every segment is a checkpoint."""
        scenes = scenes_by_models(params, ctx)
        rendering = Rendering(_with_scenes(params, scenes), ctx)
        scenery = rendering.scenery()
        rendering.sound(scenery)
        parts = rendering.parts(scenery)
        segments = ctx.parts("render", parts, returns=Stored, total=rendering.frames, unit="frames")
        rendered = ctx.step(
            "join", lambda: rendering.joined(scenery, parts, segments), returns=Rendered
        )
        return MadeVideo(rendered=rendered, scenes=scenes)

    def run_part(self, params: RenderParams, part: SegmentPart, ctx: Context) -> Stored:
        """One segment, in any process: it fetches the recording itself."""
        rendering = Rendering(_with_scenes(params, scenes_by_models(params, ctx)), ctx)
        return rendering.segment(rendering.scenery(), part)

    def save(self, session: Session, job: JobView, result: MadeVideo) -> tuple[Line, ...]:
        row = session.get_one(Job, job.id)
        params = RenderParams.model_validate(row.params)
        rendered, scenes = result.rendered, result.scenes
        warnings = [*rendered.warnings, *(scenes.warnings if scenes else ())]
        session.execute(
            update(Video)
            .where(Video.id == params.video_id)
            .values(
                rendered_revision=params.revision,
                duration_ms=rendered.duration_ms,
                intro_ms=params.branding.shown_ms("intro", params.storyboard.fps),
                width=rendered.width,
                height=rendered.height,
                size_bytes=rendered.video.size_bytes,
                sha256=rendered.video.sha256,
                warnings=warnings,
                finished_at=now(),
            )
        )
        row.warnings = list(dict.fromkeys([*row.warnings, *warnings]))
        lines = job.quote
        if scenes is not None:
            _store_scenes(session, job, params, scenes)
            lines = _made_quote(row, params, job.prices, scenes).lines
        return _without_paid(session, job.user_id, params, lines)

    def publish(self, session: Session, job: JobView, result: MadeVideo) -> None:
        params = RenderParams.model_validate(session.get_one(Job, job.id).params)
        transcription_id = params.recording.transcription_id
        if result.scenes is not None and result.scenes.pictures:
            image_events.publish(
                session,
                [made.kept.image_id for _, made in result.scenes.pictures],
                user_id=job.user_id,
                transcription_id=transcription_id,
                change="ready",
                job_id=job.id,
            )
        video_events.publish(
            session,
            params.video_id,
            user_id=job.user_id,
            transcription_id=transcription_id,
            change="ready",
            job_id=job.id,
        )

    def on_delete(self, session: Session, runtime: Runtime, transcription_id: str) -> None:
        owner = session.get_one(Transcription, transcription_id).user_id
        after_commit(session, lambda: kept_files.keep_music(runtime, owner, transcription_id))
        ids = list(
            session.scalars(select(Video.id).where(Video.transcription_id == transcription_id))
        )
        session.execute(delete(Video).where(Video.transcription_id == transcription_id))
        pieces.remove_where(session, runtime, VideoPiece.transcription_id == transcription_id)
        for video_id in ids:
            remove_objects_after_commit(session, runtime, video_id)


def _made_quote(row: Job, params: RenderParams, prices: PriceList, scenes: MadeScenes) -> Quote:
    """What the scenes of models cost, in place of the most they could."""
    made = render_quote(
        params.preset,
        scenes.storyboard,
        prices,
        spoken_ms=params.to_pay_ms,
        again=params.again,
        models=params.models,
        made=scenes.made,
    )
    return made if row.metered else made.free()


def _without_paid(
    session: Session, user_id: str, params: RenderParams, lines: tuple[Line, ...]
) -> tuple[Line, ...]:
    """Without the lines that another video paid meanwhile; those of this one are paid from now."""
    board, recording = params.storyboard, params.recording
    if not board.sound.is_spoken:
        return lines
    whole = whole_of(session, recording.transcription_id, params.version)
    script = line_voices.script(board, whole, params.translation)
    if script is None:
        return lines
    left_ms = to_pay_ms(session, user_id, board.sound, script)
    pieces.mark_paid(session, user_id, line_voices.lengths_ms(board.sound, script))
    quoted_ms = params.to_pay_ms
    if left_ms >= quoted_ms:
        return lines
    others = tuple(line for line in lines if line.key != VOICE_PRICE)
    spoken = [line for line in lines if line.key == VOICE_PRICE] if left_ms else []
    return others + tuple(
        replace(
            line,
            quantity_milli=share(line.quantity_milli, left_ms, quoted_ms),
            amount_uc=share(line.amount_uc, left_ms, quoted_ms),
        )
        for line in spoken
    )


def _with_scenes(params: RenderParams, scenes: MadeScenes | None) -> RenderParams:
    if scenes is None:
        return params
    return params.model_copy(update={"storyboard": scenes.storyboard})


def _store_scenes(session: Session, job: JobView, params: RenderParams, scenes: MadeScenes) -> None:
    """Pictures become the account's; a storyboard that was changed meanwhile stays as it is."""
    for order, made in scenes.pictures:
        session.add(picture_row(order, made, job))
    video = session.get(Video, params.video_id)
    if video is None or video.revision != params.revision:
        return
    made_board = scenes.storyboard  # it has what the brand gives, which the stored one names
    board = revisions.board_of(video)
    look = {"style": made_board.look.style, "sentence": made_board.look.sentence}
    changes = {
        "scenes": made_board.scenes,
        "between": made_board.between,
        "planner": made_board.planner,
        "look": board.look.model_copy(update=look),
    }
    video.storyboard = board.model_copy(update=changes).as_json()


def remove_objects_after_commit(session: Session, runtime: Runtime, video_id: str) -> None:
    after_commit(session, lambda: remove_folder(runtime, files.folder(video_id)))


def remove_parts(runtime: Runtime) -> None:
    """Delete the segments, sound and former revisions' files of videos whose job has ended.

    A chore of the sweeper.
    """
    ended = select(Job.id).where(Job.id == Video.job_id, Job.state.in_(ENDED)).exists()
    with runtime.database.read() as session:
        statement = select(Video.id).where(Video.has_parts, ended).limit(SWEPT_AT_ONCE)
        ids = list(session.scalars(statement))
    for video_id in ids:
        with runtime.database.read() as session:  # it may be rendered again since
            video = session.scalar(select(Video).where(Video.id == video_id, ended))
        if video is None:
            continue
        keys = runtime.storage.keys(files.folder(video_id))
        folders = {key.rpartition("/")[0] for key in keys}
        if video.rendered_revision is not None:
            folders.discard(files.rendered_folder(video_id, video.rendered_revision))
        if all(remove_folder(runtime, folder) for folder in sorted(folders)):
            same = Video.id == video_id, Video.job_id == video.job_id
            with runtime.database.write() as session:
                session.execute(update(Video).where(*same).values(has_parts=False))


RENDER_VIDEO = RenderVideo()
