"""The text of a card as events of a script: words appear when they are spoken. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.media.backgrounds import Colours
from mp4totext.media.text_fitting import line_advance, lower
from mp4totext.media.typeface import MAIN, Font
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.draw.card_layouts import Line, Setting
from mp4totext.videos.draw.card_shapes import hexed

_FADE_IN_MS = 220
_EARLY_MS = 80  # a word appears a little before it is heard
_LATE_SHARE = 0.35  # of the scene: a text whose first word is spoken later is shown from the start
_EMPTY_MS = 1_500  # a card that has no words for longer looks broken
_RISE = 0.018  # of the height, by which lines rise while they appear
_BETWEEN_LINES_MS = 90


def letters(words: Iterable[tuple[int, str]], start_ms: int) -> list[tuple[str, int]]:
    """Each letter and digit of the words, with the word's time relative to ``start_ms``."""
    return [(letter, at_ms - start_ms) for at_ms, text in words for letter in unicode.letters(text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When the text of a card appears."""

    length_ms: int
    spoken_ms: Sequence[tuple[str, int]]  # spoken letters and digits, with times in the scene
    complete: bool  # all text is shown from the first frame

    def of(self, text: str) -> list[int] | None:
        """When each letter and digit is spoken; None if it is not, or too late in the scene."""
        times = self.spoken(text)
        return times if times and times[0] <= self.length_ms * _LATE_SHARE else None

    def spoken(self, text: str) -> list[int]:
        """When each letter and digit is spoken; empty if they are not spoken in this order."""
        sought = unicode.letters(text)
        at = "".join(letter for letter, _ in self.spoken_ms).find(sought) if sought else -1
        return [ms for _, ms in self.spoken_ms[at : at + len(sought)]] if at >= 0 else []


def texts(
    made: Setting, canvas: Canvas, colours: Colours, timing: Timing, *, font: Font = MAIN
) -> Iterator[str]:
    """Of the events of a card, each as long as the scene."""
    accent = hexed(colours.accent)
    for at, (across, top, width, height) in enumerate(made.bars):
        left = canvas.width - across - width if made.mirrored else across
        seen = _appears(at * _BETWEEN_LINES_MS, timing)
        yield (
            rf"{{\an7\pos({left:.1f},{top:.1f})\1c{accent}\bord0\shad0{seen}\p1}}"
            rf"m 0 0 l {width:.1f} 0 {width:.1f} {height:.1f} 0 {height:.1f}"
        )
    is_empty = True
    for _, group in groupby(made.lines, key=lambda line: (line.part, line.spoken, line.accent)):
        lines = list(group)
        times = None
        if lines[0].spoken and not timing.complete:
            times = timing.of("".join(line.text for line in lines))
            if times and is_empty and times[0] > _EMPTY_MS:
                times = None
            is_empty = False
        at = 0
        for number, line in enumerate(lines):
            count = len(unicode.letters(line.text))
            spoken = None if times is None else times[at : at + count]
            at += count
            yield _drawn(line, number, made, canvas, colours, timing, spoken, font)


def _drawn(
    line: Line,
    number: int,
    made: Setting,
    canvas: Canvas,
    colours: Colours,
    timing: Timing,
    spoken: list[int] | None,
    font: Font,
) -> str:
    across = canvas.width - line.across if made.mirrored else line.across
    column = {"start": 4, "middle": 5, "end": 6}[line.align]
    if made.mirrored and column != 5:  # libass numbers positions like the keys of a numeric keypad
        column = 10 - column
    colour = hexed(colours.accent if line.accent else colours.ink)
    paint = rf"\1c{colour}\3c{colour}\1a&H{line.alpha:02X}&\3a&H{line.alpha:02X}&\bord0"
    if line.outline:
        paint = rf"\1a&HFF&\3c{colour}\3a&H40&\bord{line.outline:.1f}"
    codes = (
        rf"\an{column}\fs{line.size * line_advance(font):.1f}"
        rf"\b{int(line.bold and font.has_bold)}{paint}\shad0\q2"
    )
    rtl = made.mirrored and not line.text.isascii()
    mark = unicode.RIGHT_TO_LEFT_MARK if rtl else ""
    middle = line.middle - line.size * lower(line.text, font)
    place = rf"\pos({across:.1f},{middle:.1f})"
    if spoken:
        words = "".join(_word(text, ms) for text, ms in _tokens(line.text, spoken))
        return rf"{{{codes}{place}}}{mark}{words}"
    if timing.complete or line.outline or line.alpha:
        return rf"{{{codes}{place}}}{mark}{escaped(line.text)}"
    at_ms = (number + 1) * _BETWEEN_LINES_MS
    rise = canvas.height * _RISE
    place = (
        rf"\move({across:.1f},{middle + rise:.1f},{across:.1f},{middle:.1f},"
        rf"{at_ms},{at_ms + 2 * _FADE_IN_MS})"
    )
    return rf"{{{codes}{place}{_appears(at_ms, timing)}}}{mark}{escaped(line.text)}"


def _appears(at_ms: int, timing: Timing) -> str:
    if timing.complete:
        return ""
    return rf"\alpha&HFF&\t({at_ms},{at_ms + _FADE_IN_MS},\alpha&H00&)"


def _word(text: str, spoken_ms: int) -> str:
    at_ms = max(0, spoken_ms - _EARLY_MS)
    hidden = rf"{{\alpha&HFF&\t({at_ms},{at_ms + _FADE_IN_MS},\alpha&H00&)}}"
    return hidden + escaped(text)


def _tokens(text: str, spoken_ms: Sequence[int]) -> list[tuple[str, int]]:
    """Runs of characters that appear together; marks and spaces belong to the word before them."""
    tokens: list[tuple[str, int]] = []
    at = 0
    for character in text:
        width = len(unicode.letters(character))
        ms = (
            spoken_ms[at]
            if width and at < len(spoken_ms)
            else (tokens[-1][1] if tokens else spoken_ms[0])
        )
        at += width
        if tokens and tokens[-1][1] == ms:
            tokens[-1] = (tokens[-1][0] + character, ms)
        else:
            tokens.append((character, ms))
    return tokens
