"""Markdown (CommonMark): paragraphs by speaker."""

import re
from collections.abc import Sequence

from mp4totext.exports.blocks import Block, Run, Style
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.exports.reading import reading
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

# Characters that could start markup inside a paragraph, and at its beginning.
_INLINE = re.compile(r"([\\`*_\[\]<>&~|])")
_LEADING = re.compile(r"^([#+=-])")
_LEADING_NUMBER = re.compile(r"^(\d{1,9})([.)])")
_ITEM_MARKS = {"•": "-", "☐": "- [ ]", "☑": "- [x]"}


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    document = reading(transcript, options)
    parts = [
        f"# {escaped(document.title)}",
        "\n".join(f"- **{name}:** {escaped(value)}" for name, value in document.facts),
        *sections(document.sections),
    ]
    if document.heading:
        parts.append(f"## {document.heading}")
    parts += [spoken(block, options, hours=document.hours) for block in document.paragraphs]
    if document.notes:
        parts += [f"## {worded('Notes')}", "\n".join(f"- {note}" for note in document.notes)]
    return ("\n\n".join(parts) + "\n").encode()


def spoken(paragraph: Paragraph, options: ExportOptions, *, hours: bool) -> str:
    time = f"`{short_clock(paragraph.start_ms, hours=hours)}`" if options.timestamps else ""
    name = f"**{escaped(paragraph.label)}:**" if options.speakers and paragraph.label else ""
    return " ".join(part for part in (time, name, escaped(paragraph.text)) if part)


def sections(blocks: Sequence[Block]) -> list[str]:
    """The Markdown of each block. Consecutive items form one list."""
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        if before is not None and block.style is before.style is Style.ITEM:
            parts[-1] += f"\n{_block(block)}"
        else:
            parts.append(_block(block))
        before = block
    return parts


def _block(block: Block) -> str:
    text = "".join(map(_run, block.runs)).strip()
    match block.style:
        case Style.HEADING:
            return f"{'#' * block.level} {escaped(block.text)}"
        case Style.ITEM:
            mark = _ITEM_MARKS.get(block.mark, block.mark)
            return f"{'    ' * block.level}{mark} {_at_beginning(text)}"
        case Style.QUOTE:
            return f"> {text}"
        case Style.CODE:
            return f"    {block.text}"
        case Style.PARAGRAPH:
            return _at_beginning(text)


def _run(run: Run) -> str:
    """A run with its marks placed next to its letters, as CommonMark ignores ``** bold **``."""
    mark = ("**" if run.bold else "") + ("*" if run.italic else "")
    text = run.text.strip()
    marked = _INLINE.sub(r"\\\1", text)
    if mark and marked:
        marked = f"{mark}{marked}{mark[::-1]}"
    before, after = run.text[:1].isspace(), run.text[-1:].isspace()
    return f"{' ' * before}{marked}{' ' * (after and bool(text))}"


def escaped(text: str) -> str:
    return _at_beginning(_INLINE.sub(r"\\\1", text))


def _at_beginning(text: str) -> str:
    return _LEADING_NUMBER.sub(r"\1\\\2", _LEADING.sub(r"\\\1", text))
