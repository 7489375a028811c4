"""Places the text of a card according to its layout. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from mp4totext.kit import unicode
from mp4totext.media.text_fitting import (
    Block,
    advance,
    below_middle,
    fitted,
    ink_of,
)
from mp4totext.media.typeface import MAIN, Font
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.storyboard import CardLayout

LEAST = 1 / 18  # of the shorter side: smaller text cannot be read on a phone
_LEADING = 1.18  # line spacing, as a multiple of the letters' size
_LINES_MAX = 10
_SHORT_COLUMNS = 44  # up to this length a text is set as a title
_GHOST_ALPHA = 0xA0
_CENTRED: frozenset[CardLayout] = frozenset({"closing"})
_MARK = 0.20, 0.14  # of the shorter side: the most that a quotation mark is wide and high
_INK_MIN = 0.1  # of the size: a font may have an empty mark
_BESIDE = 0.28  # of the width, for the mark of a question
_ABOVE = 0.24, 0.05  # of the shorter side: that mark above what is asked, and the gap between them
_LARGEST = 0.135  # of the width of the text area: larger letters leave one or two words per line
_ALONE = 0.8  # of that width, for a text that is short enough to stay in one line
_QUOTES = {
    **dict.fromkeys(("de", "cs", "sk", "bg", "sl", "hr", "sr", "is", "lt", "et"), "„"),
    **dict.fromkeys(("fr", "ru", "uk", "be", "el", "es", "it", "pt", "no", "fa", "ar"), "«"),
    **dict.fromkeys(("ja", "zh", "yue"), "「"),
}  # fmt: skip

Align = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts of a card, without undrawable characters. Each point of a list is a line."""

    layout: CardLayout
    large: str
    small: str = ""
    foot: str = ""
    language: str = ""
    number: int = 0  # of the scene, so that neighbouring cards differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Position in pixels: ``across`` from the side where it begins, ``middle`` from the top."""

    text: str
    size: float  # of the letters, in pixels
    across: float
    middle: float
    align: Align = "start"
    bold: bool = True
    accent: bool = False
    alpha: int = 0  # 0: opaque; 255: invisible
    outline: float = 0.0  # width of the outline; 0: filled letters
    part: int = 0  # lines of one part are spoken as one text
    spoken: bool = True  # appears as its words are spoken; False: at once


@dataclass(slots=True)
class _Box:
    """The area for text, in pixels, and what was placed in it."""

    canvas: Canvas
    font: Font
    bottom: float
    above: float = 0.0  # of the area, for what is not text
    lines: list[Line] = field(default_factory=list)
    bars: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def margin(self) -> float:
        return self.canvas.width * (0.12 if self.canvas.height > self.canvas.width else 0.085)

    @property
    def width(self) -> float:
        return self.canvas.width - 2 * self.margin

    @property
    def top(self) -> float:
        share = 0.155 if self.canvas.height > self.canvas.width else 0.10
        return self.canvas.height * share + self.above

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def unit(self) -> float:
        return min(self.canvas.width, self.canvas.height)

    @property
    def mean(self) -> float:
        return (self.canvas.width + self.canvas.height) / 2

    @property
    def is_wide(self) -> bool:
        return self.canvas.width > self.canvas.height

    def fit(
        self,
        text: str,
        largest: float,
        *,
        height: float,
        width: float | None = None,
        lines: int = 0,
    ) -> Block:
        width = width or self.width
        if lines != 1:
            alone = width * _ALONE / max(advance(text, self.font), _INK_MIN)
            largest = min(largest, max(width * _LARGEST, alone))
        least = min(largest, self.unit * LEAST)
        return fitted(
            text,
            width,
            largest,
            least,
            height=max(height, least) / _LEADING,
            lines_max=lines or _LINES_MAX,
            font=self.font,
        )

    def set(
        self,
        block: Block,
        y: float,
        *,
        across: float | None = None,
        align: Align = "start",
        accent: bool = False,
        bold: bool = True,
        part: int = 0,
        spoken: bool = True,
    ) -> float:
        """Place lines below each other from ``y`` on; returns where they end."""
        if across is None:
            across = self.canvas.width / 2 if align == "middle" else self.margin
        for text in block.lines:
            self.lines.append(
                Line(
                    text=text,
                    size=block.size,
                    across=across,
                    middle=y + block.size * _LEADING / 2,
                    align=align,
                    accent=accent,
                    bold=bold,
                    part=part,
                    spoken=spoken,
                )
            )
            y += block.size * _LEADING
        return y


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    lines: tuple[Line, ...]
    bars: tuple[tuple[float, float, float, float], ...]  # across, top, width and height, in pixels
    centred: bool
    mirrored: bool  # begins on the right


