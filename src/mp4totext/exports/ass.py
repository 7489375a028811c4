"""Advanced SubStation Alpha captions: one style, the speaker in the name field."""

from mp4totext.exports import captions
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.ass_text import escaped
from mp4totext.kit.timecode import hundredths_clock
from mp4totext.transcript import Transcript

_HEAD = """[Script Info]
Title: {title}
ScriptType: v4.00+
PlayResX: 1920
PlayResY: 1080
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,60,&H00FFFFFF,&H000000FF,&H00000000,&H64000000,0,0,0,0,100,100,0,0,1,3,1,2,\
100,100,60,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    lines = []
    for cue in captions.of(transcript, options):
        start_ms, end_ms = cue.start_ms, max(cue.end_ms, cue.start_ms + 10)
        name = (cue.label or "").replace(",", " ") if options.speakers else ""
        text = r"\N".join(escaped(unicode.directed(line)) for line in cue.lines)
        times = f"{hundredths_clock(start_ms)},{hundredths_clock(end_ms)}"
        lines.append(f"Dialogue: 0,{times},Default,{name},0,0,0,,{text}\n")
    head = _HEAD.format(title=unicode.clean(options.title))
    return (head + "".join(lines)).encode()
