"""Markdown (CommonMark): paragraphs by speaker."""

import re

from mp4totext.exports import paragraphs
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Transcript

# Everything that could start markup inside a paragraph, and what could at its beginning.
_INLINE = re.compile(r"([\\`*_\[\]<>&~|])")
_LEADING = re.compile(r"^([#+=-])")
_LEADING_NUMBER = re.compile(r"^(\d{1,9})([.)])")


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    blocks = [
        f"# {_escaped(unicode.clean(options.title))}",
        "\n".join(
            f"- **{name}:** {_escaped(value)}"
            for name, value in paragraphs.facts(transcript, speakers=options.speakers)
        ),
    ]
    hours = paragraphs.needs_hours(transcript)
    for paragraph in paragraphs.paragraphs(transcript):
        time = f"`{short_clock(paragraph.start_ms, hours=hours)}`" if options.timestamps else ""
        name = f"**{_escaped(paragraph.label)}:**" if options.speakers and paragraph.label else ""
        blocks.append(" ".join(part for part in (time, name, _escaped(paragraph.text)) if part))
    if notes := paragraphs.notes(transcript):
        blocks += ["## Notes", "\n".join(f"- {note}" for note in notes)]
    return ("\n\n".join(blocks) + "\n").encode()


def _escaped(text: str) -> str:
    inline = _INLINE.sub(r"\\\1", text)
    return _LEADING_NUMBER.sub(r"\1\\\2", _LEADING.sub(r"\\\1", inline))
