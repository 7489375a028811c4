"""The storyboard: what a video shows and when, locked to the times of a transcript."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mp4totext.kit.language_fields import LanguageTag
from mp4totext.media.backgrounds import (
    Colour,
    Colours,
    Palette,
    colours_of,
    contrast,
    turned,
)
from mp4totext.videos.presets import Aspect, Definition

_MOVING = frozenset({"source", "wave"})
SCENES_MAX = 400
TITLE_CHARACTERS = 255
LARGE_CHARACTERS = 400  # of a card
SCENE_MS_MIN = 1_000
CHAPTERS_MAX = 100
SPEAKERS_MAX = 50
DURATION_MS_MAX = 12 * 3_600_000
IMAGE_ID = r"^img_[0-9a-z]{26}$"
BRAND_ID = r"^brd_[0-9a-z]{26}$"
RECORDING_ID = r"^trn_[0-9a-z]{26}$"
TEXT_ID = r"^txt_[0-9a-z]{26}$"
CONTRAST_MIN = 4.5  # WCAG 2.2, for text
_SCENES_ALIKE = 3  # in one colour, where there are no chapters
SCENE_ID = r"^s[0-9]{1,4}$"

Motion = Literal["in", "right", "out", "left", "still"]
Corner = Literal["top_left", "top_right", "bottom_left", "bottom_right"]
HexColour = Annotated[
    str, Field(pattern=r"^#[0-9a-fA-F]{6}$", description="Colour in hexadecimal, such as #1c2b3a.")
]
CardLayout = Literal["plain", "title", "chapter", "quote", "figure", "question", "list", "closing"]
Fit = Literal["fit", "fill"]
CaptionStyle = Literal["word", "sweep", "box", "big", "speakers", "clean", "two"]
SpeakerId = Annotated[str, Field(pattern=r"^S[0-9]{1,4}$")]  # as transcripts have it
Milliseconds = Annotated[int, Field(ge=0, le=DURATION_MS_MAX)]
SoundMode = Literal["original", "voice_over_original", "voice", "silent"]


def is_voice(mode: SoundMode) -> bool:
    """Whether lines are spoken."""
    return mode in ("voice_over_original", "voice")


def rgb(colour: str) -> Colour:
    """The red, green and blue of a HexColour."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrandColours(_Part):
    """Colours that replace a palette."""

    ground: HexColour = Field(description="Background colour.")
    spots: tuple[HexColour, ...] = Field(
        min_length=1, max_length=3, description="Colours that blend into the background."
    )
    ink: HexColour = Field(
        description="Text colour. Its contrast with the background must be at least 4.5."
    )
    accent: HexColour

    @model_validator(mode="after")
    def _text_can_be_read(self) -> Self:
        if contrast(rgb(self.ink), rgb(self.ground)) < CONTRAST_MIN:
            raise ValueError(f"the ink {self.ink} cannot be read on the ground {self.ground}")
        return self

    @property
    def colours(self) -> Colours:
        return Colours(
            spots=tuple(map(rgb, (self.ground, *self.spots))),
            ink=rgb(self.ink),
            accent=rgb(self.accent),
        )


class Logo(_Part):
    image_id: str = Field(
        pattern=IMAGE_ID,
        description="ID of a picture of the account. Its transparency is preserved.",
    )
    corner: Corner = Field(
        "top_right", description="Corner of the video in which the logo is placed."
    )
    height_percent: int = Field(
        9,
        ge=3,
        le=25,
        description="Height of the logo in percent of the shorter side of the video.",
    )


class Look(_Part):
    palette: Palette = "dusk"
    brand_id: str | None = Field(
        None,
        pattern=BRAND_ID,
        description="ID of a brand of the account. Its colours and logo apply if none are set "
        "here.",
    )
    colours: BrandColours | None = None
    logo: Logo | None = None
    title: str | None = Field(
        None, max_length=TITLE_CHARACTERS, description="Title shown over a background."
    )
    style: str | None = Field(
        None,
        max_length=40,
        description="Style of generated pictures, listed by GET /images/styles.",
    )
    sentence: str = Field(
        "", max_length=300, description="Description that applies to all generated pictures."
    )

    @property
    def ground(self) -> Palette | Colours:
        """The colours of cards and backgrounds."""
        return self.palette if self.colours is None else self.colours.colours


class Translation(_Part):
    """A translation of the recording: spoken by a voice, or shown below its captions."""

    text_id: str = Field(pattern=TEXT_ID, description="ID of a text of kind `translate`.")
    language: LanguageTag


class Speaker(_Part):
    """The voice that speaks the lines."""

    provider: str = Field(max_length=40)
    model: str = Field(
        "", max_length=120, description="Name of the model. Empty for a local voice."
    )
    voice: str = Field(max_length=80)


