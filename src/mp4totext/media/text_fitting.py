"""Breaks a text into lines of similar width, in the largest size that fits its box. Pure."""

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import uharfbuzz  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from mp4totext.kit import unicode, word_breaks
from mp4totext.media.typeface import MAIN, Font, divided, fonts_for, lacking

LINES_MAX = 6
_STEP = 0.94  # factor between two sizes that are tried
_BALANCE_STEPS = 8
_SMALLER = 0.75  # of the smallest size, where a word is too wide for its box
_WITHIN = 0.999  # of the width: rounding must not make a word wider than its box
# Characters of a word that stay in one line. Korean has blanks between words, which may be long.
_WORD_MAX, _HANGUL_WORD_MAX = 7, 12
_CLOSING = frozenset("、。，．！？：；）」』】〕》〉’”…ー々")  # may not begin a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    lines: tuple[str, ...]
    size: float  # size of the letters, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """What is drawn of a sign, in ems from its origin on the baseline."""

    left: float
    top: float  # above the baseline
    width: float
    height: float


def fitted(
    text: str,
    width: float,
    largest: float,
    least: float,
    *,
    height: float | None = None,
    lines_max: int = LINES_MAX,
    font: Font = MAIN,
) -> Block:
    """The text in the largest size that fits the box, at least ``least``; else cut with "…".

    A word that is too wide at ``least`` makes it smaller, or is divided.
    """
    pieces = _pieces(text)
    size = largest
    while True:
        size = max(size, least)
        most = lines_max if height is None else max(1, min(lines_max, int(height / size)))
        lines = _wrapped(pieces, width / size, font)
        if lines is not None and len(lines) <= most:
            balanced = _balanced(pieces, width / size, len(lines), font)
            return Block(lines=tuple(balanced), size=size)
        if size <= least:
            if lines is None:
                return _with_long_words(pieces, width, size, most, font)
            return Block(lines=tuple(_cut(lines, most, width / size, font)), size=size)
        size *= _STEP


def _with_long_words(pieces: list[str], width: float, least: float, most: int, font: Font) -> Block:
    """A word is wider than the box: the text is somewhat smaller, or else the word is divided."""
    widest = max(advance(piece.rstrip(), font) for piece in pieces)
    size = max(width / widest * _WITHIN, least * _SMALLER)
    parts = [part for piece in pieces for part in _divided(piece, width / size, font)]
    lines = _wrapped(parts, width / size, font) or [" ".join(pieces)]
    return Block(lines=tuple(_cut(lines, most, width / size, font)), size=size)


def _divided(piece: str, width: float, font: Font) -> Iterator[str]:
    """The parts of a word that is wider than the box, each with a hyphen but the last."""
    if advance(piece.rstrip(), font) <= width:
        yield piece
        return
    part = ""
    for letter in unicode.clusters(piece):
        if part and advance(f"{part}{letter.rstrip()}-", font) > width:
            yield f"{part}-"
            part = ""
        part += letter
    yield part


def advance(text: str, font: Font = MAIN) -> float:
    """The width of a line in ems, after shaping. Other fonts draw what this one lacks."""
    if not lacking(text, font):
        return _width(text, font)
    fonts, _ = fonts_for(text, None, font)
    return sum(_width(stretch, drawing) for stretch, drawing in divided(text, fonts))


def _width(text: str, font: Font) -> float:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    shaper, em = _shaper(font)
    uharfbuzz.shape(shaper, buffer)
    return float(sum(position.x_advance for position in buffer.glyph_positions) / em)


def ink_of(sign: str, font: Font = MAIN) -> Ink:
    """Of a single character. Another font draws what this one lacks."""
    ((_, drawing),) = divided(sign, fonts_for(sign, None, font)[0])
    shaper, em = _shaper(drawing)
    extents = shaper.get_glyph_extents(shaper.get_nominal_glyph(ord(sign)))
    return Ink(
        left=extents.x_bearing / em,
        top=extents.y_bearing / em,
        width=extents.width / em,
        height=-extents.height / em,
    )


