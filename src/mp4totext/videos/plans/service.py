"""Plans: the storyboards of videos, made, shown, changed and rendered.

Each function works in its caller's transaction.
"""

from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.credits.money import to_credits
from mp4totext.exports.documents import NoTranslation
from mp4totext.images import queries as images
from mp4totext.images.errors import ImageNotFound
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import ENDED, Job
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos import queries, revisions
from mp4totext.videos.brands import service as brands
from mp4totext.videos.errors import AlreadyRendered, PictureMissing
from mp4totext.videos.model_orders import ModelOrders, picture_order
from mp4totext.videos.models import Video
from mp4totext.videos.operations import RENDER_VIDEO
from mp4totext.videos.orders import PlannedVideo, plan_request, render_quote, speaker, to_pay_ms
from mp4totext.videos.planning import refuse_nothing_to_speak, refuse_undrawable_text
from mp4totext.videos.plans import scenes
from mp4totext.videos.plans.changes import changed, checked
from mp4totext.videos.plans.operations import PLAN_VIDEO, PlanParams
from mp4totext.videos.plans.schemas import (
    PlanAccepted,
    PlanChange,
    PlanOut,
    PlanRequest,
    RenderRequest,
)
from mp4totext.videos.schemas import PictureChoice, VideoAccepted, status_of
from mp4totext.videos.sources import music_of, script_of, source_of_video, translation_of
from mp4totext.videos.storyboard import Storyboard

REPEAT_PRICE_FOR = timedelta(days=7)


class _StoredDraft(BaseModel):
    """What is kept for a repeated request: no words, which must not outlive their recording."""

    video_id: str


def make(session: Session, runtime: Runtime, caller: Caller, body: PlanRequest) -> Video:
    """A draft that is planned on this machine; nothing is held. Raises AppError."""

    def plan() -> _StoredDraft:
        planned = plan_request(session, runtime, caller.user_id, body.transcription_id, body)
        return _StoredDraft(video_id=_new_draft(session, caller.user_id, planned).id)

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
        video = _new_draft(session, caller.user_id, planned)
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


def _new_draft(session: Session, user_id: str, planned: PlannedVideo) -> Video:
    return revisions.first(
        session,
        user_id,
        planned.recording.transcription_id,
        version=planned.version,
        preset=planned.preset,
        board=planned.storyboard,
    )


def shown(session: Session, links: FileLinks, video: Video, *, metered: bool) -> PlanOut:
    transcription = session.get_one(Transcription, video.transcription_id)
    board = revisions.board_of(video)
    job = None if video.job_id is None else session.get(Job, video.job_id)
    quote = render_quote(
        video.preset,
        board,
        price_list.current(session),
        spoken_ms=to_pay_ms(session, video.user_id, board.sound, script_of(session, video, board)),
        again=_was_paid_recently(video),
    )
    return PlanOut(
        id=video.id,
        transcription_id=video.transcription_id,
        preset=video.preset,
        version=video.version,
        outdated=transcription.version is not None and transcription.version > video.version,
        status=status_of(video, job),
        revision=video.revision,
        rendered_revision=video.rendered_revision,
        credits=to_credits(quote.total_uc) if metered else 0,
        storyboard=board,
        pictures=scenes.pictures(session, links, video, board),
    )


def change(session: Session, runtime: Runtime, video: Video, body: PlanChange) -> None:
    """Raises AppError when somebody else changed it first, or when the result is invalid."""
    revisions.begin_change(session, video, body.revision)
    former = revisions.board_of(video)
    source = source_of_video(session, video)
    patched = changed(former, body.storyboard).model_copy(
        update={"planner": former.planner, "reason": former.reason}
    )
    board = checked(patched, video.preset, source.transcript, has_video=source.has_video)
    _refuse_unspoken(session, runtime, video, board)
    music_of(session, video.user_id, board)
    if board.look.brand_id != former.look.brand_id:
        brands.applied(session, video.user_id, board)
    added = board.image_ids - former.image_ids
    known = {
        *images.existing(session, user_id=video.user_id, image_ids=added),
        *images.being_made(session, user_id=video.user_id),
    }
    for image_id in sorted(added - known):
        raise ImageNotFound(image_id)
    revisions.store(session, video, board)


