"""Fonts for drawing text: open fonts from installed packages, one for each script that needs it."""

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import noto_cjk_sans_otc  # type: ignore[import-untyped]
import pymupdf_fonts  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from mp4totext.kit import unicode
from mp4totext.media.sandbox import DEFAULT_LIMITS, Child, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A family. ``regular`` and ``bold`` are pymupdf_fonts codes, or ``file`` is a collection."""

    family: str  # as the files say it
    regular: str = ""
    bold: str = ""
    file: Path | None = None
    face: int = 0  # index in the collection
    thickened: bool = False  # bold text is drawn with thicker strokes

    @property
    def has_bold(self) -> bool:
        """Whether bold text looks bold; a brand's only weight is not thickened."""
        return bool(self.bold) or self.thickened

    def data(self) -> bytes:
        """The file of the boldest weight, for measuring lines."""
        if self.file is not None:
            return self.file.read_bytes()
        return bytes(pymupdf_fonts.myfont(self.bold or self.regular))

    def files(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """(style, path) of each weight; packaged fonts are unpacked into ``folder``."""
        if self.file is not None:
            yield "", self.file
            return
        for style, code in (("", self.regular), ("B", self.bold)):
            if code:
                path = folder / f"{code}.ttf"
                if not path.exists():
                    path.write_bytes(pymupdf_fonts.myfont(code))
                yield style, path


# FiraGO covers Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Devanagari and Thai.
MAIN = Font(family="FiraGO", regular="figo", bold="figbo")
_SYMBOLS = (
    Font(family="Noto Sans Symbols", regular="symbol1"),
    Font(family="Noto Sans Symbols2", regular="symbol2"),
    Font(family="Noto Sans Math", regular="math"),
    Font(family="Noto Music", regular="music"),
)
_CJK = Path(str(noto_cjk_sans_otc.FONT_PATH))
# Faces of the collection: the same characters in the form of each language.
_CJK_FACES = {"ja": 0, "ko": 1, "zh": 2, "zh-tw": 3, "zh-hant": 3, "zh-hk": 4, "yue": 4}
_CJK_NAMES = ("JP", "KR", "SC", "TC", "HK")
_CHINESE = 2


def main_font(language: str | None) -> Font:
    """The font for a language's letters, and for Latin letters beside them."""
    code = (language or "").lower()
    return _cjk(code) if code.partition("-")[0] in _CJK_FACES else MAIN


def _cjk(language: str) -> Font:
    face = _CJK_FACES.get(language, _CJK_FACES.get(language.partition("-")[0], _CHINESE))
    family = f"Noto Sans CJK {_CJK_NAMES[face]}"
    return Font(family=family, file=_CJK, face=face, thickened=True)


def fonts_for(
    text: str, language: str | None, main: Font = MAIN
) -> tuple[list[Font], frozenset[str]]:
    """The fonts for a text, the main one first, and the characters that none of them has."""
    missing = lacking(text, main)
    found = [main]
    for font in (*(() if main is MAIN else (MAIN,)), *_candidates(language)):
        if not missing:
            break
        if missing & covered(font):
            found.append(font)
            missing -= covered(font)
    return found, missing


def lacking(text: str, font: Font) -> frozenset[str]:
    """The characters that the font does not draw."""
    return frozenset(c for c in text if not c.isspace()) - covered(font)


def divided(text: str, fonts: Sequence[Font]) -> Iterator[tuple[str, Font]]:
    """The stretches of a text that one font draws: the first one, where it can.

    Letters of one script that stand together have one font, so that no word is patched together.
    """
    for _, letters in groupby(unicode.clusters(text), key=_script):
        together = list(letters)
        stretch = "".join(together)
        whole = _drawing(stretch, fonts)
        if whole:
            yield stretch, whole
            continue
        for letter in together:
            yield letter, _drawing(letter, fonts) or _drawing(letter[0], fonts) or fonts[0]


def _drawing(text: str, fonts: Sequence[Font]) -> Font | None:
    return next((font for font in fonts if not lacking(text, font)), None)


def _script(cluster: str) -> str:
    """The script of a letter by the first word of its name; other characters stand alone."""
    first = cluster[0]
    return unicodedata.name(first, "").partition(" ")[0] if first.isalpha() else first


def own_font(path: Path, family: str) -> Font:
    """A font that ``read_font`` wrote."""
    return Font(family=family, file=path)


def read_font(path: Path, family: str, *, limits: Limits = DEFAULT_LIMITS) -> tuple[str, bytes]:
    """The name of a TTF or OTF, and its bytes, rewritten with the name ``family``.

    Raises NotAFont for other files, and a MediaError if the reader exceeds its limits.
    """
    child = Child("font", path, limits)
    try:
        (message,) = child.ask(family=family)
        return str(message.facts["name"]), bytes(message.data)
    finally:
        child.close()


def _candidates(language: str | None) -> Iterator[Font]:
    yield _cjk((language or "").lower())  # it has many symbols, too
    yield from _SYMBOLS


@lru_cache(maxsize=64)
def covered(font: Font) -> frozenset[str]:
    """The characters of the regular weight."""
    source = font.file or io.BytesIO(pymupdf_fonts.myfont(font.regular))
    with TTFont(source, fontNumber=font.face, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


def unpack(fonts: Iterable[Font], folder: Path) -> None:
    """Add the files of the fonts to a folder; the largest are linked, not copied."""
    folder.mkdir(exist_ok=True)
    for font in fonts:
        for _, path in font.files(folder):
            link = folder / path.name
            if not link.exists():
                link.symlink_to(path)
