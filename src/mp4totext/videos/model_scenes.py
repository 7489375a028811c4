"""Scenes made while a job runs: chosen by a language model, drawn by an image model."""

from dataclasses import dataclass

from mp4totext.images.drawing import DeliveredPicture, draw_all
from mp4totext.images.orders import ImageParams
from mp4totext.images.styles import STYLES
from mp4totext.jobs.context import Context
from mp4totext.texts.model_choice import model_session
from mp4totext.transcript import Transcript
from mp4totext.videos.model_orders import MadeByModels, PlannerOrder, scenes_to_draw
from mp4totext.videos.orders import RenderParams
from mp4totext.videos.planning import with_scenes
from mp4totext.videos.presets import PRESETS, Preset
from mp4totext.videos.sources import spoken_in
from mp4totext.videos.storyboard import Picture, Planner, Scene, Storyboard
from mp4totext.writing.generate.scene_plan import ScenePlanner
from mp4totext.writing.picture_prompts import picture_prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedScenes:
    """A checkpoint. ``characters``: what is said in the scenes that the model chose."""

    storyboard: Storyboard
    characters: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnScenes:
    """Pictures by scene ID, each with what it was made from."""

    pictures: dict[str, tuple[ImageParams, DeliveredPicture]]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeScenes:
    """What models made of a storyboard, and of how much of the recording."""

    storyboard: Storyboard
    characters: int
    pictures: tuple[tuple[ImageParams, DeliveredPicture], ...]
    warnings: tuple[str, ...]

    @property
    def made(self) -> MadeByModels:
        return MadeByModels(pictures=len(self.pictures), characters=self.characters)


def scenes_by_models(params: RenderParams, ctx: Context) -> MadeScenes | None:
    """Choose and draw scenes before a video is rendered; None: no model was requested.

    A checkpoint. Raises ProviderError if nothing is usable.
    """
    models, preset, board = params.models, params.preset, params.storyboard
    if models.planner is None and models.pictures is None:
        return None

    def make() -> MadeScenes:
        spoken = spoken_in(ctx.runtime, params.recording.transcription_id, params.version, board)
        planned = PlannedScenes(storyboard=board, characters=0)
        if models.planner is not None:
            planned = plan_scenes(models.planner, preset, board, spoken, ctx, title=params.title)
        drawn = DrawnScenes(pictures={})
        if models.pictures is not None:
            style = models.style or planned.storyboard.look.style or models.pictures.style
            order = models.pictures.model_copy(update={"style": style})
            drawn = _drawn(order, preset, planned.storyboard, spoken, ctx)
        shown = tuple(_with_picture(scene, drawn) for scene in planned.storyboard.scenes)
        return MadeScenes(
            storyboard=planned.storyboard.model_copy(update={"scenes": shown}),
            characters=planned.characters,
            pictures=tuple(drawn.pictures.values()),
            warnings=planned.warnings + drawn.warnings,
        )

    return ctx.step("scenes", make, returns=MadeScenes)


def plan_scenes(
    order: PlannerOrder,
    preset: Preset,
    board: Storyboard,
    spoken: Transcript,
    ctx: Context,
    *,
    title: str,
) -> PlannedScenes:
    """Raises ProviderRejected if none of the model's scenes is usable."""
    slide_ms = PRESETS[preset].slide_ms
    assert slide_ms is not None

    def planned() -> PlannedScenes:
        plan = ScenePlanner(
            model=model_session(order.choice, ctx, steps="plan"),
            spoken=spoken,
            title=title,
            target_ms=max(slide_ms, board.length_ms // len(board.scenes)),
            scenes_max=len(board.scenes),
            styles=tuple(STYLES),
            progress=lambda done_ms, total_ms: ctx.progress("plan", done_ms, total_ms),
        ).plan()
        warning = (
            f"{order.choice.model} left out {plan.left_out} of {plan.sentences} sentences: their "
            "scenes are made on this machine, and are not billed."
        )
        planner = Planner(provider=order.choice.provider, model=order.choice.model)
        return PlannedScenes(
            storyboard=with_scenes(
                board, preset, spoken, plan, has_video=order.has_video, planner=planner
            ),
            characters=plan.characters,
            warnings=(warning,) if plan.left_out else (),
        )

    return ctx.step("planned", planned, returns=PlannedScenes)


def _drawn(
    params: ImageParams, preset: Preset, board: Storyboard, spoken: Transcript, ctx: Context
) -> DrawnScenes:
    """Draw the pictures of the scenes. Raises the last error if none arrived.

    A scene whose picture fails for good keeps its card or frame.
    """
    scenes = scenes_to_draw(preset, board)
    calls: dict[str, ImageParams] = {}
    for number, (scene, image_id) in enumerate(zip(scenes, params.image_ids, strict=False)):
        prompt = prompt_of(board, scene, spoken)
        if not any(character.isalnum() for character in prompt):
            continue
        seed = None if params.seed is None else (params.seed + number) % 2**31
        change = {"image_ids": [image_id], "prompt": prompt, "seed": seed}
        calls[scene.id] = params.model_copy(update=change)
    arrived, failed = draw_all(calls, ctx)
    pictures = {name: (calls[name], made[0]) for name, made in arrived.items() if made}
    if failed is not None and not pictures:
        raise failed
    missing = len(scenes) - len(pictures)
    reason = f": {failed.message}" if failed else "."
    warning = (
        f"{missing} of {len(scenes)} pictures were not made and are not billed; their scenes show "
        f"a card or a frame{reason}"
    )
    return DrawnScenes(pictures=pictures, warnings=(warning,) if missing else ())


def prompt_of(board: Storyboard, scene: Scene, spoken: Transcript) -> str:
    """The prompt for a scene's picture: its description, or one made from its words."""
    prompt = scene.prompt or picture_prompt(
        spoken, scene.start_ms - board.from_ms, scene.end_ms - board.from_ms
    )
    return f"{prompt} {board.look.sentence}".strip() if prompt else ""


def _with_picture(scene: Scene, drawn: DrawnScenes) -> Scene:
    if scene.id not in drawn.pictures:
        return scene
    _, made = drawn.pictures[scene.id]
    picture = Picture(kind="image", image_id=made.kept.image_id, fit="fill")
    return scene.model_copy(update={"picture": picture})
