"""``mp4totext ask``: transcribes recordings and prints answers from them."""

from pathlib import Path
from typing import Any

import click

from mp4totext.commands.delivery import with_times
from mp4totext.commands.inputs import Input, expanded
from mp4totext.commands.messages import note, print_json, printable, shown
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
from mp4totext.local_run.recordings import Result
from mp4totext.local_run.service import local_service
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.options import TextOrder


def ask(
    question: str,
    files: tuple[str, ...],
    quiet: bool,  # noqa: FBT001  click passes names
    as_json: bool,  # noqa: FBT001
    **given: Any,  # the options of cli.transcribe.speech_options and text_options
) -> None:
    quiet_logs()
    language = given.pop("text_language")
    options: dict[str, Any] = {"questions": [question]}
    order = TextOrder(
        kind="questions",
        provider=given.pop("text_provider"),
        model=given.pop("text_model"),
        options=options if language is None else {**options, "language": language},
    )
    run_options = RunOptions(options=options_of(given, (order,)), as_json=as_json, quiet=quiet)
    settings = Settings()
    refuse_impossible(run_options.options, settings)
    exit_when_terminated()
    inputs = expanded(files)
    with local_service(settings) as runtime:
        failures = []
        for item in inputs:

            def finish(
                result: Result, transcript: Transcript, _source: Path | None, item: Input = item
            ) -> None:
                _print(item, result, transcript, named=len(inputs) > 1, as_json=as_json)

            failures.append(transcribe_one(runtime, item, run_options, finish))
        if not (quiet or as_json):
            summarise(inputs, failures)
    click.get_current_context().exit(exit_code(failures))


def _print(
    item: Input, result: Result, transcript: Transcript, *, named: bool, as_json: bool
) -> None:
    name = printable(item.argument)
    answer = result.texts[0] if result.texts else None
    if as_json:
        data = None if answer is None else answer.data
        print_json({"file": name, "ok": True, "answers": (data or {}).get("answers", [])})
        return
    if named:
        click.secho(f"{shown(item.argument)}:\n", bold=True)
    if answer is not None and answer.body:
        body = with_times(answer.body.strip(), transcript)
        click.echo(body + ("\n" if named else ""))
    else:
        reason = answer.error if answer is not None and answer.error else "it has no speech."
        note(f"note: No answer from {shown(item.argument)}: {reason}", warning=True)
