"""Lists of chapters: WebVTT, YouTube descriptions, Podlove's XML, the podcast namespace's JSON."""

import json
from xml.sax.saxutils import quoteattr

from mp4totext.exports.findings import Chapter
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.vtt import escaped
from mp4totext.kit import unicode
from mp4totext.kit.timecode import clock, short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

_SHORTEST_YOUTUBE_MS = 10_000  # YouTube shows no chapters at all if one is shorter


def vtt(transcript: Transcript, options: ExportOptions) -> bytes:  # noqa: ARG001
    """The file for ``<track kind="chapters">``."""
    blocks = ["WEBVTT\n"]
    for number, chapter in enumerate(options.findings.chapters, 1):
        times = f"{clock(chapter.start_ms)} --> {clock(_end_ms(chapter))}"
        blocks.append(f"{number}\n{times}\n{escaped(_title(chapter, number))}\n")
    return "\n".join(blocks).encode()


def youtube(transcript: Transcript, options: ExportOptions) -> bytes:
    """Chapters for a YouTube description.

    YouTube requires the first at 0:00 and ten seconds for each, so shorter ones are left out.
    """
    hours = transcript.duration_ms >= 3_600_000
    lines: list[str] = []
    before_ms = 0
    for number, chapter in enumerate(options.findings.chapters, 1):
        start_ms = chapter.start_ms if lines else 0
        after_ms = transcript.duration_ms - start_ms
        if lines and min(start_ms - before_ms, after_ms) < _SHORTEST_YOUTUBE_MS:
            continue
        before_ms = start_ms
        # YouTube rejects angle brackets.
        title = _title(chapter, number).replace("<", "‹").replace(">", "›")
        lines.append(f"{short_clock(start_ms, hours=hours)} {title}\n")
    return "".join(lines).encode()


def podlove(transcript: Transcript, options: ExportOptions) -> bytes:  # noqa: ARG001
    """Podlove Simple Chapters 1.2, for feeds and players of podcasts."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<psc:chapters version="1.2" xmlns:psc="http://podlove.org/simple-chapters">',
    ]
    for number, chapter in enumerate(options.findings.chapters, 1):
        title = quoteattr(_title(chapter, number))
        lines.append(f'  <psc:chapter start="{clock(chapter.start_ms)}" title={title}/>')
    return "\n".join([*lines, "</psc:chapters>", ""]).encode()


def podcast(transcript: Transcript, options: ExportOptions) -> bytes:  # noqa: ARG001
    """JSON chapters 1.2 of the podcast namespace; times in seconds."""
    chapters = [
        {
            "startTime": chapter.start_ms / 1000,
            "endTime": chapter.end_ms / 1000,
            "title": _title(chapter, number),
        }
        for number, chapter in enumerate(options.findings.chapters, 1)
    ]
    document = {
        "version": "1.2.0",
        "title": unicode.clean(options.title),
        "chapters": chapters,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _title(chapter: Chapter, number: int) -> str:
    return unicode.clean(chapter.title) or worded("Chapter {number}").format(number=number)


def _end_ms(chapter: Chapter) -> int:
    return max(chapter.end_ms, chapter.start_ms + 1)
