"""The scenes of a plan: their prompts, new pictures for them, and whether these are made.

Each function works in its caller's transaction.
"""

from sqlalchemy.orm import Session

from mp4totext.images import queries as images
from mp4totext.images import service as image_service
from mp4totext.images.planning import LOCAL
from mp4totext.images.schemas import AUTO, ImageRequestBody
from mp4totext.jobs.acceptance import accept
from mp4totext.jobs.caller import Caller
from mp4totext.jobs.stored_files import FileLinks
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.models import Transcription
from mp4totext.videos import queries, revisions, sources
from mp4totext.videos.errors import BadStoryboard, SceneNotFound
from mp4totext.videos.model_orders import IMAGE_ASPECTS
from mp4totext.videos.model_scenes import prompt_of
from mp4totext.videos.models import Video
from mp4totext.videos.planning import cut
from mp4totext.videos.plans.schemas import (
    ScenePictureAccepted,
    ScenePictureOut,
    ScenePictureRequest,
)
from mp4totext.videos.storyboard import Picture, Scene, Storyboard


def scene_of(board: Storyboard, scene_id: str) -> Scene:
    """Raises SceneNotFound."""
    for scene in board.scenes:
        if scene.id == scene_id:
            return scene
    raise SceneNotFound(scene_id)


def prompt_for(session: Session, video: Video, scene_id: str) -> str:
    """A picture prompt for a scene, made from its words. Raises SceneNotFound."""
    board = revisions.board_of(video)
    return _prompt(session, video, board, scene_of(board, scene_id))


def draw(
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
        revisions.begin_change(session, video, body.revision)
        board = revisions.board_of(video)
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
        revisions.store(session, video, board)
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
    transcript = sources.source_of_video(session, video).transcript
    return prompt_of(board, scene, cut(transcript, board.from_ms, board.to_ms))


def pictures(
    session: Session, links: FileLinks, video: Video, board: Storyboard
) -> list[ScenePictureOut]:
    """The state of the picture of each scene that shows one."""
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
