"""``mp4totext say``: speaks a text and writes the sound."""

import sys
from pathlib import Path

import click

from mp4totext.commands.failures import of_job
from mp4totext.commands.local_run import local_service, say_text
from mp4totext.commands.output import json_option, note, print_json, print_table, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.kit.errors import Invalid
from mp4totext.media.sound import MEDIA_TYPES
from mp4totext.settings import Settings
from mp4totext.voices import service
from mp4totext.voices.schemas import SayRequest

STDIN = "-"
_CODECS = {f".{codec}": codec for codec in MEDIA_TYPES}


@click.command()
@click.argument("text", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="speech.wav",
    show_default=True,
    help=f"The file; its ending is the format: {', '.join(_CODECS)}.",
)
@click.option("--voice", help="One of --list. Default: the first of the language.")
@click.option("--provider", default="auto", help="auto, or one of --list.")
@click.option("--model", help="The vendor's model.")
@click.option("--language", default="en", help="Of the text: en, pt-BR, German.")
@click.option("--speed", type=click.FloatRange(0.25, 4.0), default=1.0, show_default=True)
@click.option("--direction", default="", help="How to speak, in words, for voices that take it.")
@click.option("--list", "list_voices", is_flag=True, help="List the voices and end.")
@click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
@json_option
def say(
    text: str | None,
    output: Path,
    list_voices: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **options: object,  # the fields of a request
) -> None:
    """Speak TEXT, or - for stdin, into a sound file.

    Nothing leaves this machine unless you choose a voice of a vendor.
    """
    quiet_logs()
    settings = Settings()
    if list_voices:
        _print_voices(settings, as_json=as_json)
        return
    if text is None:
        raise click.UsageError("Name a TEXT, - for stdin, or --list.")
    if output.suffix.lower() not in _CODECS:
        raise Invalid(
            f"The format {output.suffix!r} is not known: choose {', '.join(_CODECS)}.",
        )
    request = SayRequest.model_validate(
        {"text": sys.stdin.read() if text == STDIN else text, **options}
    )
    codec = _CODECS[output.suffix.lower()]
    with local_service(settings) as runtime, JobProgress("speech", shown=not quiet) as progress:
        result = say_text(runtime, request, codec=codec, on_progress=progress.show)
    if result.sound is None:
        failure = of_job(result.error_code, result.error_message)
        click.secho(f"error: {failure.message}", fg="red", err=True)
        click.get_current_context().exit(failure.exit_code)
    output.write_bytes(result.sound)
    if as_json:
        print_json({"file": str(output), **result.facts})
    elif not quiet:
        note(f"{output}: {result.facts['duration_ms'] / 1000:.1f} s, {result.facts['voice']}")


def _print_voices(settings: Settings, *, as_json: bool) -> None:
    voices = service.voices(settings)
    if as_json:
        print_json([voice.model_dump() for voice in voices])
        return
    print_table(
        ("provider", "voice", "label", "languages", ""),
        [
            (v.provider, v.voice, v.label, " ".join(v.languages), v.missing or "ready")
            for v in voices
        ],
    )
