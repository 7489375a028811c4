"""The content of an export for reading: heading, findings and texts, transcript, notes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from mp4totext.exports import blocks, paragraphs
from mp4totext.exports.blocks import Block
from mp4totext.exports.findings import Chapter, Entity, Findings, Highlight, Sentiment, Text
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.paragraphs import Paragraph
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.messages import worded
from mp4totext.transcript import Transcript

_CITED = re.compile(r"\[(s\d{1,9})[^\[\]\n]{0,400}\]")  # "[s3]", "[s3, s4]", "[s3-s9]"
_TIMES_SHOWN = 5  # of a highlight or a name; the JSON has all
_SECTION, _PART = 2, 3  # levels of headings; the title is the first
_FIRST = ("summary", "action_items", "key_phrases")  # texts that readers look for first


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    title: str
    facts: tuple[tuple[str, str], ...]  # name and value
    sections: tuple[Block, ...]
    paragraphs: tuple[Paragraph, ...]
    notes: tuple[str, ...]
    hours: bool  # times have them
    language: str | None

    @property
    def heading(self) -> str | None:
        """The heading above the transcript, if other sections come before it."""
        return worded("Transcript") if self.sections and self.paragraphs else None


def reading(transcript: Transcript, options: ExportOptions) -> Reading:
    """The content of a document, or only the text ``options.only``."""
    hours = paragraphs.needs_hours(transcript)
    clocks = {s.id: short_clock(s.start_ms, hours=hours) for s in transcript.segments}
    if options.only is not None:
        text = options.only
        return Reading(
            title=unicode.clean(options.title),
            facts=tuple(_text_facts(text)),
            sections=tuple(_body(text, clocks, below=1)),
            paragraphs=(),
            notes=(),
            hours=hours,
            language=text.language,
        )
    findings = options.findings if options.show_findings else Findings()
    return Reading(
        title=unicode.clean(options.title),
        facts=tuple(
            paragraphs.facts(transcript, speakers=options.speakers, made_at=options.made_at)
        ),
        sections=tuple(_sections(findings, clocks, hours=hours)),
        paragraphs=tuple(paragraphs.paragraphs(transcript)),
        notes=tuple(paragraphs.notes(transcript)),
        hours=hours,
        language=transcript.language,
    )


def _text_facts(text: Text) -> Iterator[tuple[str, str]]:
    yield worded("Text"), worded(text.title)
    if text.created_at:
        yield worded("Date"), text.created_at.date().isoformat()
    if text.language:
        yield worded("Language"), unicode.clean(text.language)
    writer = " ".join(filter(None, (text.provider, text.model))) or worded("this machine")
    yield worded("Written by"), writer


def _sections(findings: Findings, clocks: Mapping[str, str], *, hours: bool) -> Iterator[Block]:
    """The sections for findings and texts.

    Translations are left out, as they replace the transcript. Chapters that were written as a text
    are among the chapters.
    """
    texts = [text for text in findings.texts if not text.lines and text.kind != "chapters"]
    order = {kind: place for place, kind in enumerate(_FIRST)}
    for text in sorted(texts, key=lambda text: order.get(text.kind, len(order))):
        yield blocks.heading(worded(text.title), _SECTION)
        yield from _body(text, clocks, below=_SECTION)
    if findings.chapters:
        yield blocks.heading(worded("Chapters"), _SECTION)
        for chapter in findings.chapters:
            yield from _chapter(chapter, hours=hours)
    if findings.highlights:
        yield blocks.heading(worded("Highlights"), _SECTION)
        yield from (_highlight(highlight, hours=hours) for highlight in findings.highlights)
    if findings.entities:
        yield blocks.heading(worded("Names and figures"), _SECTION)
        yield from _entities(findings.entities, hours=hours)
    if findings.sentiments:
        yield blocks.heading(worded("Sentiment"), _SECTION)
        yield from _sentiments(findings.sentiments)


def _body(text: Text, clocks: Mapping[str, str], *, below: int) -> list[Block]:
    """The text's Markdown, with times in place of cited segment ids."""

    def time(cited: re.Match[str]) -> str:
        clock = clocks.get(cited.group(1))
        return f"({clock})" if clock else ""

    from mp4totext.exports.markdown_blocks import parsed  # noqa: PLC0415  # few have texts

    return parsed(_CITED.sub(time, text.body), below=below)


def _chapter(chapter: Chapter, *, hours: bool) -> Iterator[Block]:
    time = short_clock(chapter.start_ms, hours=hours)
    yield blocks.heading(f"{time} {chapter.headline}", _PART)
    if unicode.clean(chapter.summary):
        yield blocks.paragraph(chapter.summary)


def _highlight(highlight: Highlight, *, hours: bool) -> Block:
    starts = (mention.start_ms for mention in highlight.mentions)
    return blocks.item(f"{highlight.text} ({_times(starts, hours=hours)})")


def _entities(entities: Iterable[Entity], *, hours: bool) -> Iterator[Block]:
    """One item for each type of entity, with each name once."""
    for kind, group in groupby(sorted(entities, key=lambda e: e.type), key=lambda e: e.type):
        starts: dict[str, list[int]] = {}
        for entity in group:
            starts.setdefault(unicode.clean(entity.text), []).append(entity.start_ms)
        names = [f"{name} ({_times(times, hours=hours)})" for name, times in starts.items()]
        shown = worded(kind.replace("_", " ").capitalize())
        yield blocks.item(f"{shown}: {', '.join(names)}")


def _times(starts_ms: Iterable[int], *, hours: bool) -> str:
    clocks = [short_clock(start, hours=hours) for start in starts_ms]
    more = ["…"] if len(clocks) > _TIMES_SHOWN else []
    return ", ".join([*clocks[:_TIMES_SHOWN], *more])


def _sentiments(sentiments: Iterable[Sentiment]) -> Iterator[Block]:
    counts: dict[str, int] = {}
    for sentence in sentiments:
        counts[sentence.sentiment] = counts.get(sentence.sentiment, 0) + 1
    for label, count in sorted(counts.items(), key=lambda item: -item[1]):
        counted = worded("{count} sentences") if count > 1 else worded("{count} sentence")
        yield blocks.item(f"{worded(label.capitalize())}: {counted.format(count=count)}")
