"""Transcribes the recordings of a command one after the other, and determines its exit code."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from mp4totext.commands.failures import Failure, explained, of_job
from mp4totext.commands.inputs import Input, NoFile, opened
from mp4totext.commands.messages import BAD_INPUT, FAILED, note, print_failure, shown
from mp4totext.commands.output import is_debug
from mp4totext.commands.progress import JobProgress
from mp4totext.credits.prices import defaults
from mp4totext.exports import json_file
from mp4totext.kit.errors import AppError
from mp4totext.local_run.recordings import (
    OnTranscript,
    OnWords,
    Result,
    transcribe_file,
    transcribe_url,
)
from mp4totext.local_run.service import LocalRuntime
from mp4totext.media.errors import NotMedia
from mp4totext.operations import TRANSCRIBE
from mp4totext.providers.errors import ProviderError
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.options import (
    Features,
    SpeechUnderstanding,
    TextOrder,
    TranscriptionOptions,
)

TERMINATED = 128 + signal.SIGTERM

Deliver = Callable[[Result, Transcript, Path | None], None]
"""Gets a result, its transcript and where the recording lies; None: nowhere on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a command that transcribes: for the transcription and for its output."""

    options: TranscriptionOptions
    as_json: bool
    quiet: bool


def options_of(given: dict[str, Any], texts: tuple[TextOrder, ...]) -> TranscriptionOptions:
    """The options of a transcription. Raises pydantic's ValidationError."""
    understanding = SpeechUnderstanding(**dict.fromkeys(given.pop("features") or (), True))
    return TranscriptionOptions(
        translate_to_english=given.pop("translate"),
        features=Features(speech_understanding=understanding),
        texts=texts,
        **given,
    )


def refuse_impossible(options: TranscriptionOptions, settings: Settings) -> None:
    """Raises AppError for options that no engine or text provider supports."""
    TRANSCRIBE.plan(options, settings, defaults(), duration_ms=None)


def exit_when_terminated() -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)  # an exception, so that every `finally` runs

    signal.signal(signal.SIGTERM, end)


def exit_code(failures: Sequence[Failure | None]) -> int:
    """The exit code of a command: 0 without failures, their code if all are equal, otherwise 1."""
    codes = {failure.exit_code for failure in failures if failure is not None}
    return codes.pop() if len(codes) == 1 else FAILED if codes else 0


def summarise(inputs: Sequence[Input], failures: Sequence[Failure | None]) -> None:
    """Print how many of several recordings succeeded, and name the others again.

    Their errors may stand pages above, between the texts.
    """
    if len(inputs) < 2:
        return
    failed = [(item, each) for item, each in zip(inputs, failures, strict=True) if each is not None]
    done = len(inputs) - len(failed)
    note(f"{done} of {len(inputs)} recordings done" + (", these failed:" if failed else "."))
    for item, failure in failed:
        note(f"  {shown(item.argument)}: {failure.message}")


def transcribe_one(
    runtime: LocalRuntime,
    item: Input,
    run_options: RunOptions,
    deliver: Deliver,
    show_early: OnTranscript | None = None,
    show_words: OnWords | None = None,
) -> Failure | None:
    """Transcribe a recording and deliver its result.

    ``show_words`` prints what is transcribed so far, ``show_early`` the transcript before its
    texts are written. A failure is printed and returned, so that the command continues with the
    next recording.
    """
    try:
        with JobProgress(item.name, shown=not run_options.quiet) as progress:
            result, source = _transcribed(
                runtime,
                item,
                run_options.options,
                progress,
                show_early and progress.paused(show_early),
                show_words and progress.paused(show_words),
            )
        if result.transcript is not None:
            deliver(result, result.transcript, source)
            return None
        failure = of_job(result.error_code, result.error_message)
    except BrokenPipeError:
        raise  # the output is closed, as after `| head`: the command ends
    except NoFile as error:
        failure = Failure(code=error.code, message=error.message, exit_code=BAD_INPUT)
    except (AppError, ProviderError, OSError) as error:
        if is_debug():
            raise
        failure = explained(error)
    if failure.code == NotMedia.code and _is_transcript(item):
        failure = replace(
            failure,
            message="This is a transcript, not a recording. `mp4totext export` converts it to "
            "other formats; every other command takes the recording itself.",
        )
    print_failure(
        item.argument, code=failure.code, message=failure.message, as_json=run_options.as_json
    )
    return failure


def _transcribed(
    runtime: LocalRuntime,
    item: Input,
    options: TranscriptionOptions,
    progress: JobProgress,
    on_transcript: OnTranscript | None,
    on_words: OnWords | None,
) -> tuple[Result, Path | None]:
    """The result, and where the recording lies."""
    reports: dict[str, Any] = {
        "on_progress": progress.show,
        "on_transcript": on_transcript,
        "on_words": on_words,
    }
    if item.is_url:
        progress.say("downloading it")
        return transcribe_url(runtime, item.argument, options, **reports), None
    path, source = opened(runtime, item.argument)
    return transcribe_file(runtime, path, options, name=item.name, **reports), source


def _is_transcript(item: Input) -> bool:
    """Whether the input is a file in this command's own JSON format."""
    path = Path(item.argument)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return f'"{json_file.SCHEMA}"'.encode() in file.read(200)
