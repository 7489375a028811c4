"""The names of the presets."""

from typing import Literal

Preset = Literal["captioned", "audiogram", "clip", "slideshow", "lesson", "dubbed"]
