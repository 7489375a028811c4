"""The storyboard: what a video shows and when, locked to the times of a transcript."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mp4totext.media.backgrounds import Palette

_MOVING = frozenset({"source", "wave"})
SCENES_MAX = 400
SCENE_MS_MIN = 1_000

Preset = Literal["captioned", "audiogram", "clip", "slideshow", "lesson"]
Motion = Literal["in", "right", "out", "left", "still"]
Definition = Literal["720p", "1080p"]
Aspect = Literal["source", "16:9", "1:1", "9:16"]
Fit = Literal["fit", "fill"]
CaptionStyle = Literal["word", "clean"]
Milliseconds = Annotated[int, Field(ge=0, le=12 * 3_600_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Look(_Part):
    palette: Palette = "dusk"
    title: str | None = Field(None, max_length=255, description="Drawn over a background.")


class Sound(_Part):
    mode: Literal["original"] = "original"
    lufs: float = Field(-16.0, ge=-31, le=-9, description="Loudness of the whole (EBU R 128).")


class Captions(_Part):
    mode: Literal["burned", "none"] = "burned"
    style: CaptionStyle = Field(
        "word", description="`word`: the word being spoken is coloured; `clean`: plain lines."
    )


class CardText(_Part):
    small: str = Field("", max_length=255, description="Above the large text.")
    large: str = Field(min_length=1, max_length=400)
    foot: str = Field("", max_length=255, description="Below the large text.")


class Picture(_Part):
    kind: Literal["source", "wave", "card", "frame"] = Field(
        description="`source`: the recording's own moving picture; `wave`: its sound over a "
        "background; `card`: a text over a background; `frame`: the best one of the scene."
    )
    card: CardText | None = None
    fit: Fit = Field(
        "fit",
        description="`fit`: the whole picture, over a blurred copy of itself; `fill`: its middle.",
    )


class Scene(_Part):
    id: str = Field(pattern=r"^s[0-9]{1,4}$")
    start_ms: Milliseconds
    end_ms: Milliseconds
    quote: str = Field("", max_length=2_000, description="How the scene begins. Read-only.")
    picture: Picture
    motion: Motion = Field("still", description="Of the picture: nearer, farther, or sideways.")


class Between(_Part):
    """From one scene to the next."""

    kind: Literal["fade", "cut"] = "cut"
    ms: Annotated[int, Field(ge=0, le=2_000)] = 0


class Storyboard(_Part):
    """Version 1. Scenes are in order, touch each other and cover ``from_ms`` to ``to_ms``."""

    schema_name: Literal["mp4totext.storyboard"] = Field("mp4totext.storyboard", alias="schema")
    version: Literal[1] = 1
    from_ms: Milliseconds
    to_ms: Milliseconds
    aspect: Aspect
    fps: Literal[24, 25, 30] = 30
    seed: int = Field(ge=0, lt=2**32)
    look: Look = Look()
    sound: Sound = Sound()
    captions: Captions = Captions()
    definition: Definition = "720p"
    between: Between = Between()
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=SCENES_MAX)

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _scenes_cover_the_stretch(self) -> Self:
        if self.scenes[0].start_ms != self.from_ms or self.scenes[-1].end_ms != self.to_ms:
            raise ValueError("the scenes do not cover the stretch from from_ms to to_ms")
        for scene in self.scenes:
            if scene.end_ms - scene.start_ms < SCENE_MS_MIN:
                raise ValueError(f"the scene {scene.id!r} is shorter than a second")
        for before, after in pairwise(self.scenes):
            if before.end_ms != after.start_ms:
                raise ValueError(f"the scenes {before.id!r} and {after.id!r} do not touch")
        if len({scene.id for scene in self.scenes}) != len(self.scenes):
            raise ValueError("two scenes have the same id")
        return self

    @model_validator(mode="after")
    def _pictures_fit_their_scenes(self) -> Self:
        kinds = {scene.picture.kind for scene in self.scenes}
        if kinds & _MOVING and len(kinds) > 1:
            raise ValueError("the recording's picture, or its wave, is shown throughout")
        for scene in self.scenes:
            if (scene.picture.kind == "card") != (scene.picture.card is not None):
                raise ValueError(f"the scene {scene.id!r}: a card has a text, nothing else has")
            if 2 * self.between.ms > scene.end_ms - scene.start_ms and len(self.scenes) > 1:
                raise ValueError(f"the scene {scene.id!r} is shorter than two fades")
        return self

    @property
    def length_ms(self) -> int:
        return self.to_ms - self.from_ms

    @property
    def frames(self) -> int:
        """Of the whole video."""
        return max(1, round(self.length_ms * self.fps / 1_000))

    @property
    def picture(self) -> Picture:
        """Of the first scene; what moves by itself is one scene, the others are slides."""
        return self.scenes[0].picture

    @property
    def has_slides(self) -> bool:
        return self.picture.kind not in _MOVING
