"""WebVTT with a time for each word, so that players can highlight the spoken word."""

from collections.abc import Iterator

from mp4totext.exports.captions import Cue
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.spoken_words import spoken_words
from mp4totext.exports.vtt import escaped, file_of
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    return file_of(transcript, options, _text)


def _text(cue: Cue) -> str:
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
    return escaped(cue.mark) + "\n".join([*_directed(lines, cue), *below])


def _directed(lines: list[str], cue: Cue) -> Iterator[str]:
    for line, pieces in zip(lines, cue.words, strict=True):
        rtl = unicode.is_right_to_left("".join(piece.text for piece in pieces))
        mark = unicode.RIGHT_TO_LEFT_MARK if rtl else ""
        yield f"{mark}{line}{mark}"
