"""Word document: times in the margin, speaker names in bold, real headings and lists."""

import io
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from mp4totext.exports.blocks import Block, Style
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.exports.reading import Reading, reading
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

_GREY, _INK, _ACCENT = RGBColor(0x6B, 0x72, 0x80), RGBColor(0x11, 0x18, 0x27), (0x1D, 0x4E, 0x89)
# ECMA-376 prescribes the order of a paragraph's properties; these may follow w:bidi here.
_AFTER_BIDI = ("w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")
_MARGIN_COLUMN = Cm(2.2)


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    content = reading(transcript, options)
    document = Document()
    _page(document, content, options)
    _heading(document, content)
    for block in content.sections:
        _block(document, block)
    if content.heading:
        _set_direction(document.add_heading(content.heading, level=2), content.heading)
    for paragraph in content.paragraphs:
        _paragraph(document, paragraph, options, hours=content.hours)
    if content.notes:
        heading = worded("Notes")
        _set_direction(document.add_heading(heading, level=2), heading)
        for note in content.notes:
            document.add_paragraph(note, style="List Bullet")
    file = io.BytesIO()
    document.save(file)
    return _undated(file)


def _undated(file: io.BytesIO) -> bytes:
    """The document with one date for all parts of its archive, where the library put the time."""
    undated = io.BytesIO()
    with ZipFile(file) as parts, ZipFile(undated, "w", ZIP_DEFLATED) as copy:
        for name in parts.namelist():
            copy.writestr(ZipInfo(name), parts.read(name), ZIP_DEFLATED)
    return undated.getvalue()


def _page(document: Document, content: Reading, options: ExportOptions) -> None:
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.3)
        section.top_margin = section.bottom_margin = Cm(2.2)
    style = document.styles["Normal"]
    style.font.name, style.font.size, style.font.color.rgb = "Calibri", Pt(11), _INK
    style.paragraph_format.space_after = Pt(8)
    style.paragraph_format.line_spacing = 1.2
    language = unicode.clean(content.language or "")
    if language:  # the language for screen readers and the spelling checker
        element = OxmlElement("w:lang")
        for script in ("w:val", "w:eastAsia", "w:bidi"):
            element.set(qn(script), language)
        style.element.get_or_add_rPr().append(element)
    properties = document.core_properties
    properties.title = content.title
    properties.author, properties.comments = "MP4toText", ""
    properties.language = language
    if options.made_at:
        properties.created = properties.modified = options.made_at
        return
    for name in ("dcterms:created", "dcterms:modified"):  # those of the library's template
        for element in properties._element.findall(qn(name)):
            properties._element.remove(element)


def _heading(document: Document, content: Reading) -> None:
    heading = document.add_heading(content.title, level=1)
    heading.paragraph_format.space_before = Pt(0)
    for run in heading.runs:
        run.font.size, run.font.color.rgb = Pt(22), RGBColor(*_ACCENT)
    _set_direction(heading, content.title)
    line = document.add_paragraph()
    line.paragraph_format.space_after = Pt(16)
    for position, (name, value) in enumerate(content.facts):
        label = line.add_run(f"{'   ·   ' if position else ''}{name} ")
        label.font.color.rgb, label.font.size = _GREY, Pt(9.5)
        line.add_run(value).font.size = Pt(9.5)


def _block(document: Document, block: Block) -> None:
    if block.style is Style.HEADING:
        _set_direction(document.add_heading(block.text, level=block.level), block.text)
        return
    # Word has styles for three levels of lists. A box or a number is written out, because a
    # list's numbers go on from the list before.
    bullets = "List Bullet" if block.level == 0 else f"List Bullet {min(3, block.level + 1)}"
    style = {Style.ITEM: bullets, Style.QUOTE: "Quote", Style.CODE: "No Spacing"}.get(block.style)
    is_numbered = block.style is Style.ITEM and block.mark != "•"
    line = document.add_paragraph(style=None if is_numbered else style)
    if is_numbered:
        line.paragraph_format.left_indent = Cm(0.6 * (block.level + 1))
        line.add_run(f"{block.mark} ")
    for run in block.runs:
        added = line.add_run(run.text)
        added.bold, added.italic = run.bold or None, run.italic or None
    _set_direction(line, block.text)


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


def _set_direction(block: DocxParagraph, text: str) -> None:
    """Marks a paragraph and its runs as right to left when its text is; python-docx has no API."""
    if not unicode.is_right_to_left(text):
        return
    block._p.get_or_add_pPr().insert_element_before(OxmlElement("w:bidi"), *_AFTER_BIDI)
    for run in block.runs:
        if unicode.is_right_to_left(run.text):
            run.font.rtl = True
