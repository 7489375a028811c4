"""Prints results and writes their files: text to stdout, messages to stderr."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mp4totext.commands.export_files import Files, Target, stem_of
from mp4totext.commands.inputs import Input
from mp4totext.commands.messages import note, print_json, printable, shown
from mp4totext.exports import paragraphs
from mp4totext.exports.options import ExportOptions
from mp4totext.kit.timecode import short_clock
from mp4totext.local_run.recordings import Result
from mp4totext.transcript import Transcript
from mp4totext.writing.kinds import KINDS

if TYPE_CHECKING:
    from mp4totext.commands.watch import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go and how they are printed."""

    target: Target
    files: Files
    as_json: bool
    quiet: bool
    named: bool  # print the recording's name above its text, as there are several


class TranscriptPrinter:
    """Prints the paragraphs of one recording, some while others are still being transcribed."""

    def __init__(self, item: Input, output: Output) -> None:
        self._item = item
        self._output = output
        self._printed: list[str] = []
        self._is_done = False
        self._closed: BrokenPipeError | None = None  # as after `| head`: files are still written

    def add(self, title: str, transcript: Transcript) -> None:
        """Print the paragraphs so far, but not the last one: it may continue."""
        self._print(title, _paragraphs(transcript)[:-1])

    def finish(self, title: str, transcript: Transcript) -> None:
        paragraphs = _paragraphs(transcript)
        if self._printed != paragraphs[: len(self._printed)]:
            self._printed = []
            click.echo("\nThe text has changed. The whole of it:\n")
        self._print(title, paragraphs or ["(There is no speech in this recording.)"])
        self._is_done = True

    def complete(self, title: str, transcript: Transcript) -> None:
        """Finish, unless that is done. Raises BrokenPipeError if stdout was closed."""
        if not self._is_done:
            self.finish(title, transcript)
        if self._closed is not None:
            raise self._closed

    def _print(self, title: str, paragraphs: list[str]) -> None:
        try:
            self._print_new(title, paragraphs)
        except BrokenPipeError as error:
            self._closed = error

    def _print_new(self, title: str, paragraphs: list[str]) -> None:
        if self._closed is not None:
            return
        item = self._item
        if paragraphs and not self._printed and self._output.named:
            click.secho(f"{title if item.is_url else shown(item.argument)}:\n", bold=True)
        for paragraph in paragraphs[len(self._printed) :]:
            click.echo(f"\n{paragraph}" if self._printed else paragraph)
            self._printed.append(paragraph)


def deliver(
    item: Input,
    result: Result,
    transcript: Transcript,
    output: Output,
    *,
    source: Path | None,
    printer: TranscriptPrinter,
    watched: "Delivery | None" = None,
) -> None:
    """Print the result of a recording and write its files.

    ``source``: path of the recording; None if it is not a file of the user on this machine.
    ``printer`` may have printed the transcript already.
    """
    recording = Path(_file_name(item, result))
    options = ExportOptions(title=printable(stem_of(recording)), findings=result.findings)
    if output.target.stdout:
        (_, content), *_ = output.files.rendered(transcript, options)
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        _warn(item, result, output)
        return
    written = output.files.write_all(
        transcript,
        recording=recording,
        source=source,
        options=options,
        more=_more(result, transcript),
        watched=watched,
    )
    if output.as_json:
        print_json(_facts(item, result, transcript, written))
        return
    printer.complete(result.title, transcript)
    for text in result.texts:
        if text.body:
            click.echo(f"\n{KINDS[text.kind].title}\n\n{with_times(text.body.strip(), transcript)}")
    if output.named:
        click.echo()
    _warn(item, result, output)
    if not output.quiet:
        note("Written: " + ", ".join(shown(str(path)) for path in written))


_CITATION = re.compile(r"\[(s\d+)(?:, s\d+)*\]")


def with_times(text: str, transcript: Transcript) -> str:
    """Replace citations of segments, such as [s5, s6], by times, such as [0:07]."""
    starts = {segment.id: segment.start_ms for segment in transcript.segments}
    hours = paragraphs.needs_hours(transcript)
    return _CITATION.sub(
        lambda cited: (
            f"[{short_clock(starts[cited[1]], hours=hours)}]" if cited[1] in starts else cited[0]
        ),
        text,
    )


def _file_name(item: Input, result: Result) -> str:
    """The name from which the names of the written files are derived."""
    if item.is_url:
        return result.title.replace("/", "_").replace("\\", "_") + ".media"
    return item.name if item.is_pipe else item.argument


def _more(result: Result, transcript: Transcript) -> list[tuple[str, bytes]]:
    """Files in addition to the exports, as (extension, content)."""
    more = []
    if result.understanding is not None:
        dumped = json.dumps(result.understanding, ensure_ascii=False, indent=2) + "\n"
        more.append(("understanding.json", dumped.encode()))
    more += [
        (
            f"{text.kind}.md",
            (with_times(text.body.strip(), transcript) + "\n").encode(errors="replace"),
        )
        for text in result.texts
        if text.body
    ]
    return more


def _warn(item: Input, result: Result, output: Output) -> None:
    if output.quiet:
        return
    whose = f"{shown(item.argument)}: " if output.named else ""
    for warning in dict.fromkeys(result.warnings):
        note(f"note: {whose}{warning}", warning=True)
    for text in result.texts:
        if not text.body:
            reason = text.error or "the recording has none."
            note(f"note: {whose}No {KINDS[text.kind].title.lower()}: {reason}", warning=True)


def _paragraphs(transcript: Transcript) -> list[str]:
    hours = paragraphs.needs_hours(transcript)
    return [
        f"[{short_clock(p.start_ms, hours=hours)}] {f'{p.label}: ' if p.label else ''}{p.text}"
        for p in paragraphs.paragraphs(transcript)
    ]


def _facts(
    item: Input, result: Result, transcript: Transcript, written: Sequence[Path]
) -> dict[str, Any]:
    return {
        "file": printable(item.argument),
        "ok": True,
        "engine": transcript.engine,
        "model": transcript.model,
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "words": sum(1 for _ in transcript.words),
        "text": transcript.text,
        "speakers": [speaker.label for speaker in transcript.speakers],
        "understanding": result.understanding,
        "texts": [
            {"kind": text.kind, "body": text.body, "data": text.data, "error": text.error}
            for text in result.texts
        ],
        "warnings": list(dict.fromkeys(result.warnings)),
        "written": [printable(str(path)) for path in written],
    }
