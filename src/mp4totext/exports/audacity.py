"""Audacity labels: one line for each segment, which the editor shows below the audio."""

from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import seconds
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    lines = []
    for segment in transcript.segments:
        label = transcript.speaker_label(segment.speaker) if options.speakers else None
        text = unicode.clean(f"{label}: {segment.text}" if label else segment.text)
        # A label that begins with a backslash is a range of frequencies.
        text = f"\u2060{text}" if text.startswith("\\") else text
        lines.append(f"{seconds(segment.start_ms)}\t{seconds(segment.end_ms)}\t{text}\n")
    return "".join(lines).encode()
