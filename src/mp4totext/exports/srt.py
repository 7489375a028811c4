"""SubRip captions. Lines end in LF, which all players and tools accept."""

import re

from mp4totext.exports import captions
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript

# SubRip has no escapes. A line that looks like a time line, a tag or a style override gets
# look-alike characters, because players would swallow it.
_TAG = re.compile(r"<(?=[/a-zA-Z])")


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    cues = captions.of(transcript, options)
    blocks = [
        f"{number}\n{clock(cue.start_ms, separator=',')} --> {clock(cue.end_ms, separator=',')}\n"
        + "".join(f"{unicode.directed(_without_markup(line))}\n" for line in cue.lines)
        for number, cue in enumerate(cues, 1)
    ]
    return "\n".join(blocks).encode()


def _without_markup(line: str) -> str:
    return _TAG.sub("‹", line.replace("-->", "→").replace("{\\", "(\\"))
