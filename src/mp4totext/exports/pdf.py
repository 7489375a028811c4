"""PDF: times in a margin column, names in bold, embedded fonts for every script we can draw."""

import tempfile
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF, Align, XPos, YPos

from mp4totext.exports import paragraphs
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.media.typeface import MAIN, Font, fonts_for
from mp4totext.transcript import Transcript

_MARGIN_MM, _COLUMN_MM, _LINE_MM = 22, 18, 6
_INK, _GREY, _ACCENT = (17, 24, 39), (107, 114, 128), (29, 78, 137)
REPLACEMENT = "\u25af"  # an empty box, which the main font has
# A PDF that says when it was made differs each time; the transcript's date is not the file's.
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_MARKS_PER_LETTER_MAX = 2  # pointed Hebrew has less than one and a half
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_Gone = dict[int, str | None]  # for str.translate: what stands for a character without a font


class _Page(FPDF):
    """A4 with the page number in the footer."""

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(MAIN.family, "", 8)
        self.set_text_color(*_GREY)
        self.cell(0, 6, str(self.page_no()), align=Align.C)


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    found = paragraphs.paragraphs(transcript)
    title = unicode.clean(options.title)
    facts, notes = (
        paragraphs.facts(transcript, speakers=options.speakers),
        paragraphs.notes(transcript),
    )
    everything = [title, *(f"{name} {value}" for name, value in facts), *notes]
    everything += [f"{paragraph.label or ''} {paragraph.text}" for paragraph in found]
    fonts, missing = fonts_for("".join(everything), transcript.language)
    shown = sorted(filter(_is_visible, missing))
    gone: _Gone = {ord(c): REPLACEMENT if _is_visible(c) else None for c in missing}
    hours = paragraphs.needs_hours(transcript)
    # Shaping joins Arabic letters and places accents; it also takes four times as long.
    shaped = _is_worth_shaping("".join(everything))
    # The library opens the font files again while it draws.
    with tempfile.TemporaryDirectory() as folder:
        page = _document(
            title.translate(gone), transcript.language, fonts, Path(folder), shaped=shaped
        )
        _heading(page, title.translate(gone), [(n, v.translate(gone)) for n, v in facts])
        for paragraph in found:
            _paragraph(page, paragraph, gone, options, hours=hours)
        _footnotes(page, [*notes, *([_missing_note(shown)] if shown else [])])
        return bytes(page.output())


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def _is_worth_shaping(text: str) -> bool:
    if not any(map(_needs_shaping, set(text))):
        return False
    # The library shapes a line again for each of its characters. No script piles so many marks on
    # its letters that their lines would be long.
    marks = sum(unicodedata.category(c) in _INVISIBLE for c in text)
    return marks <= _MARKS_PER_LETTER_MAX * (len(text) - marks)


def _needs_shaping(character: str) -> bool:
    right_to_left = unicodedata.bidirectional(character) in {"R", "AL", "AN"}
    return right_to_left or unicodedata.category(character) in {"Mn", "Mc", "Me"}


def _document(
    title: str, language: str | None, fonts: Sequence[Font], folder: Path, *, shaped: bool
) -> _Page:
    page = _Page(format="A4")
    page.set_margins(_MARGIN_MM, 20, _MARGIN_MM)
    page.set_auto_page_break(auto=True, margin=22)
    page.set_title(title)
    page.set_creator("MP4toText")
    page.set_lang(unicode.clean(language or "und"))
    page.set_creation_date(_NO_DATE)
    for font in fonts:
        for style, path in font.files(folder):
            page.add_font(font.family, style, path, collection_font_number=font.face)
    page.set_fallback_fonts([font.family for font in fonts[1:]], exact_match=False)
    page.set_font(MAIN.family, "", 10.5)
    page.set_text_shaping(use_shaping_engine=shaped)
    page.add_page()
    return page


def _heading(page: _Page, title: str, facts: Sequence[tuple[str, str]]) -> None:
    page.set_font(MAIN.family, "B", 20)
    page.set_text_color(*_ACCENT)
    _block(page, title, 9)
    page.ln(1)
    page.set_font(MAIN.family, "", 9)
    page.set_text_color(*_GREY)
    _block(page, "   ·   ".join(f"{name} {value}" for name, value in facts), 5)
    page.set_draw_color(209, 213, 219)
    page.line(page.l_margin, page.get_y() + 2, page.w - page.r_margin, page.get_y() + 2)
    page.ln(8)


def _block(page: _Page, text: str, line_mm: float) -> None:
    align = Align.R if unicode.is_right_to_left(text) else Align.L
    page.multi_cell(0, line_mm, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _paragraph(
    page: _Page,
    paragraph: Paragraph,
    gone: _Gone,
    options: ExportOptions,
    *,
    hours: bool,
) -> None:
    if page.will_page_break(2 * _LINE_MM):
        page.add_page()
    left = page.l_margin
    if options.timestamps:
        page.set_font(MAIN.family, "", 8.5)
        page.set_text_color(*_GREY)
        top = page.get_y()
        page.cell(_COLUMN_MM, _LINE_MM, short_clock(paragraph.start_ms, hours=hours))
        page.set_xy(left + _COLUMN_MM, top)
        page.set_left_margin(left + _COLUMN_MM)
    page.set_text_color(*_INK)
    if options.speakers and paragraph.label and paragraph.changed:
        page.set_font(MAIN.family, "B", 10.5)
        _block(page, paragraph.label.translate(gone), _LINE_MM)
    page.set_font(MAIN.family, "", 10.5)
    _block(page, paragraph.text.translate(gone), _LINE_MM)
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
        _block(page, note, 5)
