"""The layout of a frame for each aspect."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

from mp4totext.media.typeface import Font
from mp4totext.videos.presets import Aspect
from mp4totext.videos.storyboard import CaptionStyle, Logo, Storyboard

PIXELS_MAX = 1920 * 1080

# A small picture is enlarged for captions, which would be as coarse as it is.
_SMALL, _SHARP = 540, 720  # pixels of the shorter side
_LARGER_MAX = 4  # times the size

_SIZES: dict[Aspect, tuple[int, int]] = {
    "16:9": (1280, 720),
    "1:1": (1080, 1080),
    "9:16": (1080, 1920),
}
# Platforms lay bars over an upright video: the lowest fifth and the right eighth at most.
_UPRIGHT_SIDE = 0.12
_SHORT_TITLE_COLUMNS = 40
# The room above an upright wave is high: sizes of letters there, as shares of the width.
_TALL_TITLE, _TALL_CAPTIONS, _TALL_BILINGUAL = 0.125, 0.098, 0.085
_BOTTOM, _TOP = 2, 8  # libass counts places as the number keys of a keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of text, in pixels. ``margin`` is from the edge that ``alignment`` names."""

    size: int
    alignment: int
    margin: int
    side: int
    outline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The place of a logo, in pixels. ``across`` and ``down`` are from the edges of the frame."""

    path: Path
    height: int
    from_right: bool
    from_bottom: bool
    across: int
    down: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The text that is drawn into a segment, as an ASS script, and the fonts that draw it."""

    script: str
    fonts: tuple[Font, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The size of a video frame, in even numbers of pixels."""

    width: int
    height: int
    wave: bool  # drawn: sound over a background
    captioned: bool = True  # the wave leaves room for captions

    def smaller(self, pixels_max: int) -> "Canvas":
        """A smaller canvas of the same aspect, within two pixels."""
        scale = min(1.0, math.sqrt(pixels_max / (self.width * self.height)))
        width, height = (max(2, round(side * scale / 2) * 2) for side in (self.width, self.height))
        return replace(self, width=width, height=height)

    @property
    def upright(self) -> bool:
        """Whether it is square or upright, and has short caption lines."""
        return self.height >= self.width

    @property
    def is_tall_wave(self) -> bool:
        """Whether its captions are lines of a few large words."""
        return self.wave and self.height > self.width

    def logo_place(self, logo: Logo, path: Path) -> Overlay:
        """Platforms cover the top and the lowest fifth of an upright video with controls."""
        shorter = min(self.width, self.height)
        at_bottom = logo.corner.startswith("bottom")
        down = round(shorter * 0.05)
        if self.height > self.width:
            down = round(self.height * (0.22 if at_bottom else 0.125))
        return Overlay(
            path=path,
            height=max(2, round(shorter * logo.height_percent / 200) * 2),
            from_right=logo.corner.endswith("right"),
            from_bottom=at_bottom,
            across=round(shorter * 0.05),
            down=down,
        )

    def caption_place(self, style: CaptionStyle = "word") -> Place:
        size = round(self.width * 0.078 if self.upright else self.height * 0.064)
        if style == "big":
            size = round(size * 1.6)
        elif self.is_tall_wave:
            share = _TALL_BILINGUAL if style == "two" else _TALL_CAPTIONS
            size = round(self.width * share)
        side = 0.08 if self.upright else 0.05
        if self.height > self.width:
            side = _UPRIGHT_SIDE
        if self.upright and self.wave:
            margin = 0.46
        elif self.height > self.width:
            margin = 0.24
        else:
            margin = 0.07
        return Place(
            size=size,
            alignment=_BOTTOM,
            margin=round(self.height * margin),
            side=round(self.width * side),
            outline=round(size * 0.07, 1),
        )

    def title_place(self, columns: int) -> Place:
        """``columns``: of the title; a long one is smaller, to stay above captions and wave."""
        size = self.width * 0.06 if self.upright else self.height * 0.052
        if columns <= _SHORT_TITLE_COLUMNS:
            size *= 1.35
        if self.is_tall_wave:
            size = self.width * _TALL_TITLE
        return Place(
            size=round(size),
            alignment=_TOP,
            margin=round(self.height * 0.14),
            side=round(self.width * (_UPRIGHT_SIDE if self.height > self.width else 0.10)),
            outline=0,
        )

    @property
    def title_room(self) -> tuple[int, float | None, float]:
        """The most lines of a title, their height together (None: any), and its smallest size.

        That is a share of ``title_place``'s.
        """
        return (4, self.height * 0.19, 0.4) if self.is_tall_wave else (3, None, 0.6)

    @property
    def wave_box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the wave; even numbers."""
        middle, half = (0.68, 0.09) if self.upright else (0.47, 0.15)
        if not self.captioned:
            middle, half = (0.54, 0.19) if self.upright else (0.54, 0.23)
        left = round(self.width * 0.10)
        box = left, self.height * (middle - half), self.width - left, self.height * (middle + half)
        a, b, c, d = (int(value) // 2 * 2 for value in box)
        return a, b, c, d


def canvas(board: Storyboard, *, source: tuple[int, int] | None) -> Canvas:
    """``source``: width and height of the recording's picture, needed where that sets the size."""
    if board.aspect == "source":
        assert source is not None
        width, height = _sharp(*source) if board.captions.are_burned else source
    else:
        width, height = _SIZES[board.aspect]
        if board.definition == "1080p" and board.aspect == "16:9":  # the others are as fine already
            width, height = 1920, 1080
    return Canvas(
        width=width,
        height=height,
        wave=board.picture.kind == "wave",
        captioned=board.captions.are_burned,
    )


def _sharp(width: int, height: int) -> tuple[int, int]:
    """The size at which captions in a picture are sharp; even numbers."""
    scale = min(_SHARP / min(width, height), _LARGER_MAX, math.sqrt(PIXELS_MAX / (width * height)))
    if min(width, height) >= _SMALL or scale <= 1:
        return width, height
    return round(width * scale / 2) * 2, round(height * scale / 2) * 2
