"""LRC: the line-by-line lyrics that music players show."""

from dataclasses import replace

from mp4totext.exports import captions
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    # A bracket would end a tag, or begin one.
    lines = [f"[ti:{_plain(unicode.clean(options.title))}]"]
    preset = replace(options.preset, max_lines=1)
    for cue in captions.of(transcript, replace(options, preset=preset)):
        minutes, rest_ms = divmod(cue.start_ms // 10 * 10, 60_000)
        time = f"{minutes:02}:{rest_ms // 1000:02}.{rest_ms % 1000 // 10:02}"
        lines.append(f"[{time}]{_plain(' / '.join(cue.lines))}")
    return ("\n".join(lines) + "\n").encode()


def _plain(text: str) -> str:
    return unicode.directed(text.replace("[", "(").replace("]", ")"))