class Music(_Part):
    """Music, repeated or cut to the length of the video. Levels are relative to speech."""

    media_id: str = Field(
        pattern=RECORDING_ID,
        description="ID of a recording of the account whose sound is the music.",
    )
    under_speech_db: float = Field(
        -20.0,
        ge=-60,
        le=0,
        description="Level while somebody speaks, in decibels relative to the speech.",
    )
    alone_db: float = Field(
        -10.0,
        ge=-60,
        le=0,
        description="Level while nobody speaks, in decibels relative to the speech.",
    )


class Sound(_Part):
    mode: SoundMode = Field(
        "original",
        description="Audio of the video. `voice_over_original` plays spoken lines over the "
        "recording at reduced volume, `voice` plays only the spoken lines, and `silent` plays "
        "nothing. The lines are those of the translation or, without one, of the transcript.",
    )
    voice: Speaker | None = Field(
        None,
        description="Default voice of the spoken lines. Only allowed for `voice` and "
        "`voice_over_original`.",
    )
    voices: dict[SpeakerId, Speaker] = Field(
        {},
        max_length=SPEAKERS_MAX,
        description="Voices by speaker ID of the transcript. Other speakers use `voice`.",
    )
    music: Music | None = None
    lufs: float = Field(
        -16.0, ge=-31, le=-9, description="Integrated loudness in LUFS (EBU R 128)."
    )

    @property
    def is_spoken(self) -> bool:
        return is_voice(self.mode)

    @property
    def has_recording(self) -> bool:
        return self.mode in ("original", "voice_over_original")

    @model_validator(mode="after")
    def _has_a_voice_to_speak_with(self) -> Self:
        if self.is_spoken != (self.voice is not None):
            raise ValueError("only `voice` and `voice_over_original` have a voice")
        if self.voices and not self.is_spoken:
            raise ValueError("`voices` needs the mode `voice` or `voice_over_original`")
        return self


class Captions(_Part):
    mode: Literal["burned", "soft", "both", "none"] = Field(
        "both",
        description="`burned` draws captions into the picture. `soft` adds a caption track that "
        "players can switch on and off. `both` does both, with the track off by default.",
    )
    style: CaptionStyle = Field(
        "word",
        description="`word` colours the word being spoken. `sweep` runs the colour through the "
        "words. `box` sets the spoken word on a plate. `big` shows a few large words. `speakers` "
        "gives each speaker a colour. `clean` shows plain lines. `two` shows the translation "
        "below the transcript.",
    )

    @property
    def are_burned(self) -> bool:
        return self.mode in ("burned", "both")

    @property
    def are_soft(self) -> bool:
        return self.mode in ("soft", "both")


class Chapter(_Part):
    at_ms: Milliseconds
    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS)


class CardText(_Part):
    layout: CardLayout = Field(
        "plain",
        description="Layout of the card. `chapter` shows `small` as a large number, `figure` "
        "shows `large` very large, `list` has one point in each line of `large`, and `quote` has "
        "a quotation mark. Words that are spoken in the scene appear as they are spoken.",
    )
    small: str = Field(
        "", max_length=TITLE_CHARACTERS, description="Small text above the large text."
    )
    large: str = Field(min_length=1, max_length=LARGE_CHARACTERS)
    foot: str = Field(
        "", max_length=TITLE_CHARACTERS, description="Small text below the large text."
    )


class Picture(_Part):
    kind: Literal["source", "wave", "card", "frame", "image"] = Field(
        description="Type of picture. `source` is the recording's video, `wave` its waveform over "
        "a background, `card` text over a background, `frame` a still of the recording, and "
        "`image` a picture of the account."
    )
    card: CardText | None = Field(None, description="Text of a card. Only allowed for `card`.")
    at_ms: Milliseconds | None = Field(
        None,
        description="Time of a frame in the recording in milliseconds. If omitted, the best frame "
        "of the scene.",
    )
    image_id: str | None = Field(
        None,
        pattern=IMAGE_ID,
        description="ID of a picture of the account. Only allowed for `image`.",
    )
    fit: Fit = Field(
        "fit",
        description="How the picture fills the frame. `fit` shows the whole picture over a blurred "
        "copy. `fill` shows its middle or, in scenes of up to three minutes, the face of the "
        "person speaking.",
    )

    @model_validator(mode="after")
    def _has_what_its_kind_shows(self) -> Self:
        if (self.kind == "card") != (self.card is not None):
            raise ValueError("a card needs a text, and only a card may have one")
        if (self.kind == "image") != (self.image_id is not None):
            raise ValueError("an image needs an image_id, and only an image may have one")
        if self.kind != "frame" and self.at_ms is not None:
            raise ValueError("at_ms is for a frame")
        return self


class Scene(_Part):
    id: str = Field(pattern=SCENE_ID)
    start_ms: Milliseconds
    end_ms: Milliseconds
    quote: str = Field(
        "", max_length=2_000, description="First words spoken in the scene. Read-only."
    )
    picture: Picture
    prompt: str = Field(
        "",
        max_length=2_000,
        description="Prompt for the picture of the scene. If empty, it is derived from the "
        "transcript.",
    )
    motion: Motion = Field(
        "still", description="Camera motion over the picture: zoom in, zoom out, or pan."
    )

    @model_validator(mode="after")
    def _can_be_seen(self) -> Self:
        if self.end_ms - self.start_ms < SCENE_MS_MIN:
            raise ValueError(f"the scene {self.id!r} is shorter than a second")
        return self


