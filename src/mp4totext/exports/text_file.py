"""Plain text: paragraphs by speaker."""

from mp4totext.exports import paragraphs
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    title = unicode.clean(options.title)
    blocks = [
        f"{title}\n{'=' * max(1, unicode.width(title))}",
        "\n".join(
            f"{name}: {value}"
            for name, value in paragraphs.facts(transcript, speakers=options.speakers)
        ),
    ]
    hours = paragraphs.needs_hours(transcript)
    for paragraph in paragraphs.paragraphs(transcript):
        time = f"[{short_clock(paragraph.start_ms, hours=hours)}]" if options.timestamps else ""
        name = f"{paragraph.label}:" if options.speakers and paragraph.label else ""
        blocks.append(" ".join(part for part in (time, name, paragraph.text) if part))
    if notes := paragraphs.notes(transcript):
        blocks.append("\n".join(["Notes", *notes]))
    return ("\n\n".join(blocks) + "\n").encode()