def setting(wording: Wording, canvas: Canvas, *, reserved: float, font: Font = MAIN) -> Setting:
    """``reserved``: share of the height that is left free for captions at the bottom."""
    box = _Box(canvas=canvas, font=font, bottom=canvas.height * (1 - max(reserved + 0.03, 0.10)))
    centred = wording.layout in _CENTRED or (wording.layout == "plain" and wording.number % 3 == 1)
    match wording.layout:
        case "chapter":
            _chapter(box, wording)
        case "quote":
            _quote(box, wording)
        case "figure":
            _figure(box, wording)
        case "question":
            _question(box, wording)
        case "list":
            _list(box, wording)
        case _:
            _words(box, wording, centred=centred)
    return Setting(
        lines=tuple(box.lines),
        bars=tuple(box.bars),
        centred=centred,
        mirrored=unicode.is_right_to_left(wording.large + wording.foot),
    )


def _height(*blocks: Block) -> float:
    return sum(len(block.lines) * block.size * _LEADING for block in blocks)


def _sides(box: _Box, wording: Wording, width: float | None = None) -> tuple[Block, Block]:
    """Place the small texts above and below the large one."""
    size = box.unit * LEAST
    small, foot = (
        box.fit(text, size, height=2.4 * size, width=width, lines=2)
        if text
        else Block(lines=(), size=size)
        for text in (wording.small, wording.foot)
    )
    return small, foot


def _words(box: _Box, wording: Wording, *, centred: bool, share: float = 1.0) -> None:
    """A title, a phrase, or the end: a rule, and the text below it, in the middle or lower.

    ``share``: of the width, for the text.
    """
    opens = wording.layout in ("title", "closing")
    low = wording.layout == "plain" and wording.number % 3 == 2 and not wording.small
    align: Align = "middle" if centred else "start"
    indent = box.unit * 0.045 if low else 0.0
    width = box.width * share - indent if not centred else box.width * 0.9
    small, foot = _sides(box, wording, width)
    short = unicode.width(wording.large) <= _SHORT_COLUMNS
    largest = box.mean * ((0.120 if opens else 0.105) if short else 0.080)
    gap = box.unit * 0.045
    height = box.height - _height(small, foot) - 2 * gap
    large = box.fit(wording.large, largest, height=height, width=width)
    total = _height(small, large, foot) + gap + (gap * 0.6 if foot.lines else 0)
    y = box.top + (box.height - total) * (1.0 if low else 0.5)
    across = None if centred else box.margin + indent
    y = box.set(small, y, accent=True, align=align, across=across, spoken=False)
    thick, long = max(3.0, box.unit * 0.008), box.width * (0.10 if box.is_wide else 0.16)
    if low:
        box.bars.append((box.margin, y + gap * 0.6, thick, _height(large, foot) + gap * 0.2))
    else:
        left = (box.canvas.width - long) / 2 if centred else box.margin
        box.bars.append((left, y + (gap * 0.2 if small.lines else 0), long, thick))
    y = box.set(large, y + gap, align=align, across=across, spoken=not opens)
    box.set(foot, y + gap * 0.6, align=align, across=across, bold=False, spoken=False)


def _chapter(box: _Box, wording: Wording) -> None:
    """A very large number in outline, and the title below or beside it."""
    thin = max(2.5, box.unit * 0.006)
    wide = box.is_wide
    size = box.height * 0.95 if wide else min(box.unit * 0.55, box.height * 0.40)
    width = box.width * 0.66 if wide else box.width
    end = box.canvas.width - box.margin
    if wording.small:
        number = box.fit(
            wording.small, size, height=size * _LEADING, width=box.width * 0.5, lines=1
        )
        box.lines.append(
            Line(
                text=number.lines[0],
                size=number.size,
                across=end if wide else box.margin,
                middle=box.top + (box.height / 2 if wide else number.size * 0.5),
                align="end" if wide else "start",
                accent=True,
                outline=thin,
                part=1,
                spoken=False,
            )
        )
    above = 0.0 if wide or not wording.small else size * 1.02
    gap = box.unit * 0.045
    _, foot = _sides(box, wording, width)
    height = box.height - above - _height(foot) - 2 * gap
    short = unicode.width(wording.large) <= _SHORT_COLUMNS
    largest = box.mean * (0.110 if short else 0.080)
    large = box.fit(wording.large, largest, height=height, width=width)
    left = max(0.0, height - _height(large))
    y = box.top + above + left * (0.55 if wide else 0.2)
    long = box.width * (0.10 if wide else 0.16)
    box.bars.append((box.margin, y, long, max(3.0, box.unit * 0.008)))
    y = box.set(large, y + gap, spoken=False)
    box.set(foot, y + gap, bold=False, spoken=False)


