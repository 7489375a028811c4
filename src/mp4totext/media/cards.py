"""Typeset cards: a few words over a soft background, in every script that a font here draws."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.media import ffmpeg
from mp4totext.media.backgrounds import Colours, Palette, background, colours_of
from mp4totext.media.script_fonts import with_fonts
from mp4totext.media.stills import Still
from mp4totext.media.text_fitting import Block, fitted, line_advance, lower
from mp4totext.media.typeface import MAIN, Font, fonts_for, main_font, unpack

CHARACTERS_MAX = 400  # of the large text; more cannot be read from a distance

# Where the text stands, as shares of width and height; the background is plain there.
QUIET_AT = (0.38, 0.58)

_MARGIN = 0.085  # share of the width
_LEADING = 1.16  # line spacing, as a multiple of the letters' size
_SMALL, _FOOT = 0.030, 0.034  # letter sizes, as shares of the mean of width and height
_LARGEST, _LARGE_OF_LONG, _LEAST = 0.105, 0.078, 0.036
# Up to this length the large text is a title, which is set larger than a sentence.
_SHORT_CHARACTERS = 44
# The line above the large text: its length as a share of the width, its height of the mean.
_RULE = (0.075, 0.0045)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """``small`` stands above the large text, ``foot`` below; both may be empty."""

    large: str
    small: str = ""
    foot: str = ""
    language: str | None = None  # BCP 47; chooses between Chinese, Japanese and Korean forms

    @property
    def text(self) -> str:
        return "\n".join((self.small, self.large, self.foot))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: str
    size: float  # size of the letters, in pixels
    middle: float  # pixels from the top
    bold: bool
    alpha: int = 0  # 0: opaque; 255: invisible
    accent: bool = False
    right: bool = False  # its text runs from right to left


def undrawable(card: Card) -> frozenset[str]:
    """The characters that no installed font draws."""
    _, missing = fonts_for(unicode.clean(card.text), card.language)
    return missing


def draw(card: Card, width: int, height: int, *, palette: Palette, seed: int) -> Still:
    """Draw a card; both sides are even numbers.

    The same card, size, palette and seed give the same bytes.
    """
    ground = background(width, height, palette=palette, seed=seed, quiet_at=QUIET_AT)
    font = main_font(card.language)
    texts = placed(card, width, height, palette=palette, font=font)
    script, fonts = with_fonts(_script(texts, width, height, font), card.language, font)
    return _with_text(Still(np.rint(ground * 255).astype(np.uint8)), script, fonts)


def placed(
    card: Card,
    width: int,
    height: int,
    *,
    palette: Palette | Colours,
    reserved: float = 0.0,
    font: Font = MAIN,
) -> tuple[str, ...]:
    """The lines of a card in libass's format, with codes for position, size and colour.

    ``reserved``: the share of the height at the bottom that is left free, for captions.
    """
    colours = colours_of(palette)
    ink, accent = (f"{b:02X}{g:02X}{r:02X}" for r, g, b in (colours.ink, colours.accent))
    lines, rule_top = _lines(card, width, round(height * (1 - reserved)), font)
    margin, long = round(width * _MARGIN), round(width * _RULE[0])
    left = width - margin - long if _runs_right_to_left(card.large) else margin
    thick = max(2, round((width + height) / 2 * _RULE[1]))
    texts = [
        rf"{{\an7\pos({left},{rule_top})\1c&H{accent}&\bord0\shad0\p1}}"
        f"m 0 0 l {long} 0 {long} {thick} 0 {thick}"
    ]
    for line in lines:
        right = line.right
        middle = line.middle - line.size * lower(line.text, font)
        colour, alpha = f"&H{accent if line.accent else ink}&", f"&H{line.alpha:02X}&"
        codes = (
            rf"\an{6 if right else 4}\pos({width - margin if right else margin},{middle:.1f})"
            rf"\fs{line.size * line_advance(font):.1f}\b{int(line.bold and font.has_bold)}"
            rf"\bord0\shad0\q2"
            rf"\1a{alpha}\1c{colour}\3a{alpha}\3c{colour}"
        )
        # Without a mark, a line that begins with a Latin name would run from left to right.
        mark = unicode.RIGHT_TO_LEFT_MARK if right else ""
        texts.append(f"{{{codes}}}{mark}{escaped(line.text)}")
    return tuple(texts)


def _lines(card: Card, width: int, height: int, font: Font) -> tuple[list[_Line], int]:
    """All lines at their positions, and the vertical position of the rule above the large text."""
    mean = (width + height) / 2
    box = width * (1 - 2 * _MARGIN)
    sides = [
        (unicode.clean(text), mean * share)
        for text, share in ((card.small, _SMALL), (card.foot, _FOOT))
    ]
    small, foot = (
        fitted(text, box, size, size * 0.8, lines_max=2, font=font) for text, size in sides
    )
    # Below the small text, the rule and the large text.
    gaps = (mean * 0.030, mean * 0.040, mean * 0.048)
    text = unicode.clean(card.large)
    largest = mean * (_LARGEST if len(text) <= _SHORT_CHARACTERS else _LARGE_OF_LONG)
    room = height * (0.88 if width > height else 0.74) - _height(small) - _height(foot) - sum(gaps)
    large = fitted(text, box, largest, mean * _LEAST, height=room / _LEADING, font=font)
    total = _height(small) + _height(large) + _height(foot) + sum(gaps)
    top = (height - total) * 0.52
    lines: list[_Line] = []
    y = top
    for block, bold, alpha, accent in (
        (small, True, 0x20, True),
        (large, True, 0, False),
        (foot, False, 0x38, False),
    ):
        if block is large:
            rule_top = round(y + gaps[0])
            y += gaps[0] + gaps[1]
        elif block is foot:
            y += gaps[2]
        for text in block.lines:
            middle = y + block.size * _LEADING / 2
            lines.append(
                _Line(
                    text=text,
                    size=block.size,
                    middle=middle,
                    bold=bold,
                    alpha=alpha,
                    accent=accent,
                    right=_runs_right_to_left(" ".join(block.lines)),
                )
            )
            y += block.size * _LEADING
    return lines, rule_top


def _height(block: Block) -> float:
    return len(block.lines) * block.size * _LEADING


def _script(texts: Iterable[str], width: int, height: int, font: Font) -> str:
    head = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width}",
        f"PlayResY: {height}",
        "WrapStyle: 2",
        "Kerning: yes",
        "YCbCr Matrix: None",  # colours are RGB
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, Encoding",
        f"Style: Text,{font.family},40,-1",
        "[Events]",
        "Format: Layer, Start, End, Style, Text",
    ]
    events = [f"Dialogue: 0,0:00:00.00,0:00:10.00,Text,{text}" for text in texts]
    return "\n".join([*head, *events]) + "\n"


def _with_text(still: Still, script: str, fonts: Iterable[Font]) -> Still:
    size = f"{still.width}x{still.height}"
    with TemporaryDirectory(prefix="card-") as name:
        folder = Path(name)
        (folder / "card.ass").write_text(script, encoding="utf-8")
        unpack(fonts, folder / "fonts")
        ffmpeg.feed(
            [
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-i", "pipe:0"),
                *("-vf", "ass=card.ass:fontsdir=fonts", "-frames:v", "1", "-filter_threads", "1"),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "card.rgb"),
            ],
            [still.pixels.tobytes()],
            folder=folder,
            done=lambda _number: None,
        )
        drawn = np.frombuffer((folder / "card.rgb").read_bytes(), np.uint8)
    return Still(drawn.reshape(still.pixels.shape))


def _runs_right_to_left(text: str) -> bool:
    """By the first letter with a direction, like the bidirectional algorithm of Unicode."""
    directions = (unicodedata.bidirectional(character) for character in text)
    first = next((direction for direction in directions if direction in ("L", "R", "AL")), "L")
    return first != "L"
