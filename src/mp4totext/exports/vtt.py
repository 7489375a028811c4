"""WebVTT captions (W3C), with a voice tag that names the speaker."""

from collections.abc import Callable

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    return file_of(transcript, options, _text)


def file_of(transcript: Transcript, options: ExportOptions, text_of: Callable[[Cue], str]) -> bytes:
    """``text_of``: the text of a cue, escaped."""
    blocks = ["WEBVTT\n", f"NOTE {escaped(unicode.clean(options.title))}\n"]
    for number, cue in enumerate(captions.of(transcript, options), 1):
        times = f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}"
        text = text_of(cue)
        if options.speakers and cue.label:
            text = f"<v {escaped(cue.label)}>{text}</v>"
        blocks.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(blocks).encode()


def _text(cue: Cue) -> str:
    return "\n".join(escaped(unicode.directed(line)) for line in cue.lines)


def escaped(text: str) -> str:
    # With every ">" written as a reference, "-->" cannot appear.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
