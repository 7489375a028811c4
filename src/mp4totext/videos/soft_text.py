"""The text tracks of a video file: captions, title and chapters."""

import re
from itertools import pairwise

from mp4totext.exports import srt
from mp4totext.exports.findings import Text
from mp4totext.exports.options import ExportOptions
from mp4totext.kit import unicode
from mp4totext.transcript import Transcript
from mp4totext.videos import translations
from mp4totext.videos.planning import shifted
from mp4totext.videos.storyboard import Storyboard

_SPECIAL = re.compile(r"[=;#\\\n]")  # characters to escape in FFmpeg's metadata files


def captions(
    spoken: Transcript, translation: Text | None = None, *, late_ms: int = 0
) -> str | None:
    """SubRip by the caption rules, also with characters that no font has; None: no speech.

    ``translation``: shown below the original. ``late_ms``: length of the intro.
    """
    if not spoken.segments:
        return None
    if translation is not None:
        translation = translations.shifted(translation, late_ms)
    options = ExportOptions(speakers=False, translation=translation)
    return srt.render(shifted(spoken, late_ms), options).decode()


def file_facts(title: str, board: Storyboard, *, late_ms: int = 0, outro_ms: int = 0) -> str:
    """A metadata file for FFmpeg. The first chapter begins with the video, also with an intro."""
    lines = [";FFMETADATA1", f"title={_escaped(title)}"]
    starts = [chapter.at_ms - board.from_ms + late_ms for chapter in board.chapters]
    borders = [0, *starts[1:], late_ms + board.length_ms + outro_ms]
    for chapter, (start_ms, end_ms) in zip(board.chapters, pairwise(borders), strict=False):
        lines += [
            "[CHAPTER]",
            "TIMEBASE=1/1000",
            f"START={start_ms}",
            f"END={end_ms}",
            f"title={_escaped(chapter.title)}",
        ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", unicode.clean(text))
