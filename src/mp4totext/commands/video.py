"""``mp4totext video``: makes a video of a recording, with captions, on this machine."""

import shutil
from pathlib import Path
from typing import Any, NoReturn, get_args

import click

from mp4totext.commands.export_files import printable
from mp4totext.commands.failures import Failure, of_job
from mp4totext.commands.local_run import local_service, render_video, transcribe_file
from mp4totext.commands.output import json_option, note, print_json, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.commands.times import milliseconds
from mp4totext.commands.transcribe import exit_when_terminated, opened
from mp4totext.kit.errors import Invalid
from mp4totext.media.backgrounds import Palette
from mp4totext.settings import Settings
from mp4totext.transcriptions.schemas import TranscriptionOptions
from mp4totext.videos.planning import PRESETS
from mp4totext.videos.schemas import VideoRequest
from mp4totext.videos.storyboard import Aspect, CaptionStyle, Fit


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--preset", type=click.Choice(list(PRESETS)), default="captioned", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The video. Default: FILE-PRESET.mp4 in the current folder.",
)
@click.option("--from", "from_ms", callback=milliseconds, metavar="TIME", help="75 or 1:15.")
@click.option("--to", "to_ms", callback=milliseconds, metavar="TIME", help="A clip needs both.")
@click.option("--aspect", type=click.Choice(get_args(Aspect)), help="Default: the preset's.")
@click.option(
    "--fit",
    type=click.Choice(get_args(Fit)),
    default="fit",
    show_default=True,
    help="Another aspect shows the whole picture, or fills the frame with its middle.",
)
@click.option(
    "--captions",
    type=click.Choice([*get_args(CaptionStyle), "none"]),
    default="word",
    show_default=True,
    help="word: the word being spoken is coloured.",
)
@click.option("--palette", type=click.Choice(get_args(Palette)), default="dusk", show_default=True)
@click.option("--title", help="Drawn over a background. Default: the file's name.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of the background.")
@click.option("--language", default="auto", help="auto, or the language that is spoken.")
@click.option("--engine", default="auto", help="auto, or one of `providers list`.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
def video(
    file: str,
    output: Path | None,
    language: str,
    engine: str,
    quiet: bool,  # noqa: FBT001  click passes names
    as_json: bool,  # noqa: FBT001
    **options: Any,  # the fields of VideoRequest
) -> None:
    """Make a video of FILE: its own picture or sound, with the words that are said in it.

    Nothing leaves this machine unless you choose an engine of a vendor.
    """
    quiet_logs()
    exit_when_terminated()
    request = VideoRequest(**options)
    name = printable(Path(file).name)
    target = output or Path(f"{Path(file).stem}-{request.preset}.mp4")
    with local_service(Settings()) as runtime:
        path, source = opened(runtime, file)
        if source is not None and target.exists() and target.samefile(source):
            raise Invalid("The video would replace its recording: name another with -o.")
        with JobProgress(name, shown=not quiet) as progress:
            transcribed = transcribe_file(
                runtime,
                path,
                TranscriptionOptions(language=language, engine=engine),
                name=name,
                on_progress=progress.show,
            )
            if transcribed.transcript is None:
                _end(of_job(transcribed.error_code, transcribed.error_message))
            made = render_video(
                runtime, transcribed.transcription_id, request, on_progress=progress.show
            )
        if made.path is None:
            _end(of_job(made.error_code, made.error_message))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made.path, target)
    warnings = list(dict.fromkeys((*transcribed.warnings, *made.warnings)))
    if as_json:
        print_json({"ok": True, "written": printable(str(target)), "warnings": warnings})
        return
    for warning in warnings if not quiet else ():
        note(f"note: {warning}", warning=True)
    click.echo(printable(str(target)))


def _end(failure: Failure) -> NoReturn:
    click.secho(f"error: {failure.message}", fg="red", err=True)
    raise click.exceptions.Exit(failure.exit_code)
