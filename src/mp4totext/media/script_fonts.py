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
_BOLD_ALONE = re.compile(r"\\b1\b.*\\bord0\b")  # bold letters without an outline
# Of the size: drawn around bold letters of a font without a bold weight. More fills the gaps of 量.
_STROKE = 0.006
_DRAWING = r"\p1"


def with_fonts(script: str, language: str | None, main: Font) -> tuple[str, tuple[Font, ...]]:
    """The script with a font for each stretch that ``main`` does not draw, and all its fonts.

    ``main``: the font of the styles. ``language``: BCP 47, see ``fonts_for``. Where codes ask for
    bold letters without an outline, outlines have the letters' colour: they make letters bolder.
    """
    fonts, _ = fonts_for(script, language, main)
    if len(fonts) == 1 and not main.thickened:
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
    main, is_bold = fonts[0], False
    current = main, size, 0.0
    for number, part in enumerate(_CODES.split(text)):
        if number % 2:  # a code
            is_bold = is_bold or _BOLD_ALONE.search(part) is not None
            for changed in _SIZE.findall(part):
                size = float(changed)
                current = current[0], size, current[2]
            yield part
            continue
        for stretch, font in divided(part, fonts):
            scaled = size if font is main else size * line_advance(font) / line_advance(main)
            stroke = scaled * _STROKE if is_bold and font.thickened else 0.0
            # A space, and what keeps a backslash from beginning a code, need no other font.
            stays = stretch.isspace() or unicodedata.category(stretch[0]) == "Cf"
            if not stays and (font, scaled, stroke) != current:
                outline = rf"\bord{stroke:.4g}" if stroke != current[2] else ""
                yield rf"{{\fn{font.family}\fs{scaled:.5g}{outline}}}"
                current = font, scaled, stroke
            yield stretch
