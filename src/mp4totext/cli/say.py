"""``mp4totext say``: speaks a text and writes the sound."""

from typing import Any

import click

from mp4totext.cli.names import SOUND_CODECS
from mp4totext.cli.options import FilePath, action, json_option, refuse_unwritable

_ENDINGS = ", ".join(f".{codec}" for codec in SOUND_CODECS)


def _check(given: dict[str, Any]) -> None:
    if given["list_voices"]:
        return
    if given["text"] is None:
        raise click.UsageError("Name a TEXT, - for stdin, or --list.")
    ending = given["output"].suffix.lower()
    if ending.lstrip(".") not in SOUND_CODECS:
        raise click.UsageError(f"The format {ending!r} is not known: choose {_ENDINGS}.")
    refuse_unwritable(given["output"])


@click.command()
@click.argument("text", required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    default="speech.wav",
    show_default=True,
    help=f"File to write; its extension sets the format: {_ENDINGS}.",
)
@click.option("--voice", help="A voice of --list. Default: the first one for the language.")
@click.option("--provider", default="auto", help="auto, or a provider of --list.")
@click.option("--model", help="Model of the provider.")
@click.option("--language", default="en", help="Language of the text: en, pt-BR, German.")
@click.option("--speed", type=click.FloatRange(0.25, 4.0), default=1.0, show_default=True)
@click.option(
    "--direction", default="", help="Speaking style in words, for voices that support this."
)
@click.option("--list", "list_voices", is_flag=True, help="List the voices and exit.")
@click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
@json_option
@action(_check)
def say() -> None:
    """Speak TEXT, or - for stdin, into a sound file.

    Nothing leaves this machine unless you choose a vendor's voice.
    """
