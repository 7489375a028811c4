"""``mp4totext transcribe``: prints transcripts and writes caption files."""

import json
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import files as files_of
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click

from mp4totext.commands import export_files
from mp4totext.commands.export_files import Files, Target, printable
from mp4totext.commands.failures import BAD_INPUT, FAILED, Failure, explained, of_job
from mp4totext.commands.local_run import Result, local_service, transcribe_file
from mp4totext.commands.output import is_debug, json_option, note, print_json, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.credits.prices import defaults
from mp4totext.exports import paragraphs
from mp4totext.exports.findings import understood
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit.errors import AppError, NotFound
from mp4totext.kit.timecode import short_clock
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.errors import ProviderError
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.engines import Engines
from mp4totext.transcriptions.planning import plan
from mp4totext.transcriptions.schemas import (
    Features,
    SpeechUnderstanding,
    TranscriptionOptions,
)

STDIN = "-"
SAMPLE = "two_cities.wav"
FEATURES = ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """Where results go and how they are printed."""

    target: Target
    files: Files
    as_json: bool
    quiet: bool


def _option_group(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a transcription, with the names of the API."""
    for option in reversed(
        (
            click.option(
                "--language", default="auto", help="auto, or a language: en, pt-BR, deu, German."
            ),
            click.option("--engine", default="auto", help="auto, or one of `providers list`."),
            click.option("--model", help="The engine's model."),
            click.option(
                "--quality",
                type=click.Choice(("fast", "balanced", "best")),
                help="With the bundled models: how much work a recording is worth.",
            ),
            click.option(
                "--allow-fallback",
                is_flag=True,
                help="Use another engine when this one is not available.",
            ),
            click.option("--diarize", is_flag=True, help="Label speakers."),
            click.option(
                "--diarizer", default="local", help=f"Who finds speakers: {', '.join(DIARIZATION)}."
            ),
            click.option("--min-speakers", type=click.IntRange(1, 20)),
            click.option("--max-speakers", type=click.IntRange(1, 20)),
            click.option(
                "--track",
                "tracks",
                multiple=True,
                metavar="N|all",
                help="Sound track to transcribe, from 1. Default: those with a voice of their own.",
            ),
            click.option(
                "--channel",
                "channels",
                multiple=True,
                metavar="N|all",
                help="Channel of those tracks, from 1. Default: those with a voice.",
            ),
            click.option("--vocabulary", help="Names and terms to expect, comma-separated."),
            click.option("--features", help=f"Comma-separated: {', '.join(FEATURES)}."),
            click.option(
                "--translate", is_flag=True, help="Translate to English, with an engine that can."
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="A folder, a file, or - for stdout. Default: beside each recording.",
)
@click.option(
    "-f",
    "--format",
    "formats",
    help=f"Comma-separated: {', '.join(EXPORTS)}, all. Default: srt,txt.",
)
@_option_group
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("--sample", is_flag=True, help="Transcribe a recording that comes with the install.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
def transcribe(
    files: tuple[str, ...],
    output: str | None,
    formats: str | None,
    overwrite: bool,  # noqa: FBT001  click passes names
    sample: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **given: Any,  # the options of _option_group
) -> None:
    """Print the transcript of each FILE and write caption files.

    FILE is any audio or video file; - reads stdin. Nothing leaves this machine unless you choose
    an engine of a vendor.
    """
    if sample:
        files = (*files, str(sample_file()))
    if not files:
        raise click.UsageError("Name a FILE, - for stdin, or --sample.")
    quiet_logs()
    target = export_files.parse_target(output, formats, inputs=len(files))
    options = _options(given)
    settings = Settings()
    engines = Engines.of(settings, engine=options.engine, model=options.model)
    plan(options, engines, defaults())  # refuses unsupported options before the first file
    exit_when_terminated()
    writer = Files(target, overwrite=overwrite)
    output_options = OutputOptions(target=target, files=writer, as_json=as_json, quiet=quiet)
    with local_service(settings) as runtime:
        codes = [_transcribe(runtime, file, options, output_options) for file in files]
    click.get_current_context().exit(_exit_code(codes))


def sample_file() -> Path:
    """A public-domain reading that comes with the bundled engine's package."""
    for file in files_of("moonshine-voice") or ():
        if file.name == SAMPLE:
            return Path(str(file.locate()))
    raise NotFound(f"The sample {SAMPLE!r} is not in the installed moonshine-voice package.")


def _options(given: dict[str, Any]) -> TranscriptionOptions:
    features = _words(given.pop("features"))
    unknown = sorted(set(features) - set(FEATURES))
    if unknown:
        raise click.UsageError(
            f"There is no feature {unknown[0]!r}: choose from {', '.join(FEATURES)}."
        )
    understanding = SpeechUnderstanding(**dict.fromkeys(features, True))
    return TranscriptionOptions(
        vocabulary=tuple(_words(given.pop("vocabulary"))),
        translate_to_english=given.pop("translate"),
        tracks=_numbers("--track", given.pop("tracks")),
        channels=_numbers("--channel", given.pop("channels")),
        features=Features(speech_understanding=understanding),
        **given,
    )


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _numbers(option: str, given: Sequence[str]) -> tuple[int, ...] | Literal["auto", "all"]:
    words = [word for text in given for word in _words(text)]
    if words in ([], ["auto"]):
        return "auto"
    if words == ["all"]:
        return "all"
    if not all(word.isascii() and word.isdigit() for word in words):
        raise click.UsageError(f"{option} takes numbers from 1, or all; not {' '.join(words)!r}.")
    return tuple(int(word) for word in words)


def exit_when_terminated() -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)  # so that every `finally` runs

    signal.signal(signal.SIGTERM, end)


