"""Word document: times in the margin, speaker names in bold."""

import io

from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Block

from mp4totext.exports import paragraphs
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Transcript

_GREY, _INK, _ACCENT = RGBColor(0x6B, 0x72, 0x80), RGBColor(0x11, 0x18, 0x27), (0x1D, 0x4E, 0x89)
# ECMA-376 fixes the order of a paragraph's properties; these may follow w:bidi in ours.
_AFTER_BIDI = ("w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")
_MARGIN_COLUMN = Cm(2.2)


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    document = Document()
    _page(document, transcript, options)
    _heading(document, transcript, options)
    hours = paragraphs.needs_hours(transcript)
    for paragraph in paragraphs.paragraphs(transcript):
        _paragraph(document, paragraph, options, hours=hours)
    if notes := paragraphs.notes(transcript):
        _set_direction(document.add_heading("Notes", level=2), "Notes")
        for note in notes:
            document.add_paragraph(note, style="List Bullet")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _page(document: Document, transcript: Transcript, options: ExportOptions) -> None:
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.3)
        section.top_margin = section.bottom_margin = Cm(2.2)
    style = document.styles["Normal"]
    style.font.name, style.font.size, style.font.color.rgb = "Calibri", Pt(11), _INK
    style.paragraph_format.space_after = Pt(8)
    style.paragraph_format.line_spacing = 1.2
    properties = document.core_properties
    properties.title = unicode.clean(options.title)
    properties.author, properties.comments = "MP4toText", ""
    properties.language = unicode.clean(transcript.language or "")


def _heading(document: Document, transcript: Transcript, options: ExportOptions) -> None:
    title = unicode.clean(options.title)
    heading = document.add_heading(title, level=1)
    heading.paragraph_format.space_before = Pt(0)
    for run in heading.runs:
        run.font.size, run.font.color.rgb = Pt(22), RGBColor(*_ACCENT)
    _set_direction(heading, title)
    line = document.add_paragraph()
    line.paragraph_format.space_after = Pt(16)
    for position, (name, value) in enumerate(
        paragraphs.facts(transcript, speakers=options.speakers)
    ):
        label = line.add_run(f"{'   ·   ' if position else ''}{name} ")
        label.font.color.rgb, label.font.size = _GREY, Pt(9.5)
        line.add_run(value).font.size = Pt(9.5)


def _paragraph(
    document: Document, paragraph: Paragraph, options: ExportOptions, *, hours: bool
) -> None:
    block = document.add_paragraph()
    if options.timestamps:
        layout = block.paragraph_format
        layout.left_indent, layout.first_line_indent = _MARGIN_COLUMN, -_MARGIN_COLUMN
        layout.tab_stops.add_tab_stop(_MARGIN_COLUMN, WD_TAB_ALIGNMENT.LEFT)
        time = block.add_run(f"{short_clock(paragraph.start_ms, hours=hours)}\t")
        time.font.color.rgb, time.font.size = _GREY, Pt(9)
    if options.speakers and paragraph.label and paragraph.changed:
        block.add_run(f"{paragraph.label}: ").bold = True
    block.add_run(paragraph.text)
    _set_direction(block, paragraph.text)


def _set_direction(block: Block, text: str) -> None:
    """Marks a paragraph and its runs as right to left when its text is; python-docx has no API."""
    if not unicode.is_right_to_left(text):
        return
    block._p.get_or_add_pPr().insert_element_before(OxmlElement("w:bidi"), *_AFTER_BIDI)
    for run in block.runs:
        if unicode.is_right_to_left(run.text):
            run.font.rtl = True