def below_middle() -> float:
    """How far the baseline is below the middle of a line, in ems, if ``lower`` is kept to."""
    ascent, descent = _ascent_descent(MAIN)
    return (ascent - descent) / 2


def line_advance(font: Font = MAIN) -> float:
    """The line height in ems: libass scales a font so that ascent plus descent equal its size."""
    return sum(_ascent_descent(font))


def lower(text: str, font: Font = MAIN) -> float:
    """How much lower libass draws a line in the middle of a place than one in ``MAIN``, in ems.

    It puts the middle of the line's height there, which is that of the tallest fonts in the line.
    """
    drawing = [font]
    if lacking(text, font):
        drawing = [each for _, each in divided(text, fonts_for(text, None, font)[0])]
    ascents, descents = zip(*map(_ascent_descent, drawing), strict=True)
    ascent, descent = _ascent_descent(MAIN)
    return float(max(ascents) - max(descents) - ascent + descent) / 2


@lru_cache(maxsize=16)
def _ascent_descent(font: Font) -> tuple[float, float]:
    with TTFont(io.BytesIO(font.data()), fontNumber=font.face, lazy=True) as opened:
        metrics, em = opened["OS/2"], opened["head"].unitsPerEm
        return metrics.usWinAscent / em, metrics.usWinDescent / em


@lru_cache(maxsize=16)
def _shaper(font: Font) -> tuple[Any, int]:
    face = uharfbuzz.Face(font.data(), font.face)
    return uharfbuzz.Font(face), face.upem


def _pieces(text: str) -> list[str]:
    """The pieces between which lines may break: words with the space after them.

    In scripts without spaces they are words too, and single characters of long words.
    """
    pieces: list[str] = []
    for word in text.split():
        for part in word_breaks.words(word) or [word]:
            pieces += [part] if _stays_whole(part) else _characters(part)
        pieces[-1] += " "
    return pieces


def _stays_whole(word: str) -> bool:
    most = _WORD_MAX if unicode.is_ideographic(word) else _HANGUL_WORD_MAX
    return len(word) <= most or not _is_wide(word[0])


def _characters(word: str) -> Iterator[str]:
    """Single ideographs, each with the marks that begin no line."""
    start = 0
    for at, after in enumerate(word[1:], 1):
        if (_is_wide(word[at - 1]) or _is_wide(after)) and after not in _CLOSING:
            yield word[start:at]
            start = at
    yield word[start:]


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _wrapped(pieces: list[str], width: float, font: Font) -> list[str] | None:
    """Lines as full as possible; None if a single word is wider than the box."""
    lines: list[str] = []
    current = ""
    for piece in pieces:
        if current and advance((current + piece).rstrip(), font) > width:
            lines.append(current.rstrip())
            current = piece
        else:
            current += piece
        if advance(current.rstrip(), font) > width:
            return None
    return [*lines, current.rstrip()] if current.strip() else lines


def _balanced(pieces: list[str], width: float, count: int, font: Font) -> list[str]:
    """As many lines as ``count``, of the smallest width."""
    low, high = width / 2, width
    best = _wrapped(pieces, width, font) or []
    for _ in range(_BALANCE_STEPS):
        middle = (low + high) / 2
        lines = _wrapped(pieces, middle, font)
        if lines is not None and len(lines) <= count:
            best, high = lines, middle
        else:
            low = middle
    return best


def _cut(lines: list[str], most: int, width: float, font: Font) -> list[str]:
    """The first ``most`` lines, each at most as wide as the box."""
    shortened = [_shortened(line, width, font) for line in lines[:most]]
    if len(lines) > most:
        shortened[-1] = _shortened(shortened[-1].rstrip("…") + "…", width, font)
    return shortened


def _shortened(line: str, width: float, font: Font) -> str:
    if advance(line, font) <= width:
        return line
    while line and advance(line + "…", font) > width:
        line = line[:-1]
    return line.rstrip() + "…"
