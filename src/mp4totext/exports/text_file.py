"""Plain text: paragraphs by speaker."""

from collections.abc import Sequence
from itertools import groupby

from mp4totext.exports.blocks import Block, Style
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.reading import reading
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    document = reading(transcript, options)
    blocks = [
        _underlined(document.title, "="),
        "\n".join(f"{name}: {value}" for name, value in document.facts),
        *_sections(document.sections),
    ]
    if document.heading:
        blocks.append(_underlined(document.heading, "-"))
    for paragraph in document.paragraphs:
        time = short_clock(paragraph.start_ms, hours=document.hours)
        time = f"[{time}]" if options.timestamps else ""
        name = f"{paragraph.label}:" if options.speakers and paragraph.label else ""
        blocks.append(" ".join(part for part in (time, name, paragraph.text) if part))
    if document.notes:
        blocks.append("\n".join([worded("Notes"), *document.notes]))
    return ("\n\n".join(blocks) + "\n").encode()


def _underlined(title: str, line: str) -> str:
    return f"{title}\n{line * max(1, unicode.width(title))}"


def _sections(blocks: Sequence[Block]) -> list[str]:
    return [
        ("\n" if style is Style.ITEM else "\n\n").join(map(_block, group))
        for style, group in groupby(blocks, key=lambda block: block.style)
    ]


def _block(block: Block) -> str:
    match block.style:
        case Style.HEADING if block.level == 2:
            return _underlined(block.text, "-")
        case Style.ITEM:
            return f"{'  ' * block.level}{block.mark} {block.text}"
        case Style.QUOTE:
            return f"> {block.text}"
        case _:
            return block.text
