"""Fonts a PDF embeds: open fonts from installed packages, one for each script that needs it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import noto_cjk_sans_otc  # type: ignore[import-untyped]
import pymupdf_fonts  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_CJK = Path(str(noto_cjk_sans_otc.FONT_PATH))
# Faces of the collection: the same characters, drawn as each language writes them.
_CJK_FACES = {"ja": 0, "ko": 1, "zh": 2, "zh-tw": 3, "zh-hant": 3, "zh-hk": 4, "yue": 4}
_CHINESE = 2


@dataclass(frozen=True, slots=True)
class Font:
    """One face; ``bold`` is None when the family has no bold."""

    family: str
    regular: Callable[[], bytes]
    bold: Callable[[], bytes] | None = None
    face: int = 0
    suffix: str = ".ttf"


def _packaged(name: str) -> Callable[[], bytes]:
    return lambda: bytes(pymupdf_fonts.myfont(name))


# FiraGO draws Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Devanagari and Thai alike.
MAIN = Font("FiraGO", _packaged("figo"), _packaged("figbo"))
_SYMBOLS = (
    Font("Symbols", _packaged("symbol1")),
    Font("Symbols2", _packaged("symbol2")),
    Font("Math", _packaged("math")),
    Font("Music", _packaged("music")),
)


def fonts_for(text: str, language: str | None) -> tuple[list[Font], set[str]]:
    """The fonts that draw the text, the main one first, and the characters none of them has."""
    missing = {c for c in set(text) if not c.isspace()} - covered(MAIN)
    found = [MAIN]
    for font in _candidates(language):
        if not missing:
            break
        drawn = missing & covered(font)
        if drawn:
            found.append(font)
            missing -= drawn
    return found, missing


def _candidates(language: str | None) -> Iterator[Font]:
    code = (language or "").lower()
    face = _CJK_FACES.get(code, _CJK_FACES.get(code.partition("-")[0], _CHINESE))
    yield Font("NotoCJK", _CJK.read_bytes, face=face, suffix=".ttc")
    yield from _SYMBOLS


def covered(font: Font) -> frozenset[str]:
    return _covered(font.family, font.face, font.regular)


@cache
def _covered(_family: str, face: int, regular: Callable[[], bytes]) -> frozenset[str]:
    with TTFont(io.BytesIO(regular()), fontNumber=face, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
