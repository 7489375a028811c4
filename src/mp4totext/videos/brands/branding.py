"""The files of a brand in a video: a font, an intro and an outro. Pure."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

ClipPlace = Literal["intro", "outro"]
CLIP_MS_MAX = 10_000
PICTURE_MS = 3_000  # how long a picture is shown by default


class BrandFile(BaseModel):
    """A stored file of the brand; each upload is a new object."""

    model_config = ConfigDict(frozen=True)

    key: str
    sha256: str
    size_bytes: int


class BrandFont(BrandFile):
    name: str  # the font's original name
    family: str  # the name in the rewritten copy


class BrandClip(BrandFile):
    kind: Literal["picture", "video"]
    length_ms: int
    has_sound: bool = True  # of a film; pictures are silent

    def shown_ms(self, fps: int) -> int:
        """The length as whole frames that last whole milliseconds, so that no time is rounded."""
        step_ms = 1_000 // math.gcd(1_000, fps)
        return max(1, self.length_ms // step_ms) * step_ms


class Branding(BaseModel):
    """Fixed when a video is ordered."""

    model_config = ConfigDict(frozen=True)

    font: BrandFont | None = None
    intro: BrandClip | None = None
    outro: BrandClip | None = None

    def clip(self, place: ClipPlace | None) -> BrandClip | None:
        match place:
            case "intro":
                return self.intro
            case "outro":
                return self.outro
            case None:
                return None

    def shown_ms(self, place: ClipPlace, fps: int) -> int:
        clip = self.clip(place)
        return 0 if clip is None else clip.shown_ms(fps)
