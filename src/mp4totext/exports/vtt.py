"""WebVTT captions (W3C), with a voice tag that names the speaker."""

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    cues = captions.of(transcript, options)
    blocks = ["WEBVTT\n", f"NOTE {escaped(unicode.clean(options.title))}\n"]
    for number, cue in enumerate(cues, 1):
        times = f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}"
        blocks.append(f"{number}\n{times}\n{_payload(cue, speakers=options.speakers)}\n")
    return "\n".join(blocks).encode()


def _payload(cue: Cue, *, speakers: bool) -> str:
    text = "\n".join(escaped(unicode.directed(line)) for line in cue.lines)
    if not speakers or cue.label is None:
        return text
    return f"<v {escaped(cue.label)}>{text}</v>"


def escaped(text: str) -> str:
    # With every ">" written as a reference, "-->" cannot appear.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
