"""Plain text: paragraphs by speaker."""

from mp4totext.transcript import Transcript
from mp4totext.transcriptions.exports import glyphs, reading
from mp4totext.transcriptions.exports.options import ExportOptions
from mp4totext.transcriptions.exports.times import short_clock


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    title = glyphs.clean(options.title)
    blocks = [
        f"{title}\n{'=' * max(1, glyphs.width(title))}",
        "\n".join(
            f"{name}: {value}"
            for name, value in reading.facts(transcript, speakers=options.speakers)
        ),
    ]
    hours = reading.needs_hours(transcript)
    for paragraph in reading.paragraphs(transcript):
        time = f"[{short_clock(paragraph.start_ms, hours=hours)}]" if options.timestamps else ""
        name = f"{paragraph.label}:" if options.speakers and paragraph.label else ""
        blocks.append(" ".join(part for part in (time, name, paragraph.text) if part))
    if notes := reading.notes(transcript):
        blocks.append("\n".join(["Notes", *notes]))
    return ("\n\n".join(blocks) + "\n").encode()