def _exit_code(codes: Sequence[int]) -> int:
    failed = {code for code in codes if code}
    return failed.pop() if len(failed) == 1 else FAILED if failed else 0


def _transcribe(
    runtime: Runtime, file: str, options: TranscriptionOptions, output: OutputOptions
) -> int:
    """One file; its exit code. An error is printed and does not stop the other files."""
    name = "recording" if file == STDIN else printable(Path(file).name)
    try:
        path, source = opened(runtime, file)
        with JobProgress(name, shown=not output.quiet) as progress:
            result = transcribe_file(runtime, path, options, name=name, on_progress=progress.show)
        if result.transcript is None:
            return _failed(file, of_job(result.error_code, result.error_message), output)
        _deliver(file, result, result.transcript, output, source=source)
    except (AppError, ProviderError, OSError) as error:
        if is_debug():
            raise
        return _failed(file, explained(error), output)
    return 0


class _NoFile(AppError):
    status, code = 415, "no_file"


def opened(runtime: Runtime, file: str) -> tuple[Path, Path | None]:
    """The file to read, and its path for the user (None when it came through stdin)."""
    if file == STDIN:
        path = runtime.settings.work_dir / "stdin"
        with path.open("wb") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool, 1 << 20)
        return path, None
    path = Path(file)
    if path.is_dir():
        raise _NoFile("It is a folder. Name the recordings in it, for example with /*.")
    if not path.exists():
        raise _NoFile("There is no such file.")
    with path.open("rb"):  # raises the system's own message when it cannot be read
        pass
    # Captions of a link lie where the link is: there a player looks for them.
    return path.resolve(), None if path.samefile(sample_file()) else path.absolute()


def _failed(file: str, failure: Failure, output: OutputOptions) -> int:
    if output.as_json:
        error = {"code": failure.code, "message": failure.message}
        print_json({"file": printable(file), "ok": False, "error": error})
    else:
        click.secho(f"error: {printable(file)}: {failure.message}", fg="red", err=True)
    return BAD_INPUT if failure.code == _NoFile.code else failure.exit_code


def _deliver(
    file: str, result: Result, transcript: Transcript, output: OutputOptions, *, source: Path | None
) -> None:
    recording = Path("recording" if file == STDIN else file)
    findings = understood(result.understanding or {})
    options = ExportOptions(title=printable(recording.stem), findings=findings)
    if output.target.stdout:
        (_, content), *_ = output.files.rendered(transcript, options)
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        _warn(result, output)
        return
    more = []
    if result.understanding is not None:
        dumped = json.dumps(result.understanding, ensure_ascii=False, indent=2) + "\n"
        more.append(("understanding.json", dumped.encode()))
    written = output.files.write_all(
        transcript, recording=recording, source=source, options=options, more=more
    )
    if output.as_json:
        print_json(_facts(file, result, transcript, written))
        return
    click.echo(_readable(transcript))
    _warn(result, output)
    if not output.quiet:
        note("Written: " + ", ".join(printable(str(path)) for path in written))


def _warn(result: Result, output: OutputOptions) -> None:
    for warning in dict.fromkeys(result.warnings):
        if not output.quiet:
            note(f"note: {warning}", warning=True)


def _readable(transcript: Transcript) -> str:
    if not transcript.segments:
        return "(There is no speech in this recording.)"
    hours = paragraphs.needs_hours(transcript)
    return "\n\n".join(
        f"[{short_clock(p.start_ms, hours=hours)}] {f'{p.label}: ' if p.label else ''}{p.text}"
        for p in paragraphs.paragraphs(transcript)
    )


def _facts(
    file: str, result: Result, transcript: Transcript, written: Sequence[Path]
) -> dict[str, Any]:
    return {
        "file": printable(file),
        "ok": True,
        "engine": transcript.engine,
        "model": transcript.model,
        "language": transcript.language,
        "duration_ms": transcript.duration_ms,
        "words": sum(1 for _ in transcript.words),
        "text": transcript.text,
        "speakers": [speaker.label for speaker in transcript.speakers],
        "understanding": result.understanding,
        "warnings": list(dict.fromkeys(result.warnings)),
        "written": [printable(str(path)) for path in written],
    }
