"""The kinds of videos: what each needs, shows and chooses where a request does not.

Processes that make no videos load this with the tables, so it imports nothing of ours.
"""

from dataclasses import dataclass
from typing import Literal

Preset = Literal["captioned", "audiogram", "clip", "slideshow", "lesson", "dubbed"]
Aspect = Literal["source", "16:9", "1:1", "9:16"]
Definition = Literal["720p", "1080p"]
CaptionChoice = Literal["word", "sweep", "box", "big", "speakers", "clean", "two", "soft", "none"]

VIDEO_MS_MAX = 3 * 3_600_000
CLIP_MS_MIN, CLIP_MS_MAX = 5_000, 180_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetFacts:
    title: str
    description: str
    aspect: Aspect
    needs_stretch: bool = False  # uses a passage: from_ms and to_ms, or the best one
    needs_speech: bool = False
    from_source: bool = True  # shows the recording's own picture, if it has one
    length_ms: tuple[int, int] = (1_000, VIDEO_MS_MAX)
    has_chapters: bool = False  # marks in the file
    has_chapter_cards: bool = False
    slide_ms: int | None = None  # approximate length of a slide; None: one picture throughout
    slides_of_sound: bool = False  # has slides only if the recording has no picture
    is_spoken: bool = False  # speaks a translation
    captions: CaptionChoice = "word"
    definition: Definition = "720p"


PRESETS: dict[Preset, PresetFacts] = {
    "captioned": PresetFacts(
        title="Captioned",
        description="The recording with its words burnt into the picture, in its own size.",
        aspect="source",
        has_chapters=True,
    ),
    "audiogram": PresetFacts(
        title="Audiogram",
        description="The sound as a moving wave with the words, square or upright.",
        aspect="1:1",
        from_source=False,
    ),
    "clip": PresetFacts(
        title="Clip",
        description="A stretch of 5 to 180 seconds, re-framed for upright screens.",
        aspect="9:16",
        needs_stretch=True,
        needs_speech=True,
        length_ms=(CLIP_MS_MIN, CLIP_MS_MAX),
    ),
    "slideshow": PresetFacts(
        title="Slideshow",
        description="A picture for every few phrases, in gentle motion: frames of the recording, "
        "or cards with what is spoken of.",
        aspect="16:9",
        needs_speech=True,
        has_chapters=True,
        slide_ms=8_000,
    ),
    "lesson": PresetFacts(
        title="Lesson",
        description="Chapter cards and key frames in full HD, longer on the screen.",
        aspect="16:9",
        needs_speech=True,
        has_chapters=True,
        has_chapter_cards=True,
        slide_ms=14_000,
        definition="1080p",
    ),
    "dubbed": PresetFacts(
        title="Dubbed",
        description="A translation spoken over the recording, in its times, and both languages as "
        "captions.",
        aspect="source",
        needs_speech=True,
        has_chapters=True,
        slide_ms=8_000,
        slides_of_sound=True,
        is_spoken=True,
        captions="two",
    ),
}
