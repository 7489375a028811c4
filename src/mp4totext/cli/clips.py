"""``mp4totext clips``: finds the best passages of a recording, and makes a clip of each."""

from typing import Any

import click

from mp4totext.cli.names import CLIP_CAPTIONS, CLIP_S, PALETTES, VIDEO_ASPECTS, VIDEO_FITS
from mp4totext.cli.options import FilePath, action, file_names, json_option, refuse_unwritable
from mp4totext.cli.times import milliseconds
from mp4totext.cli.transcribe import refuse_absent


def _check(given: dict[str, Any]) -> None:
    shortest, longest = CLIP_S
    if given["least_ms"] < shortest * 1000 or given["most_ms"] > longest * 1000:
        raise click.UsageError(f"A passage is {shortest} to {longest} seconds long.")
    if given["least_ms"] > given["most_ms"]:
        raise click.UsageError("--least is more than --most.")
    if not given["only_list"]:
        refuse_unwritable(given["output"] or "")
    refuse_absent(given)


@click.command()
@click.argument("file", metavar="FILE", shell_complete=file_names)
@click.option(
    "-n", "count", type=click.IntRange(1, 10), default=5, show_default=True, help="Number of clips."
)
@click.option("--list", "only_list", is_flag=True, help="Print the passages without making clips.")
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    metavar="PATH",
    help="The clips: PATH with -1, -2 and so on. Default: FILE-clip.mp4 in the current folder.",
)
@click.option(
    "--least",
    "least_ms",
    callback=milliseconds,
    default="15",
    show_default=True,
    metavar="TIME",
    help="Minimum length of a passage.",
)
@click.option(
    "--most",
    "most_ms",
    callback=milliseconds,
    default="60",
    show_default=True,
    metavar="TIME",
    help="Maximum length of a passage.",
)
@click.option("--aspect", type=click.Choice(VIDEO_ASPECTS), help="Default: 9:16.")
@click.option(
    "--fit",
    type=click.Choice(VIDEO_FITS),
    default="fit",
    show_default=True,
    help="Show the whole picture, or fill the frame with its middle or the speaker's face.",
)
@click.option("--captions", type=click.Choice(CLIP_CAPTIONS), default="word", show_default=True)
@click.option("--palette", type=click.Choice(PALETTES), default="dusk", show_default=True)
@click.option(
    "--planner",
    default="local",
    show_default=True,
    metavar="MODEL",
    help="What chooses the passages: local, or a language model, such as openai or "
    "openai:gpt-6-luna.",
)
@click.option("--diarize", is_flag=True, help="Label speakers: captions `speakers` colour them.")
@click.option("--language", default="auto", help="Spoken language, or auto.")
@click.option("--engine", default="auto", help="auto, or one of `providers list`.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
@action(_check, reads_media=True)
def clips() -> None:
    """Make clips of the best passages of FILE, for upright screens.

    They are whole sentences that stand on their own, and no two overlap. Nothing leaves this
    machine unless you choose a vendor's engine or model.
    """
