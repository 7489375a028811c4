"""Markdown for Obsidian: properties, links for people, and times that open the recording."""

import json
import re

from mp4totext.exports import markdown
from mp4totext.exports.filenames import without_media_extension
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.exports.reading import Reading, reading
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

_NOT_IN_LINKS = re.compile(r"[\[\]|#^\\/:]")  # characters not allowed in names of notes
_MORE_MARKUP = re.compile(r"([#=%$^])")  # tags, highlights, comments, formulas, block ids


def render(transcript: Transcript, options: ExportOptions) -> bytes:
    document = reading(transcript, options)
    parts = [
        _properties(transcript, options),
        f"# {_escaped(document.title)}",
        *map(_more_escaped, markdown.sections(document.sections)),
        f"## {document.heading}" if document.heading else "",
        *(_spoken(paragraph, document, options) for paragraph in document.paragraphs),
    ]
    if document.notes:
        parts.append(
            "\n".join(
                [f"> [!warning] {worded('Notes')}", *(f"> {note}" for note in document.notes)]
            )
        )
    return ("\n\n".join(filter(None, parts)) + "\n").encode()


def _properties(transcript: Transcript, options: ExportOptions) -> str:
    """The properties as YAML, in which JSON strings are strings."""
    lines = ["---", f"title: {_string(options.title)}"]
    if options.made_at:
        lines.append(f"date: {options.made_at.date().isoformat()}")
    lines.append(f"duration: {_string(short_clock(transcript.duration_ms, hours=True))}")
    if transcript.language:
        lines.append(f"language: {_string(transcript.language)}")
    if options.speakers and transcript.speakers:
        lines.append("speakers:")
        lines += [
            f"  - {_string(_link(speaker.label) if speaker.name else speaker.label)}"
            for speaker in transcript.speakers
        ]
    return "\n".join([*lines, "tags:", "  - transcript", "---"])


def _string(text: str) -> str:
    return json.dumps(unicode.clean(text), ensure_ascii=False)


def _link(name: str) -> str:
    plain = " ".join(_NOT_IN_LINKS.sub(" ", unicode.clean(name)).split())
    return f"[[{plain}]]" if plain else name


def _spoken(paragraph: Paragraph, document: Reading, options: ExportOptions) -> str:
    time = short_clock(paragraph.start_ms, hours=document.hours)
    if without_media_extension(document.title) != document.title:  # a file of that name
        target = _NOT_IN_LINKS.sub(" ", document.title)
        time = f"[[{target}#t={paragraph.start_ms // 1000}|{time}]]"
    parts = [
        time if options.timestamps else "",
        f"**{_escaped(paragraph.label)}:**" if options.speakers and paragraph.label else "",
        _escaped(paragraph.text),
    ]
    return " ".join(filter(None, parts))


def _escaped(text: str) -> str:
    return _more_escaped(markdown.escaped(text))


def _more_escaped(text: str) -> str:
    """Escape Obsidian's own markup in generated Markdown, except for the marks of headings."""
    marks, space, content = text.partition(" ") if text.startswith("#") else ("", "", text)

    def with_backslash(match: re.Match[str]) -> str:
        before = match.start() - 1
        is_escaped = before >= 0 and match.string[before] == "\\"
        return match.group(1) if is_escaped else f"\\{match.group(1)}"

    return f"{marks}{space}{_MORE_MARKUP.sub(with_backslash, content)}"
