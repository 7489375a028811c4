"""The child process that reads one font; ``sandbox`` sends its requests.

It rewrites the font: outlines, metrics and the rules of scripts. Hinting programs and tables
that are not needed are left out, so the libraries that draw text never read them.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]
from fontTools.varLib import instancer  # type: ignore[import-untyped]

from mp4totext.media.errors import EmptyFile, NotAFont
from mp4totext.media.sandbox_process import Answer

FILE_BYTES_MAX = 8 << 20
_KINDS = (b"\x00\x01\x00\x00", b"true", b"OTTO")
_REFUSAL = "The file cannot be read as a font. Send one as TTF or OTF, of at most 8 MB."
# What a file that was made by chance or on purpose makes the library raise.
_BROKEN = (
    *(TTLibError, struct.error, AssertionError, AttributeError, LookupError, TypeError),
    *(ValueError, OverflowError, RecursionError, NotImplementedError, EOFError),
)


class FontFile:
    """A task of the sandbox."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def answer(self, request: Mapping[str, Any]) -> Iterator[Answer]:
        """``family``: the name that the font gets."""
        if self._path.stat().st_size > FILE_BYTES_MAX:
            raise NotAFont(_REFUSAL)
        data = self._path.read_bytes()
        if not data:
            raise EmptyFile("The file is empty. Choose another.")
        if data[:4] not in _KINDS:
            raise NotAFont(_REFUSAL)
        try:
            name, characters, written = _rewritten(data, request["family"])
        except _BROKEN as error:
            raise NotAFont(_REFUSAL) from error
        yield {"name": name, "characters": characters}, written


def _rewritten(data: bytes, family: str) -> tuple[str, int, bytes]:
    """The font's original name, the number of characters it draws, and its bytes."""
    with TTFont(io.BytesIO(data)) as font:
        name = font["name"].getBestFullName() or font["name"].getBestFamilyName() or "Font"
        if "fvar" in font:
            instancer.instantiateVariableFont(
                font, {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}, inplace=True
            )
        characters = set(font.getBestCmap() or ())
        if not any(chr(character).isalnum() for character in characters):
            raise NotAFont("The font draws no letter and no digit.")
        options = subset.Options(hinting=False, layout_features=["*"], notdef_outline=True)
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=characters)
        chosen.subset(font)
        table = font["name"]
        table.names = []
        for number, text in ((1, family), (2, "Regular"), (4, family), (6, family)):
            table.setName(text, number, 3, 1, 0x409)
        out = io.BytesIO()
        font.save(out)
    return " ".join(str(name).split())[:80], len(characters), out.getvalue()
