"""Names the font of each letter in an ASS script.

libass looks for letters that the font of a style lacks only among the fonts of the machine, never
among those it was given. It takes the size of a font as that of ascent plus descent, so each font
needs a size of its own for letters of one size.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from mp4totext.media.text_fitting import line_advance
from mp4totext.media.typeface import Font, divided, fonts_for

_TEXT_AT = 4  # commas before the text of an event: layer, start, end, style
_CODES = re.compile(r"(\\[{}Nnh]|\{[^}]*\})")
_SIZE = re.compile(r"\\fs([0-9.]+)")
_DRAWING = r"\p1"


def with_fonts(script: str, language: str | None, main: Font) -> tuple[str, tuple[Font, ...]]:
    """The script with a font for each stretch that ``main`` does not draw, and all its fonts.

    ``main``: the font of the styles. ``language``: BCP 47, see ``fonts_for``.
    """
    fonts, _ = fonts_for(script, language, main)
    if len(fonts) == 1:
        return script, (main,)
    lines = script.split("\n")
    sizes: dict[str, float] = {}
    for at, line in enumerate(lines):
        if line.startswith("Style: "):
            style, _, size = line.removeprefix("Style: ").split(",")[:3]
            sizes[style] = float(size)
        elif line.startswith("Dialogue:") and _DRAWING not in line:
            *head, text = line.split(",", _TEXT_AT)
            lines[at] = ",".join([*head, "".join(_named(text, fonts, sizes[head[-1]]))])
    return "\n".join(lines), tuple(fonts)


def _named(text: str, fonts: Sequence[Font], size: float) -> Iterator[str]:
    """``size``: of the style; codes of the text may change it."""
    main = fonts[0]
    current = main, size
    for number, part in enumerate(_CODES.split(text)):
        if number % 2:  # a code
            for changed in _SIZE.findall(part):
                size = float(changed)
                current = current[0], size
            yield part
            continue
        for stretch, font in divided(part, fonts):
            scaled = size if font is main else size * line_advance(font) / line_advance(main)
            # A space, and what keeps a backslash from beginning a code, need no other font.
            stays = stretch.isspace() or unicodedata.category(stretch[0]) == "Cf"
            if not stays and (font, scaled) != current:
                yield rf"{{\fn{font.family}\fs{scaled:.5g}}}"
                current = font, scaled
            yield stretch
