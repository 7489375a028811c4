"""Names the font of each letter in an ASS script.

libass looks for letters that the font of a style lacks only among the fonts of the machine, never
among those it was given.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from mp4totext.kit import unicode
from mp4totext.media.typeface import Font, covered, fonts_for

_TEXT_AT = 4  # commas before the text of an event: layer, start, end, style
_CODES = re.compile(r"(\\[{}Nnh]|\{[^}]*\})")
_DRAWING = r"\p1"


def with_fonts(script: str, language: str | None, main: Font) -> tuple[str, tuple[Font, ...]]:
    """The script with a font for each stretch that ``main`` does not draw, and all its fonts.

    ``main``: the font of the styles. ``language``: BCP 47, see ``fonts_for``.
    """
    fonts, _ = fonts_for(script, language, main)
    if len(fonts) == 1:
        return script, (main,)
    lines = script.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("Dialogue:") and _DRAWING not in line:
            *head, text = line.split(",", _TEXT_AT)
            lines[at] = ",".join([*head, "".join(_named(text, fonts))])
    return "\n".join(lines), tuple(fonts)


def _named(text: str, fonts: Sequence[Font]) -> Iterator[str]:
    current = fonts[0]
    for number, part in enumerate(_CODES.split(text)):
        if number % 2:  # a code
            yield part
            continue
        for letter in unicode.clusters(part):
            # A space, and what keeps a backslash from beginning a code, need no other font.
            stays = letter.isspace() or unicodedata.category(letter[0]) == "Cf"
            font = current if stays else _font_of(letter, fonts)
            if font is not current:
                yield rf"{{\fn{font.family}}}"
                current = font
            yield letter


def _font_of(letter: str, fonts: Sequence[Font]) -> Font:
    whole = (font for font in fonts if covered(font).issuperset(letter))
    base = (font for font in fonts if letter[0] in covered(font))
    return next(whole, None) or next(base, fonts[0])