class Planner(_Part):
    """The language model that chose the scenes and described their pictures."""

    provider: str = Field(max_length=40)
    model: str = Field(max_length=120)


class Between(_Part):
    """The transition from one scene to the next."""

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
    translation: Translation | None = None
    definition: Definition = "720p"
    between: Between = Between()
    planner: Planner | None = Field(
        None,
        description="Language model that planned the scenes. null if they were planned locally. "
        "Read-only.",
    )
    reason: str | None = Field(
        None,
        max_length=400,
        description="Reason why a language model selected the passage of a clip. Read-only.",
    )
    chapters: tuple[Chapter, ...] = Field(
        (),
        max_length=CHAPTERS_MAX,
        description="Chapter marks of the file in order. The first is at the start.",
    )
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=SCENES_MAX)

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def as_json(self) -> dict[str, Any]:
        """The form in which it is stored and sent."""
        return self.model_dump(mode="json", by_alias=True)

    @field_validator("chapters")
    @classmethod
    def _chapters_are_in_order(
        cls, chapters: tuple[Chapter, ...], info: ValidationInfo
    ) -> tuple[Chapter, ...]:
        from_ms, to_ms = info.data.get("from_ms", 0), info.data.get("to_ms", DURATION_MS_MAX)
        for before, after in pairwise(chapters):
            if before.at_ms >= after.at_ms:
                raise ValueError(f"the chapter {after.title!r} does not begin after the one before")
        for chapter in chapters:
            if not from_ms <= chapter.at_ms < to_ms:
                raise ValueError(f"the chapter {chapter.title!r} is outside from_ms to to_ms")
        return chapters

    @field_validator("scenes")
    @classmethod
    def _scenes_cover_the_stretch(
        cls, scenes: tuple[Scene, ...], info: ValidationInfo
    ) -> tuple[Scene, ...]:
        for before, after in pairwise(scenes):
            if before.end_ms != after.start_ms:
                raise ValueError(
                    f"the scenes {before.id!r} and {after.id!r} do not touch: one ends at "
                    f"{before.end_ms} ms, the next begins at {after.start_ms} ms"
                )
        if len({scene.id for scene in scenes}) != len(scenes):
            raise ValueError("two scenes have the same id")
        ends = info.data.get("from_ms"), info.data.get("to_ms")  # None: refused already
        if None not in ends and ends != (scenes[0].start_ms, scenes[-1].end_ms):
            raise ValueError("the scenes do not cover the range from from_ms to to_ms")
        return scenes

    @field_validator("scenes")
    @classmethod
    def _scenes_go_together(
        cls, scenes: tuple[Scene, ...], info: ValidationInfo
    ) -> tuple[Scene, ...]:
        kinds = {scene.picture.kind for scene in scenes}
        if kinds & _MOVING and len(kinds) > 1:
            raise ValueError("the recording's picture, or its wave, is shown throughout")
        between = info.data.get("between", Between())
        for scene in scenes:
            if 2 * between.ms > scene.end_ms - scene.start_ms and len(scenes) > 1:
                raise ValueError(f"the scene {scene.id!r} is shorter than two fades")
        return scenes

    @model_validator(mode="after")
    def _has_the_translation_that_it_uses(self) -> Self:
        two = self.captions.mode != "none" and self.captions.style == "two"
        if two and self.translation is None:
            raise ValueError("captions `two` need a translation")
        return self

    @property
    def length_ms(self) -> int:
        return self.to_ms - self.from_ms

    @property
    def frames(self) -> int:
        """The number of frames, without intro and outro."""
        return max(1, round(self.length_ms * self.fps / 1_000))

    @property
    def picture(self) -> Picture:
        """The picture of the first scene. `source` and `wave` have one scene, others are slides."""
        return self.scenes[0].picture

    def colours(self, scene: Scene) -> Colours:
        """Of a card. They change with the chapter; without chapters every few scenes."""
        number = self.scenes.index(scene) // _SCENES_ALIKE
        if len(self.chapters) > 1:
            number = (
                sum(chapter.at_ms < scene.end_ms - SCENE_MS_MIN for chapter in self.chapters) - 1
            )
        return turned(colours_of(self.look.ground), max(0, number))

    @property
    def image_ids(self) -> set[str]:
        """The pictures of the account that the scenes and the logo show."""
        ids = {scene.picture.image_id for scene in self.scenes}
        ids.add(self.look.logo.image_id if self.look.logo else None)
        return {image_id for image_id in ids if image_id is not None}

    @property
    def has_slides(self) -> bool:
        return self.picture.kind not in _MOVING