def _quote(box: _Box, wording: Wording) -> None:
    """A large mark, what is said, and who said it."""
    small, foot = _sides(box, wording)
    mark_width, mark_height = (box.unit * share for share in _MARK)
    gap = box.unit * 0.03
    short = unicode.width(wording.large) <= _SHORT_COLUMNS
    height = box.height - mark_height - _height(small, foot) - 2 * gap
    large = box.fit(wording.large, box.mean * (0.098 if short else 0.078), height=height)
    total = mark_height + _height(small, large, foot) + 2 * gap
    y = box.top + max(0.0, box.height - total) / 2
    sign = _QUOTES.get(wording.language.partition("-")[0], "“")
    ink = ink_of(sign, box.font)
    size = min(mark_height / max(ink.height, _INK_MIN), mark_width / max(ink.width, _INK_MIN))
    box.lines.append(
        Line(
            text=sign,
            size=size,
            across=box.margin - size * ink.left,
            middle=y - gap + size * (ink.top - below_middle()),
            accent=True,
            part=1,
            spoken=False,
        )
    )
    y = box.set(small, y + mark_height, accent=True, spoken=False)
    y = box.set(large, y + gap)
    box.set(foot, y + gap, accent=True, spoken=False)


def _figure(box: _Box, wording: Wording) -> None:
    """A number as large as it can be, and what it counts."""
    small, _ = _sides(box, wording)
    gap = box.unit * 0.02
    foot = (
        box.fit(wording.foot, box.mean * 0.062, height=box.height * 0.36, lines=3)
        if wording.foot
        else Block(lines=(), size=1.0)
    )
    height = box.height - _height(small, foot) - 2 * gap
    largest = min(height / _LEADING, box.mean * 0.36)
    number = box.fit(wording.large, largest, height=height, lines=1)
    total = _height(small, number, foot) + 2 * gap
    y = box.top + max(0.0, box.height - total) / 2
    y = box.set(small, y, spoken=False)
    y = box.set(number, y + gap, accent=True)
    box.set(foot, y + gap, part=1)


def _question(box: _Box, wording: Wording) -> None:
    """What is asked, below or, on a wide card, beside a very large question mark."""
    sign = "؟" if unicode.is_right_to_left(wording.large) else "?"
    end = box.canvas.width - box.margin
    if box.is_wide:
        size = min(box.height * 1.05, box.width * _BESIDE / advance(sign, box.font))
        middle = box.top + box.height * 0.5
        _words(box, wording, centred=False, share=0.68)
    else:
        height, gap = (box.unit * share for share in _ABOVE)
        box.above = height + gap
        _words(box, wording, centred=False)
        ink = ink_of(sign, box.font)
        size = height / max(ink.height, _INK_MIN)
        bottom = min(top for _, top, _, _ in box.bars) - gap
        middle = bottom + size * (ink.top - ink.height - below_middle())
    box.lines.append(
        Line(text=sign, size=size, across=end, align="end", middle=middle,
             accent=True, alpha=_GHOST_ALPHA, part=1, spoken=False)
    )  # fmt: skip


def _list(box: _Box, wording: Wording) -> None:
    """Points below each other, each with a bar before it."""
    points = [point for point in wording.large.split("\n") if point.strip()]
    small, foot = _sides(box, wording)
    indent, gap = box.unit * 0.055, box.unit * 0.035
    height = box.height - _height(small, foot) - gap
    size, least = box.mean * 0.075, box.unit * LEAST
    while True:  # all in one size
        width = box.width - indent
        blocks = [box.fit(point, size, height=height, width=width) for point in points]
        used = _height(*blocks) + gap * (len(points) - 1)
        smallest = min(block.size for block in blocks)
        if size <= least or (used <= height and smallest == blocks[0].size == size):
            break
        size = max(least, min(size * 0.94, smallest))
    total = _height(small, foot, *blocks) + gap * (len(points) - 1 + bool(small.lines))
    y = box.top + max(0.0, box.height - total) / 2
    y = box.set(small, y, accent=True, spoken=False) + gap * bool(small.lines)
    for part, block in enumerate(blocks):
        thick = max(3.0, box.unit * 0.010)
        box.bars.append((box.margin, y + size * 0.18, thick, _height(block) - size * 0.30))
        y = box.set(block, y, across=box.margin + indent, part=part) + gap
    box.set(foot, y, bold=False, spoken=False, part=len(points))
