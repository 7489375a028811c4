"""WebVTT with a time for each word, so that players can highlight the spoken word."""

from collections.abc import Iterator

from mp4totext.exports import captions
from mp4totext.exports.captions import Cue
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.spoken_words import spoken_words
from mp4totext.exports.vtt import escaped
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    blocks = ["WEBVTT\n", f"NOTE {escaped(unicode.clean(options.title))}\n"]
    for number, cue in enumerate(captions.of(transcript, options), 1):
        times = f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}"
        blocks.append(f"{number}\n{times}\n{_payload(cue, speakers=options.speakers)}\n")
    return "\n".join(blocks).encode()


def _payload(cue: Cue, *, speakers: bool) -> str:
    at_ms = cue.start_ms
    lines = []
    for line in cue.words:
        text = ""
        for piece in spoken_words(line):
            space = " " if text and piece.spaced else ""
            # WebVTT requires ascending times inside a cue, between its start and end.
            if at_ms < piece.start_ms < cue.end_ms:
                at_ms = piece.start_ms
                text += f"<{clock(at_ms)}>"
            text += f"<c>{space}{escaped(piece.text)}</c>"
        lines.append(text)
    below = [escaped(unicode.directed(line)) for line in cue.lines[len(cue.words) :]]
    payload = escaped(cue.mark) + "\n".join([*_directed(lines, cue), *below])
    return f"<v {escaped(cue.label)}>{payload}</v>" if speakers and cue.label else payload


def _directed(lines: list[str], cue: Cue) -> Iterator[str]:
    for line, pieces in zip(lines, cue.words, strict=True):
        rtl = unicode.is_right_to_left("".join(piece.text for piece in pieces))
        mark = unicode.RIGHT_TO_LEFT_MARK if rtl else ""
        yield f"{mark}{line}{mark}"
