"""PDF: times in a margin column, names in bold, embedded fonts for all supported scripts."""

import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from fpdf import FPDF, Align, XPos, YPos
from fpdf.fonts import TTFFont

from mp4totext.exports import blocks
from mp4totext.exports.blocks import Block, Style
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.exports.reading import Reading, reading
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.media.typeface import MAIN, Font, fonts_for
from mp4totext.transcript import Transcript

_MARGIN_MM, _COLUMN_MM, _LINE_MM, _INDENT_MM = 22, 18, 6, 5
_INK, _GREY, _ACCENT = (17, 24, 39), (107, 114, 128), (29, 78, 137)
REPLACEMENT = "\u25af"  # an empty box, a character of the main font
# The library always writes a date. An unknown date is replaced by spaces, as the file stores at
# which byte each of its objects begins.
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DATE_WRITTEN = b"/CreationDate (D:19700101000000Z)"
_SPACES = b" " * len(_NO_DATE_WRITTEN)
_MARKS_PER_LETTER_MAX = 2  # pointed Hebrew has less than one and a half
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_DIRECTED = frozenset({"L", "R", "AL", "EN", "AN"})
_TURNS_MAX, _LETTERS_PER_TURN_MIN = 5_000, 5


class _Page(FPDF):
    """An A4 page with its number in the footer, and a tag for each part for screen readers.

    The library tags only pictures, with ``struct_builder``. This class uses it for text as well. A
    part that continues on the next page has two tags.
    """

    def __init__(self, *, undrawable: dict[int, str | None]) -> None:
        """``undrawable``: replacements of characters without a font, for str.translate."""
        super().__init__(format="A4")
        self._undrawable = undrawable
        self._tag = ""  # of the part that is open
        self._tagged: Counter[int] = Counter()  # parts of each page

    def block(self, text: str, line_mm: float) -> None:
        """Draw lines of text, and begin a new line below them."""
        text = text.translate(self._undrawable)
        align = Align.R if unicode.is_right_to_left(text) else Align.L
        self.multi_cell(0, line_mm, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def footer(self) -> None:
        self._out("/Artifact BMC")
        self.set_y(-15)
        self.set_font(MAIN.family, "", 8)
        self.set_text_color(*_GREY)
        self.cell(0, 6, str(self.page_no()), align=Align.C)
        self._out("EMC")

    @contextmanager
    def part(self, tag: str) -> Iterator[None]:
        """Tag the content that the block draws as one part: ``/H1``, ``/P`` or ``/LI``."""
        self._open(tag)
        yield
        self._close()

    def _open(self, tag: str) -> None:
        number = self._tagged[self.page]
        self._tagged[self.page] += 1
        self._tag = tag
        self._add_marked_content(struct_type=tag, mcid=number)
        self._out(f"{tag} <</MCID {number}>> BDC")

    def _close(self) -> None:
        self._out("EMC")
        self._tag = ""

    def _perform_page_break(self) -> None:
        tag = self._tag
        if tag:
            self._close()
        super()._perform_page_break()
        if tag:
            self._open(tag)


class _MeasuredOnce(TTFFont):
    """A font that shapes each text once to measure it.

    The library shapes each letter, and for each letter the line so far, up to twice.
    """

    __slots__ = ()

    def shaped_text_width(
        self, text: str, font_size_pt: float, text_shaping_params: dict[str, Any] | None
    ) -> tuple[int, float]:
        direction = (text_shaping_params or {}).get("fragment_direction")  # all that ever differs
        return _width(self, text, font_size_pt, direction)


@lru_cache(maxsize=4_096)
def _width(font: TTFFont, text: str, size_pt: float, direction: Any) -> tuple[int, float]:
    parameters = {"features": {}, "fragment_direction": direction}
    return TTFFont.shaped_text_width(font, text, size_pt, parameters)


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    content = reading(transcript, options)
    everything = [content.title, content.heading or "", *content.notes]
    everything += [f"{name} {value}" for name, value in content.facts]
    everything += [f"{block.mark} {block.text}" for block in content.sections]
    everything += [f"{spoken.label or ''} {spoken.text}" for spoken in content.paragraphs]
    fonts, missing = fonts_for("".join(everything), content.language)
    invisible = sorted(filter(_is_visible, missing))
    undrawable = {ord(c): REPLACEMENT if _is_visible(c) else None for c in missing}
    # Shaping joins Arabic letters and places accents, but takes four times as long.
    shaped = _is_worth_shaping("".join(everything))
    # The library opens the font files again while it draws.
    with tempfile.TemporaryDirectory() as folder:
        page = _Page(undrawable=undrawable)
        _prepare(page, content, options, fonts, Path(folder), shaped=shaped)
        page.set_title(content.title.translate(undrawable))
        _heading(page, content)
        for block in content.sections:
            _section(page, block)
        if content.heading:
            _section(page, blocks.heading(content.heading, 2))
        for paragraph in content.paragraphs:
            _paragraph(page, paragraph, options, hours=content.hours)
        _footnotes(page, [*content.notes, *([_missing_note(invisible)] if invisible else [])])
        pdf = bytes(page.output())
        _width.cache_clear()  # it keeps the fonts
    return pdf if options.made_at else pdf.replace(_NO_DATE_WRITTEN, _SPACES, 1)


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def _is_worth_shaping(text: str) -> bool:
    if not any(
        unicodedata.bidirectional(character) in {"R", "AL", "AN"}
        or unicodedata.category(character) in {"Mn", "Mc", "Me"}
        for character in set(text)
    ):
        return False
    # The library shapes a line again for each of its characters, which does not end in reasonable
    # time if letters have hundreds of marks, or if every few letters are read in the other
    # direction. No script uses that many marks, and nobody writes ten thousand such words.
    marks = sum(unicodedata.category(c) in _INVISIBLE for c in text)
    turns = _turns(text)
    return marks <= _MARKS_PER_LETTER_MAX * (len(text) - marks) and (
        turns <= _TURNS_MAX or turns * _LETTERS_PER_TURN_MIN <= len(text)
    )


def _turns(text: str) -> int:
    """How often the next letter is read in the other direction."""
    is_right = [
        kind in {"R", "AL"} for kind in map(unicodedata.bidirectional, text) if kind in _DIRECTED
    ]
    return sum(before != after for before, after in pairwise(is_right))


def _prepare(
    page: _Page,
    content: Reading,
    options: ExportOptions,
    fonts: Sequence[Font],
    folder: Path,
    *,
    shaped: bool,
) -> None:
    page.set_margins(_MARGIN_MM, 20, _MARGIN_MM)
    page.set_auto_page_break(auto=True, margin=22)
    page.set_creator("MP4toText")
    page.set_lang(unicode.clean(content.language or "und"))
    page.set_creation_date(options.made_at or _NO_DATE)
    for font in fonts:
        for style, path in font.files(folder):
            page.add_font(font.family, style, path, collection_font_number=font.face)
    for added in page.fonts.values():
        added.__class__ = _MeasuredOnce
    page.set_fallback_fonts([font.family for font in fonts[1:]], exact_match=False)
    page.set_font(MAIN.family, "", 10.5)
    page.set_text_shaping(use_shaping_engine=shaped)
    page.add_page()


def _heading(page: _Page, content: Reading) -> None:
    page.set_font(MAIN.family, "B", 20)
    page.set_text_color(*_ACCENT)
    with page.part("/H1"):
        page.block(content.title, 9)
    page.ln(1)
    page.set_font(MAIN.family, "", 9)
    page.set_text_color(*_GREY)
    with page.part("/P"):
        page.block("   ·   ".join(f"{name} {value}" for name, value in content.facts), 5)
    page.set_draw_color(209, 213, 219)
    page._out("/Artifact BMC")
    page.line(page.l_margin, page.get_y() + 2, page.w - page.r_margin, page.get_y() + 2)
    page._out("EMC")
    page.ln(8)


def _section(page: _Page, block: Block) -> None:
    """Draw a block of findings or texts. Only Word and Markdown have bold and italic text."""
    if block.style is Style.HEADING:
        if page.will_page_break(4 * _LINE_MM):
            page.add_page()
        page.set_font(MAIN.family, "B", {2: 14, 3: 11.5}.get(block.level, 10.5))
        page.set_text_color(*(_ACCENT if block.level == 2 else _INK))
        page.ln(2)
        with page.part(f"/H{block.level}"):
            page.block(block.text, _LINE_MM)
        page.ln(1)
        return
    page.set_font(MAIN.family, "", 10.5)
    page.set_text_color(*_INK)
    left = page.l_margin
    indent = min(4, block.level) * _INDENT_MM if block.style is Style.ITEM else 0
    with page.part("/LI" if block.style is Style.ITEM else "/P"):
        page.set_left_margin(left + indent)
        page.set_x(left + indent)
        page.block(f"{block.mark} {block.text}".strip(), _LINE_MM)
    page.set_left_margin(left)
    page.set_x(left)
    page.ln(0.5 if block.style is Style.ITEM else 2)


def _paragraph(page: _Page, paragraph: Paragraph, options: ExportOptions, *, hours: bool) -> None:
    if page.will_page_break(2 * _LINE_MM):
        page.add_page()
    left = page.l_margin
    if options.timestamps:
        page.set_font(MAIN.family, "", 8.5)
        page.set_text_color(*_GREY)
        top = page.get_y()
        with page.part("/P"):
            page.cell(_COLUMN_MM, _LINE_MM, short_clock(paragraph.start_ms, hours=hours))
        page.set_xy(left + _COLUMN_MM, top)
        page.set_left_margin(left + _COLUMN_MM)
    page.set_text_color(*_INK)
    if options.speakers and paragraph.label and paragraph.changed:
        page.set_font(MAIN.family, "B", 10.5)
        with page.part("/P"):
            page.block(paragraph.label, _LINE_MM)
    page.set_font(MAIN.family, "", 10.5)
    with page.part("/P"):
        page.block(paragraph.text, _LINE_MM)
    page.set_left_margin(left)
    page.set_x(left)
    page.ln(3)


def _missing_note(characters: Sequence[str]) -> str:
    named = ", ".join(f"U+{ord(c):04X}" for c in characters[:20])
    more = f" and {len(characters) - 20} more" if len(characters) > 20 else ""
    return f"{REPLACEMENT} stands for characters no embedded font can draw: {named}{more}."


def _footnotes(page: _Page, notes: Sequence[str]) -> None:
    if not notes:
        return
    page.ln(3)
    page.set_font(MAIN.family, "", 8.5)
    page.set_text_color(*_GREY)
    for note in notes:
        with page.part("/P"):
            page.block(note, 5)
