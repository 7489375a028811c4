"""TTML captions (W3C TTML 1, the subset of IMSC 1 Text)."""

from xml.sax.saxutils import escape, quoteattr

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"
    ttp:timeBase="media" xml:lang={language}>
  <head>
    <metadata>
      <ttm:title>{title}</ttm:title>
{agents}    </metadata>
    <styling>
      <style xml:id="text" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%"
        tts:color="white" tts:backgroundColor="black" tts:textAlign="center"/>
    </styling>
    <layout>
      <region xml:id="bottom" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"/>
    </layout>
  </head>
  <body style="text" region="bottom">
    <div>
"""
_TAIL = "    </div>\n  </body>\n</tt>\n"


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    cues = captions.of(transcript, options)
    agents: dict[str, str] = {}  # speaker id -> xml:id, which must be a name
    if options.speakers:
        for cue in cues:
            if cue.speaker is not None and cue.label:
                agents.setdefault(cue.speaker, f"speaker{len(agents) + 1}")
    names = {cue.speaker: cue.label for cue in cues if cue.label}
    head = _HEAD.format(
        language=quoteattr(unicode.clean(transcript.language or "und")),
        title=escape(unicode.clean(options.title)),
        agents="".join(
            f'      <ttm:agent xml:id="{agent}" type="person"><ttm:name type="full">'
            f"{escape(names[speaker] or '')}</ttm:name></ttm:agent>\n"
            for speaker, agent in agents.items()
        ),
    )
    body = "".join(_paragraph(cue, agents) for cue in cues)
    return (head + body + _TAIL).encode()


def _paragraph(cue: Cue, agents: dict[str, str]) -> str:
    attributes = f'begin="{clock(cue.start_ms)}" end="{clock(cue.end_ms)}"'
    if cue.speaker in agents:
        attributes += f' ttm:agent="{agents[cue.speaker]}"'
    if unicode.is_right_to_left("".join(cue.lines)):
        attributes += ' tts:direction="rtl"'
    lines = "<br/>".join(escape(line) for line in cue.lines)
    return f"      <p {attributes}>{lines}</p>\n"
