"""Markers in Premiere Pro's format: tab-separated fields, times in frames."""

from mp4totext.exports.cut_list import cut_list
from mp4totext.exports.options import ExportOptions
from mp4totext.transcript import Transcript

_COLUMNS = ("Marker Name", "Description", "In", "Out", "Duration", "Marker Type")
_FORMULA = ("=", "+", "-", "@")


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    rate, rows = options.fps, ["\t".join(_COLUMNS)]
    for marker in cut_list(transcript, options).markers:
        times = (marker.frame, marker.frame + marker.frames, marker.frames)
        cells = [marker.name, marker.note, *map(rate.timecode, times), "Comment"]
        rows.append("\t".join(map(_inert, cells)))
    return ("\r\n".join(rows) + "\r\n").encode("utf-8-sig")


def _inert(cell: str) -> str:
    """A cell that a spreadsheet does not execute, without quotes, which would join cells."""
    plain = cell.replace('"', "”")
    return f"'{plain}" if plain.lstrip("\u2060\u200b").startswith(_FORMULA) else plain