def render(
    session: Session, runtime: Runtime, caller: Caller, video_id: str, body: RenderRequest
) -> VideoAccepted:
    """Submit the job that makes the video of the storyboard as it is. Raises AppError."""
    video = queries.by_id(session, user_id=caller.user_id, video_id=video_id)

    def make_video() -> VideoAccepted:
        revisions.begin_change(session, video, body.revision)
        former = None if video.job_id is None else session.get(Job, video.job_id)
        if former is not None and former.state not in ENDED:
            raise WrongState("The video is being rendered. Wait for its job, or cancel it.")
        _renew(session, video, body)
        planned = _checked(session, video)
        _refuse_unspoken(session, runtime, video, planned.storyboard)
        if body.pictures is not None:
            planned = _to_draw(session, runtime, planned, caller, body.pictures)
        params = planned.params(
            session,
            video.user_id,
            video_id=video.id,
            revision=video.revision,
            again=_was_paid_recently(video),
        )
        if former is not None:
            jobs.erase_job(session, former)  # it cannot be retried: its video is another one now
        job = submit(
            session,
            caller,
            RENDER_VIDEO,
            params,
            subject_id=video.transcription_id,
            priority=body.priority,
        )
        video.job_id, video.has_parts = job.id, True
        session.flush()
        return VideoAccepted.of(
            job,
            id=video.id,
            transcription_id=video.transcription_id,
            preset=video.preset,
            storyboard=params.storyboard,
        )

    request = ("render", video_id, body.model_dump(mode="json"))
    return accept(
        session, caller, request, VideoAccepted, make_video, subject_id=video.transcription_id
    )


def _renew(session: Session, video: Video, body: RenderRequest) -> None:
    """Make a new revision of one that was rendered. Raises AlreadyRendered if nothing differs."""
    if video.rendered_revision != video.revision:
        return
    board = revisions.board_of(video)
    if body.pictures is None and not brands.changed_since(session, video, board):
        raise AlreadyRendered("The video already shows this storyboard. Change it first.")
    revisions.store(session, video, board)


def _to_draw(
    session: Session,
    runtime: Runtime,
    planned: PlannedVideo,
    caller: Caller,
    pictures: PictureChoice,
) -> PlannedVideo:
    """The storyboard with a generated picture for each card or frame. Raises AppError."""
    order = picture_order(
        session,
        runtime,
        caller.user_id,
        planned.recording.transcription_id,
        pictures,
        planned.storyboard,
    )
    return replace(planned, models=ModelOrders(pictures=order, style=pictures.style))


def _was_paid_recently(video: Video) -> bool:
    """Whether the video was paid for recently, so that rendering again costs less."""
    return video.finished_at is not None and now() - video.finished_at <= REPEAT_PRICE_FOR


def _refuse_unspoken(session: Session, runtime: Runtime, video: Video, board: Storyboard) -> None:
    """Raises AppError when the translation is missing, or a voice cannot speak the lines."""
    translation = translation_of(session, video, board)
    if board.translation is not None and (translation is None or translation.language is None):
        raise NoTranslation(
            f"The translation {board.translation.text_id!r} is deleted, or is none of this "
            "recording. Choose another text of the kind translate."
        )
    script = script_of(session, video, board)
    if script is not None:
        refuse_nothing_to_speak(script.lines)
        for voice in filter(None, (board.sound.voice, *board.sound.voices.values())):
            speaker(session, runtime, voice, script.language or "en")
    if translation is not None and board.captions.are_burned and board.captions.style == "two":
        refuse_undrawable_text(translation)


def _checked(session: Session, video: Video) -> PlannedVideo:
    """Raises AppError when a picture is missing, or the translation was changed or deleted."""
    source = source_of_video(session, video)
    board = checked(
        revisions.board_of(video), video.preset, source.transcript, has_video=source.has_video
    )
    branded = brands.applied(session, video.user_id, board)
    there = images.existing(session, user_id=video.user_id, image_ids=board.image_ids)
    missing = [s.id for s in board.scenes if s.picture.image_id not in (None, *there)]
    if missing:
        raise PictureMissing(
            f"The pictures of these scenes are missing: {', '.join(missing)}. Wait for those "
            "that are being made, and choose others for the rest.",
            scenes=missing,
        )
    if board.look.logo and board.look.logo.image_id not in there:
        raise PictureMissing("The picture of the logo is deleted. Choose another.")
    return PlannedVideo(
        preset=video.preset,
        recording=source.recording,
        version=video.version,
        title=source.title,
        storyboard=board,
        branded=branded,
        translation=translation_of(session, video, board),
        script=script_of(session, video, board),
    )
