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
from mp4totext.cli.options import FilePath, action, json_option
from mp4totext.cli.times import milliseconds


def _check(given: dict[str, Any]) -> None:
    if given["list_models"]:
        return
    if given["text"] is None and given["recording"] is None:
        raise click.UsageError("Name a TEXT, a --recording, or --list.")
    if given["text"] is not None and given["recording"] is not None:
        raise click.UsageError("Name a TEXT or a --recording: a picture shows one of them.")
    if given["describer"] != "local" and given["recording"] is None:
        raise click.UsageError("--describer needs a --recording, of which it describes pictures.")
    ending = given["output"].suffix
    if ending.lower() not in IMAGE_ENDINGS:
        raise click.UsageError(
            f"The format {ending!r} is not known: choose {', '.join(IMAGE_ENDINGS)}."
        )


@click.command()
@click.argument("text", required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    default="picture.jpg",
    show_default=True,
    help=f"The file; its ending is the format: {', '.join(IMAGE_ENDINGS)}.",
)
@click.option("-n", "count", type=click.IntRange(1, 4), default=1, help="How many pictures.")
@click.option(
    "--recording",
    type=FilePath(exists=True, dir_okay=False),
    help="Take the best frames of this file; with a vendor as --provider, have a picture drawn of "
    "what is said in it, which is transcribed first.",
)
@click.option(
    "--describer",
    default="local",
    show_default=True,
    metavar="MODEL",
    help="Who describes that picture: local, from its words, or a language model, as in openai or "
    "openai:gpt-6-luna, which describes each of -n.",
)
@click.option("--language", default="auto", help="auto, or the language that is spoken in it.")
@click.option("--engine", default="auto", help="Who transcribes it: one of `providers list`.")
@click.option("--at", "at_ms", callback=milliseconds, metavar="TIME", help="Of a frame: 1:15.")
@click.option("--style", type=click.Choice(IMAGE_STYLES), default=IMAGE_STYLE, show_default=True)
@click.option("--palette", type=click.Choice(PALETTES), help="Default: the style's.")
@click.option("--aspect", type=click.Choice(IMAGE_ASPECTS), default="16:9", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Another one looks different.")
@click.option("--provider", default="auto", help="auto, or one of --list.")
@click.option("--model", help="The vendor's model.")
@click.option("--negative", default="", help="What shall not be seen, where a model takes it.")
@click.option("--list", "list_models", is_flag=True, help="List the models and end.")
@click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
@json_option
@action(_check)
def image() -> None:
    """Make a picture: a card with TEXT on it, the best frame of a recording, or a vendor's.

    A blank line in TEXT sets off what stands small below. Nothing leaves this machine unless you
    choose a vendor.
    """
