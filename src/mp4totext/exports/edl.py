"""CMX 3600 edit decision lists: a cut for each paragraph, or markers for DaVinci Resolve."""

from mp4totext.exports.cut_list import Clip, cut_list
from mp4totext.exports.frames import FrameRate
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript

_LONGEST_LINE = 200  # columns; some programs cut or refuse longer ones


def cuts(transcript: Transcript, options: ExportOptions) -> bytes:
    timeline, rate = cut_list(transcript, options), options.fps
    lines, at = _head(timeline.title, rate), 0
    for number, clip in enumerate(timeline.clips, 1):
        lines += [
            _event(number, rate, clip.start, at, clip.frames),
            f"* FROM CLIP NAME: {_line(timeline.file)}",
            f"* COMMENT: {_line(_spoken(clip))}",
            "",
        ]
        at += clip.frames
    return ("\n".join(lines).rstrip("\n") + "\n").encode()


def markers(transcript: Transcript, options: ExportOptions) -> bytes:
    """As Resolve exports and imports the markers of a timeline."""
    timeline, rate = cut_list(transcript, options), options.fps
    lines = _head(timeline.title, rate)
    for number, marker in enumerate(timeline.markers, 1):
        # Bars divide the fields of the comment.
        name = _line(marker.name).replace("|", "/")
        note = f" |N:{_line(marker.note).replace('|', '/')}" if marker.note else ""
        lines += [
            _event(number, rate, marker.frame, marker.frame, 1),
            f" |C:ResolveColorBlue |M:{name} |D:{marker.frames}{note}",
            "",
        ]
    return ("\n".join(lines).rstrip("\n") + "\n").encode()


def _head(title: str, rate: FrameRate) -> list[str]:
    mode = "DROP FRAME" if rate.drops else "NON-DROP FRAME"
    return [f"TITLE: {_line(title)}", f"FCM: {mode}", ""]


def _event(number: int, rate: FrameRate, source: int, record: int, frames: int) -> str:
    times = " ".join(map(rate.timecode, (source, source + frames, record, record + frames)))
    return f"{number:03}  AX       V     C        {times}"


def _spoken(clip: Clip) -> str:
    return f"{clip.speaker}: {clip.text}" if clip.speaker else clip.text


def _line(text: str) -> str:
    return unicode.shortened(text, _LONGEST_LINE)
