"""``mp4totext say``: speaks a text and writes the sound."""

from typing import Any

import click

from mp4totext.cli.names import SOUND_CODECS
from mp4totext.cli.options import FilePath, action, json_option

_ENDINGS = ", ".join(f".{codec}" for codec in SOUND_CODECS)


def _check(given: dict[str, Any]) -> None:
    if given["list_voices"]:
        return
    if given["text"] is None:
        raise click.UsageError("Name a TEXT, - for stdin, or --list.")
    ending = given["output"].suffix.lower()
    if ending.lstrip(".") not in SOUND_CODECS:
        raise click.UsageError(f"The format {ending!r} is not known: choose {_ENDINGS}.")


@click.command()
@click.argument("text", required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    default="speech.wav",
    show_default=True,
    help=f"The file; its ending is the format: {_ENDINGS}.",
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
@action(_check)
def say() -> None:
    """Speak TEXT, or - for stdin, into a sound file.

    Nothing leaves this machine unless you choose a voice of a vendor.
    """
