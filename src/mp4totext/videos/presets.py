"""The names of what a video may be."""

from typing import Literal

Preset = Literal["captioned", "audiogram", "clip", "slideshow", "lesson", "dubbed"]
