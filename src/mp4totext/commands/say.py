"""``mp4totext say``: speaks a text and writes the audio to a file."""

import sys
from pathlib import Path

import click

from mp4totext.commands.failures import of_job
from mp4totext.commands.messages import note, print_json
from mp4totext.commands.output import print_table, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.commands.replacing import replacing
from mp4totext.local_run.service import local_service
from mp4totext.local_run.speech import say_text
from mp4totext.media.sound import MEDIA_TYPES
from mp4totext.settings import Settings
from mp4totext.voices import service
from mp4totext.voices.schemas import SayRequest

STDIN = "-"
_CODECS = {f".{codec}": codec for codec in MEDIA_TYPES}


def say(
    text: str | None,
    output: Path,
    list_voices: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **options: object,  # the fields of a request
) -> None:
    quiet_logs()
    settings = Settings()
    if list_voices:
        _print_voices(settings, as_json=as_json)
        return
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
    with replacing(output) as new:
        new.write_bytes(result.sound)
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
