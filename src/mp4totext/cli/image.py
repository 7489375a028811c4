"""``mp4totext image``: typeset cards, frames of a recording, pictures of vendors."""

from typing import Any

import click

from mp4totext.cli.names import (
    IMAGE_ASPECTS,
    IMAGE_ENDINGS,
    IMAGE_STYLE,
    IMAGE_STYLES,
    PALETTES,
)
from mp4totext.cli.options import FilePath, action, json_option, refuse_unwritable
from mp4totext.cli.times import milliseconds


def _check(given: dict[str, Any]) -> None:
    if given["list_models"]:
        return
    if given["text"] is None and given["recording"] is None:
        raise click.UsageError("Name a TEXT, a --recording, or --list.")
    if given["text"] is not None and given["recording"] is not None:
        raise click.UsageError("Give a TEXT or a --recording, not both.")
    if given["describer"] != "local" and given["recording"] is None:
        raise click.UsageError("--describer needs a --recording to describe.")
    ending = given["output"].suffix
    if ending.lower() not in IMAGE_ENDINGS:
        raise click.UsageError(
            f"The format {ending!r} is not known: choose {', '.join(IMAGE_ENDINGS)}."
        )
    refuse_unwritable(given["output"])


@click.command()
@click.argument("text", required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    default="picture.jpg",
    show_default=True,
    help=f"File to write; its extension sets the format: {', '.join(IMAGE_ENDINGS)}.",
)
@click.option("-n", "count", type=click.IntRange(1, 4), default=1, help="Number of pictures.")
@click.option(
    "--recording",
    type=FilePath(exists=True, dir_okay=False),
    help="Take the best frames of this file. With a vendor as --provider, transcribe it and draw a "
    "picture of what is said in it.",
)
@click.option(
    "--describer",
    default="local",
    show_default=True,
    metavar="MODEL",
    help="What writes the prompt for that picture: local (from the words of the recording) or a "
    "language model, such as openai or openai:gpt-6-luna, which writes one for each picture.",
)
@click.option("--language", default="auto", help="Spoken language of the recording, or auto.")
@click.option(
    "--engine",
    default="auto",
    help="Engine that transcribes the recording: auto, or one of `providers list`.",
)
@click.option(
    "--at", "at_ms", callback=milliseconds, metavar="TIME", help="Time of the frame, such as 1:15."
)
@click.option("--style", type=click.Choice(IMAGE_STYLES), default=IMAGE_STYLE, show_default=True)
@click.option(
    "--palette", type=click.Choice(PALETTES), help="Colours. Default: those of the style."
)
@click.option("--aspect", type=click.Choice(IMAGE_ASPECTS), default="16:9", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Random seed.")
@click.option("--provider", default="auto", help="auto, or a provider of --list.")
@click.option("--model", help="Model of the provider.")
@click.option(
    "--negative", default="", help="What the picture must not show, for models that support this."
)
@click.option("--list", "list_models", is_flag=True, help="List the models and exit.")
@click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
@json_option
@action(_check)
def image() -> None:
    """Make a picture: a card with TEXT, the best frame of a recording, or one that a model draws.

    In TEXT a blank line separates the large text from the small text below it. Nothing leaves
    this machine unless you choose a vendor.
    """
