"""Storyboards: show, change, give a scene a new picture, and render.

Each function works in its caller's transaction.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.credits.money import to_credits
from mp4totext.exports.documents import Document, NoTranslation
from mp4totext.exports.filenames import filename, without_media_extension
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import Export
from mp4totext.exports.rendering import RENDERERS
from mp4totext.images import queries as images
from mp4totext.images import service as image_service
from mp4totext.images.errors import ImageNotFound
from mp4totext.images.schemas import AUTO, ImageRequestBody
from mp4totext.jobs import service as jobs
from mp4totext.jobs.acceptance import accept, submit
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.models import ENDED, Job
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.kit.clock import now
from mp4totext.kit.errors import WrongState
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.transcriptions import queries as transcriptions
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.order import RecordingRef
from mp4totext.transcriptions.versions import transcript_of
from mp4totext.videos import line_voices, queries, translations
from mp4totext.videos.brands import service as brands
from mp4totext.videos.changes import changed, checked
from mp4totext.videos.errors import (
    AlreadyRendered,
    BadStoryboard,
    NoRecording,
    NothingSpoken,
    PictureMissing,
    SceneNotFound,
    StoryboardChanged,
)
from mp4totext.videos.model_orders import IMAGE_ASPECTS, ModelOrders, picture_order
from mp4totext.videos.model_scenes import prompt_of
from mp4totext.videos.models import Video
from mp4totext.videos.operations import RENDER_VIDEO
from mp4totext.videos.orders import (
    PlannedVideo,
    music_of,
    render_quote,
    speaker,
    to_pay_ms,
    whole_of,
)
from mp4totext.videos.plan_operation import PLAN_VIDEO
from mp4totext.videos.planning import (
    cut,
    refuse_nothing_to_speak,
    refuse_undrawable_text,
    shifted,
)
from mp4totext.videos.schemas import (
    PictureChoice,
    PlanChange,
    PlanOut,
    RenderRequest,
    ScenePictureAccepted,
    ScenePictureOut,
    ScenePictureRequest,
    VideoAccepted,
    status_of,
)
from mp4totext.videos.storyboard import Picture, Scene, Storyboard

LOCAL = "local"
REPEAT_PRICE_FOR = timedelta(days=7)


def prompt_for(session: Session, video: Video, scene_id: str) -> str:
    """A picture prompt for a scene, made from its words. Raises SceneNotFound."""
    board = board_of(video)
    return _prompt(session, video, board, scene_of(board, scene_id))


def shown(session: Session, links: FileLinks, video: Video, *, metered: bool) -> PlanOut:
    transcription = session.get_one(Transcription, video.transcription_id)
    board = board_of(video)
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
        pictures=_pictures(session, links, video, board),
    )


def change(session: Session, runtime: Runtime, video: Video, body: PlanChange) -> None:
    """Raises AppError when somebody else changed it first, or when the result is invalid."""
    _refuse_stale(video, body.revision)
    _end_planning(session, video)
    board = board_of(video)
    transcription, transcript = footage(session, video)
    patched = changed(board, body.storyboard).model_copy(
        update={"planner": board.planner, "reason": board.reason}
    )
    board = checked(patched, video.preset, transcript, has_video=transcription.has_video)
    _refuse_unspoken(session, runtime, video, board)
    music_of(session, video.user_id, board)
    if board.look.brand_id != board_of(video).look.brand_id:
        brands.applied(session, video.user_id, board)
    added = board.image_ids - board_of(video).image_ids
    known = {
        *images.existing(session, user_id=video.user_id, image_ids=added),
        *images.being_made(session, user_id=video.user_id),
    }
    for image_id in sorted(added - known):
        raise ImageNotFound(image_id)
    _store(session, video, board)


def draw_scene(
    session: Session,
    runtime: Runtime,
    caller: Caller,
    video_id: str,
    scene_id: str,
    body: ScenePictureRequest,
) -> ScenePictureAccepted:
    """Request a picture and put it into the scene. Raises AppError before anything is held."""
    video = queries.by_id(session, user_id=caller.user_id, video_id=video_id)

    def make_picture() -> ScenePictureAccepted:
        _refuse_stale(video, body.revision)
        _end_planning(session, video)
        board = board_of(video)
        scene = scene_of(board, scene_id)
        accepted = image_service.order(
            runtime, session, caller, _image_order(session, video, board, scene, body)
        )
        picture = Picture(kind="image", image_id=accepted.id)
        scenes = tuple(
            each.model_copy(update={"picture": picture}) if each is scene else each
            for each in board.scenes
        )
        board = board.model_copy(update={"scenes": scenes})
        _store(session, video, board)
        return ScenePictureAccepted(
            **accepted.model_dump(include=set(ScenePictureAccepted.model_fields)),
            video_id=video_id,
            scene_id=scene_id,
            revision=video.revision,
            storyboard=board,
        )

    request = ("scene_picture", video_id, scene_id, body.model_dump(mode="json"))
    return accept(
        session,
        caller,
        request,
        ScenePictureAccepted,
        make_picture,
        subject_id=video.transcription_id,
    )


def render(
    session: Session, runtime: Runtime, caller: Caller, video_id: str, body: RenderRequest
) -> VideoAccepted:
    """Submit the job that makes the video of the storyboard as it is. Raises AppError."""
    video = queries.by_id(session, user_id=caller.user_id, video_id=video_id)

    def make_video() -> VideoAccepted:
        _refuse_stale(video, body.revision)
        _end_planning(session, video)
        former = None if video.job_id is None else session.get(Job, video.job_id)
        if former is not None and former.state not in ENDED:
            raise WrongState("The video is being rendered. Wait for its job, or cancel it.")
        _refuse_rendered(session, video, body)
        planned = _planned(session, video)
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


def _refuse_rendered(session: Session, video: Video, body: RenderRequest) -> None:
    """Raises AlreadyRendered when the video already shows this revision."""
    if video.rendered_revision != video.revision:
        return
    board = board_of(video)
    if body.pictures is None and not brands.changed_since(session, video, board):
        raise AlreadyRendered("The video already shows this storyboard. Change it first.")
    _store(session, video, board)


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


def _end_planning(session: Session, video: Video) -> None:
    """Drops the job of an ended plan, so nobody retries it. Raises WrongState while it runs."""
    job = None if video.job_id is None else session.get(Job, video.job_id)
    if job is None or job.operation != PLAN_VIDEO.name:
        return
    if job.state not in ENDED:
        raise WrongState("A model is planning the video. Wait for its job, or cancel it.")
    jobs.erase_job(session, job)
    video.job_id = None
    session.flush()


def _was_paid_recently(video: Video) -> bool:
    """Whether the video was paid for recently, so that rendering again costs less."""
    return video.finished_at is not None and now() - video.finished_at <= REPEAT_PRICE_FOR


def board_of(video: Video) -> Storyboard:
    return Storyboard.model_validate(video.storyboard)


def scene_of(board: Storyboard, scene_id: str) -> Scene:
    """Raises SceneNotFound."""
    for scene in board.scenes:
        if scene.id == scene_id:
            return scene
    raise SceneNotFound(scene_id)


def footage(session: Session, video: Video) -> tuple[Transcription, Transcript]:
    """The recording and its current transcript. Raises NoRecording."""
    transcription = session.get_one(Transcription, video.transcription_id)
    if transcription.media_key is None:
        raise NoRecording("The recording itself is not stored, so no video can be made of it.")
    version = transcriptions.version(session, transcription, video.version)
    return transcription, transcript_of(session, version)


def translation_of(session: Session, video: Video, board: Storyboard) -> Text | None:
    """The translation; None: it has none, or it was deleted, which ``render`` refuses."""
    if board.translation is None:
        return None
    transcription = session.get_one(Transcription, video.transcription_id)
    version = transcriptions.version(session, transcription, video.version)
    return translations.by_id(session, version, board.translation.text_id)


def script_of(session: Session, video: Video, board: Storyboard) -> Text | None:
    """What is spoken in the range; None: nothing, or a translation that was deleted."""
    if not board.sound.is_spoken:
        return None
    whole = whole_of(session, video.transcription_id, video.version)
    return line_voices.script(board, whole, translation_of(session, video, board))


def captions_file(session: Session, video: Video, export: Export) -> tuple[str, bytes]:
    """The file name and the captions, timed from the start of the video. Raises NothingSpoken."""
    board = board_of(video)
    transcription = session.get_one(Transcription, video.transcription_id)
    version = transcriptions.version(session, transcription, video.version)
    spoken = cut(transcript_of(session, version), board.from_ms, board.to_ms)
    spoken = shifted(spoken, video.intro_ms)
    if not spoken.segments:
        raise NothingSpoken("There is no speech in this video, so it has no captions.")
    translation = translation_of(session, video, board)
    if translation is not None:
        translation = translations.cut(translation, board.from_ms, board.to_ms)
        translation = translations.shifted(translation, video.intro_ms)
    options = ExportOptions(speakers=False, translation=translation)
    name = filename(without_media_extension(transcription.title), export.extension)
    return name, RENDERERS.render(export, Document(transcript=spoken, options=options))


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


def _refuse_stale(video: Video, revision: int) -> None:
    if video.revision != revision:
        raise StoryboardChanged(video.revision)


def _store(session: Session, video: Video, board: Storyboard) -> None:
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


def _planned(session: Session, video: Video) -> PlannedVideo:
    """Raises AppError when a picture is missing, or the translation was changed or deleted."""
    transcription, transcript = footage(session, video)
    board = checked(board_of(video), video.preset, transcript, has_video=transcription.has_video)
    drawn = brands.applied(session, video.user_id, board)
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
    title = without_media_extension(transcription.title)
    return PlannedVideo(
        preset=video.preset,
        recording=RecordingRef(
            transcription_id=transcription.id,
            media_key=transcription.media_key or "",
            duration_ms=transcript.duration_ms,
        ),
        version=video.version,
        title=title,
        storyboard=board,
        drawn=drawn,
        translation=translation_of(session, video, board),
        script=script_of(session, video, board),
    )


def _image_order(
    session: Session, video: Video, board: Storyboard, scene: Scene, body: ScenePictureRequest
) -> ImageRequestBody:
    """The request for a scene's picture. Without a prompt: a frame, or a picture of its words."""
    if not board.has_slides:
        raise BadStoryboard("The recording's picture, or its wave, is shown throughout.")
    transcription = session.get_one(Transcription, video.transcription_id)
    is_local = body.provider in (AUTO, LOCAL)
    frame = is_local and not body.prompt and transcription.has_video and body.model != "card"
    card = scene.picture.card
    prompt = body.prompt
    if not prompt and not frame:
        prompt = card.large if card and is_local else _prompt(session, video, board, scene)
    return ImageRequestBody(
        transcription_id=video.transcription_id,
        prompt=prompt,
        style=body.style,
        provider=body.provider,
        model=body.model,
        aspect=IMAGE_ASPECTS.get(board.aspect, "16:9"),
        seed=body.seed,
        negative=body.negative,
        palette=body.palette or board.look.palette,
        at_ms=(scene.start_ms + scene.end_ms) // 2 if frame else None,
        priority=body.priority,
    )


def _prompt(session: Session, video: Video, board: Storyboard, scene: Scene) -> str:
    _, transcript = footage(session, video)
    return prompt_of(board, scene, cut(transcript, board.from_ms, board.to_ms))


def _pictures(
    session: Session, links: FileLinks, video: Video, board: Storyboard
) -> list[ScenePictureOut]:
    there = images.existing(session, user_id=video.user_id, image_ids=board.image_ids)
    absent = board.image_ids - there.keys()
    making = images.being_made(session, user_id=video.user_id) if absent else {}
    shown_pictures = []
    for scene in board.scenes:
        image_id = scene.picture.image_id
        if image_id is None:
            continue
        picture = there.get(image_id)
        image = None if picture is None else image_service.image_out(links, picture)
        shown_pictures.append(
            ScenePictureOut(
                scene_id=scene.id,
                image_id=image_id,
                state="ready" if image else "making" if image_id in making else "missing",
                job_id=making.get(image_id),
                url=image and image.url,
                thumbnail_url=image and image.thumbnail_url,
            )
        )
    return shown_pictures
