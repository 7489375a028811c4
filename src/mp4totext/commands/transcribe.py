"""``mp4totext transcribe``: prints transcripts and writes caption files."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mp4totext.commands import export_files
from mp4totext.commands.delivery import Output, TranscriptPrinter, deliver
from mp4totext.commands.failures import Failure
from mp4totext.commands.inputs import Input, expanded, sample_file
from mp4totext.commands.messages import BAD_INPUT
from mp4totext.commands.output import quiet_logs
from mp4totext.commands.recordings import (
    RunOptions,
    exit_code,
    exit_when_terminated,
    options_of,
    refuse_impossible,
    summarise,
    transcribe_one,
)
from mp4totext.kit.memory import limit_arenas
from mp4totext.local_run.recordings import Result
from mp4totext.local_run.service import LocalRuntime, local_service
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.options import TextOrder


def transcribe(
    files: tuple[str, ...],
    output: str | None,
    formats: tuple[str, ...],
    overwrite: bool,  # noqa: FBT001  click passes names
    sample: bool,  # noqa: FBT001
    watch_folder: Path | None,
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **given: Any,  # the options of cli.transcribe.speech_options and text_options
) -> None:
    quiet_logs()
    limit_arenas()
    inputs = expanded((*files, *([str(sample_file())] if sample else [])))
    several = len(inputs) > 1 or watch_folder is not None
    target = export_files.parse_target(output, formats, several=several)
    recordings = [item.path for item in inputs]
    export_files.refuse_unwritable(target, recordings)
    of_chapters = export_files.ALL not in formats and any(f.of_chapters for f in target.formats)
    target = replace(target, skips_missing_chapters=len(target.formats) > 1)  # writes the others
    run_options = RunOptions(
        options=options_of(given, _texts(given, of_chapters=of_chapters)),
        as_json=as_json,
        quiet=quiet,
    )
    settings = Settings()
    refuse_impossible(run_options.options, settings)  # before the first file
    exit_when_terminated()
    writer = export_files.Files(target, overwrite=overwrite, recordings=recordings)
    out = Output(target=target, files=writer, as_json=as_json, quiet=quiet, named=several)
    with local_service(settings) as runtime:
        failures = []
        for item in inputs:
            failures.append(_transcribe_one(runtime, item, run_options, out))
        if not (quiet or as_json):
            summarise(inputs, failures)
        if watch_folder is not None:
            _watch(runtime, watch_folder, run_options, out)
    click.get_current_context().exit(exit_code(failures))


def _transcribe_one(
    runtime: LocalRuntime, item: Input, run_options: RunOptions, out: Output
) -> Failure | None:
    """In a terminal, words are printed as they come, unless speakers must be found in all of them.

    Other output never gets a text twice: a correction at the end prints the whole again.
    """
    printer = TranscriptPrinter(item, out)

    def show(result: Result, transcript: Transcript) -> None:
        printer.finish(result.title, transcript)

    def finish(result: Result, transcript: Transcript, source: Path | None) -> None:
        deliver(item, result, transcript, out, source=source, printer=printer)

    if out.as_json or out.target.stdout:
        return transcribe_one(runtime, item, run_options, finish)
    words = printer.add if sys.stdout.isatty() and not run_options.options.diarize else None
    return transcribe_one(runtime, item, run_options, finish, show_early=show, show_words=words)


def _texts(given: dict[str, Any], *, of_chapters: bool) -> tuple[TextOrder, ...]:
    """The texts to write. ``of_chapters``: a requested format consists of chapters."""
    provider, model = given.pop("text_provider"), given.pop("text_model")
    language, prompt = given.pop("text_language"), given.pop("prompt")
    orders = []
    kinds = given.pop("texts")
    if of_chapters and "chapters" not in kinds and "auto_chapters" not in (given["features"] or ()):
        kinds = (*kinds, "chapters")
    for kind in kinds:
        options: dict[str, Any] = {}
        if language is not None:
            options["target" if kind == "translate" else "language"] = language
        if kind == "custom":
            options["prompt"] = prompt
        orders.append(TextOrder(kind=kind, provider=provider, model=model, options=options))
    return tuple(orders)


def _watch(runtime: LocalRuntime, folder: Path, run_options: RunOptions, out: Output) -> None:
    """Transcribe new recordings of a folder until the command is stopped."""
    from mp4totext.commands import watch  # noqa: PLC0415  # with what looks for open files

    def process(path: Path, watched: watch.Delivery) -> watch.Outcome:
        item = Input(argument=str(path))
        printer = TranscriptPrinter(item, out)

        # Otherwise it was renamed, changed or deleted, and the next scan finds it.
        def show(result: Result, transcript: Transcript) -> None:
            if watched.is_current:
                printer.finish(result.title, transcript)

        def finish(result: Result, transcript: Transcript, source: Path | None) -> None:
            if watched.is_current:
                deliver(
                    item, result, transcript, out, source=source, printer=printer, watched=watched
                )

        early = None if out.as_json or out.target.stdout else show
        failure = transcribe_one(runtime, item, run_options, finish, show_early=early)
        if not watched.is_current:
            return watch.Outcome.GONE
        if failure is None:
            return watch.Outcome.DONE
        unusable = failure.exit_code == BAD_INPUT
        return watch.Outcome.UNUSABLE if unusable else watch.Outcome.LATER

    watch.follow(folder, process)
