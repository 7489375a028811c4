"""CSV (RFC 4180): one row for each segment, with cells that spreadsheets do not execute."""

import csv
import io
import unicodedata

from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript

_COLUMNS = ("id", "start_ms", "end_ms", "start", "end", "speaker", "text", "confidence")
# Spreadsheets run a cell that begins so as a formula (OWASP, "CSV Injection"); an apostrophe makes
# it text. Full-width forms count too, because Excel treats them the same way.
_FORMULA = frozenset("=+-@＝＋－＠")


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for segment in transcript.segments:
        label = transcript.speaker_label(segment.speaker) if options.speakers else None
        writer.writerow(
            (
                _inert(segment.id),
                segment.start_ms,
                segment.end_ms,
                clock(segment.start_ms),
                clock(segment.end_ms),
                _inert(label or ""),
                _inert(segment.text),
                "" if segment.confidence is None else f"{segment.confidence:.3f}",
            )
        )
    return file.getvalue().encode("utf-8-sig" if options.bom else "utf-8")


def _inert(text: str) -> str:
    cell = unicode.clean(text)
    # A zero-width character in front does not stop every spreadsheet.
    visible = next((c for c in cell if unicodedata.category(c) != "Cf"), "")
    return f"'{cell}" if visible in _FORMULA else cell
