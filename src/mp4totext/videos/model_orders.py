"""Checks and prices the work of models for a video: choosing scenes, and drawing them."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from mp4totext.credits import prices as price_list
from mp4totext.credits.prices import PriceList
from mp4totext.credits.quotes import Line, per_item
from mp4totext.images.orders import ImageParams
from mp4totext.images.orders import plan_request as plan_images
from mp4totext.images.planning import LOCAL
from mp4totext.images.schemas import ImageOptions
from mp4totext.images.styles import DEFAULT as DEFAULT_STYLE
from mp4totext.kit.ids import new_id
from mp4totext.providers.image.base import Aspect as ImageAspect
from mp4totext.runtime import Runtime
from mp4totext.texts.model_choice import ModelChoice, choice_line, model_choice
from mp4totext.transcript import Transcript
from mp4totext.videos.errors import BadStoryboard
from mp4totext.videos.presets import PRESETS, Preset
from mp4totext.videos.schemas import PictureChoice
from mp4totext.videos.slides import opens
from mp4totext.videos.storyboard import Scene, Storyboard
from mp4totext.writing.generate.source import characters_of

PLAN_KEY = "text.scenes"  # key of a quote's line at a model's rate
IMAGE_ASPECTS: dict[str, ImageAspect] = {"16:9": "16:9", "1:1": "1:1", "9:16": "9:16"}


class PlannerOrder(BaseModel):
    choice: ModelChoice
    characters: int  # of what is said in the stretch
    has_video: bool

    @property
    def time_limit_s(self) -> int:
        return 900 + self.characters // 10  # slow models write 10 characters a second


class ModelOrders(BaseModel):
    """Fixed when the job is accepted. ``pictures`` has an id for each scene that may get one."""

    model_config = ConfigDict(frozen=True)

    planner: PlannerOrder | None = None
    pictures: ImageParams | None = None
    style: str | None = None  # style of pictures that the user chose; None: the planner's

    def lines(self, preset: Preset, board: Storyboard, prices: PriceList) -> list[Line]:
        """The highest price of scenes and their pictures, as a planner makes no more scenes."""
        kinds = [scene.picture.kind for scene in board.scenes]
        cards, frames, drawn = kinds.count("card"), kinds.count("frame"), 0
        if self.pictures is not None:
            to_draw = scenes_to_draw(preset, board)
            drawn = len(board.scenes) if self.planner else len(to_draw)
            cards = cards - sum(each.picture.kind == "card" for each in to_draw)
            frames = frames - sum(each.picture.kind == "frame" for each in to_draw)
            cards, frames = (0, 0) if self.planner else (cards, frames)
        elif self.planner is not None:
            titles = 1 + len(board.chapters) if PRESETS[preset].has_chapter_cards else 0
            cards = min(len(kinds), titles) if self.planner.has_video else len(kinds)
            frames = len(kinds) - cards
        characters = self.planner.characters if self.planner else 0
        return self._lines(prices, cards=cards, frames=frames, drawn=drawn, characters=characters)

    def lines_of(self, board: Storyboard, prices: PriceList, made: "MadeByModels") -> list[Line]:
        """The price of what was delivered; ``board``: as it was made."""
        kinds = [scene.picture.kind for scene in board.scenes]
        return self._lines(
            prices,
            cards=kinds.count("card"),
            frames=kinds.count("frame"),
            drawn=made.pictures,
            characters=made.characters,
        )

    @property
    def time_limit_s(self) -> int:
        """The time limit of the models; the first picture after a cold start takes minutes."""
        planning_s = self.planner.time_limit_s if self.planner else 0
        return planning_s + (600 + 60 * len(self.pictures.image_ids) if self.pictures else 0)

    def _lines(
        self, prices: PriceList, *, cards: int, frames: int, drawn: int, characters: int
    ) -> list[Line]:
        """``drawn``: pictures of a model; ``characters``: what is said in scenes that it chose."""
        counts = {"picture.local": cards, "picture.frame": frames}
        if self.pictures is not None:
            counts[self.pictures.price] = drawn
        lines = [per_item(prices, key, count) for key, count in counts.items() if count]
        return lines + ([plan_line(prices, self.planner, characters)] if self.planner else [])


NO_MODELS = ModelOrders()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeByModels:
    pictures: int = 0
    characters: int = 0  # of what is said in the scenes that a model chose


def plan_line(prices: PriceList, order: PlannerOrder, characters: int) -> Line:
    return choice_line(prices, PLAN_KEY, order.choice, characters)


def scenes_to_draw(preset: Preset, board: Storyboard) -> list[Scene]:
    """Cards and frames; a lesson keeps the cards of its title and its chapters."""
    keeps_titles = PRESETS[preset].has_chapter_cards
    return [
        scene
        for at, scene in enumerate(board.scenes)
        if scene.picture.kind in ("card", "frame") and not (keeps_titles and opens(scene, at))
    ]


def planner_order(
    session: Session,
    runtime: Runtime,
    planner: str,
    board: Storyboard,
    spoken: Transcript,
    *,
    has_video: bool,
) -> PlannerOrder | None:
    """None: it is planned on this machine. Raises AppError 422.

    ``spoken``: in the stretch of ``board``.
    """
    choice = model_choice(planner, prices=price_list.current(session), settings=runtime.settings)
    if choice is None:
        return None
    _refuse_without_slides(board)
    return PlannerOrder(choice=choice, characters=characters_of(spoken), has_video=has_video)


def picture_order(
    session: Session,
    runtime: Runtime,
    user_id: str,
    transcription_id: str,
    choice: PictureChoice | None,
    board: Storyboard,
) -> ImageParams | None:
    """None: cards and frames stay. Raises AppError 422."""
    if choice is None or choice.provider == LOCAL:
        return None
    _refuse_without_slides(board)
    order = ImageOptions(
        transcription_id=transcription_id,
        prompt="A scene",  # each has its own, once it is known
        style=choice.style or board.look.style or DEFAULT_STYLE,
        provider=choice.provider,
        model=choice.model,
        aspect=IMAGE_ASPECTS.get(board.aspect, "16:9"),
        palette=board.look.palette,
    )
    planned, row = plan_images(session, runtime, user_id, order, prices=price_list.current(session))
    return ImageParams.of(planned, row, sorted(new_id("img") for _ in board.scenes))


def refuse_unready(
    session: Session, runtime: Runtime, user_id: str, planner: str, pictures: PictureChoice | None
) -> None:
    """Raises AppError where a model is not there or not ready, whatever the recording is."""
    prices = price_list.current(session)
    model_choice(planner, prices=prices, settings=runtime.settings)
    if pictures is not None and pictures.provider != LOCAL:
        order = ImageOptions(
            prompt="A scene",
            provider=pictures.provider,
            model=pictures.model,
            style=pictures.style or DEFAULT_STYLE,
        )
        plan_images(session, runtime, user_id, order, prices=prices)


def _refuse_without_slides(board: Storyboard) -> None:
    if not board.has_slides:
        raise BadStoryboard(
            "The recording's picture, or its wave, is shown throughout: there are no scenes for a "
            "model. Choose a slideshow or a lesson."
        )
