"""``mp4totext video``: makes a video of a recording, with captions, on this machine."""

import re

import click

from mp4totext.cli.names import (
    VIDEO_ASPECTS,
    VIDEO_CAPTIONS,
    VIDEO_FITS,
    VIDEO_PALETTES,
    VIDEO_PRESETS,
)
from mp4totext.cli.options import FilePath, action, json_option

_TIME = re.compile(r"(?:(?:([0-9]{1,2}):)?([0-9]{1,2}):)?([0-9]{1,5})(?:\.([0-9]{1,3}))?")


def _milliseconds(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> int | None:
    """``12``, ``1:05.5`` or ``1:02:03``."""
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is no time: write 75, 1:15 or 1:02:03.5.")
    hours, minutes, seconds, rest = (part or "" for part in match.groups())
    whole = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds)
    return whole * 1_000 + int(rest.ljust(3, "0"))


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--preset", type=click.Choice(VIDEO_PRESETS), default="captioned", show_default=True)
@click.option(
    "-o",
    "--output",
    type=FilePath(dir_okay=False),
    metavar="PATH",
    help="The video. Default: FILE-PRESET.mp4 in the current folder.",
)
@click.option("--from", "from_ms", callback=_milliseconds, metavar="TIME", help="75 or 1:15.")
@click.option("--to", "to_ms", callback=_milliseconds, metavar="TIME", help="A clip needs both.")
@click.option("--aspect", type=click.Choice(VIDEO_ASPECTS), help="Default: the preset's.")
@click.option(
    "--fit",
    type=click.Choice(VIDEO_FITS),
    default="fit",
    show_default=True,
    help="Another aspect shows the whole picture, or fills the frame with its middle.",
)
@click.option(
    "--captions",
    type=click.Choice(VIDEO_CAPTIONS),
    default="word",
    show_default=True,
    help="word: the word being spoken is coloured.",
)
@click.option("--palette", type=click.Choice(VIDEO_PALETTES), default="dusk", show_default=True)
@click.option("--title", help="Drawn over a background. Default: the file's name.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of the background.")
@click.option("--language", default="auto", help="auto, or the language that is spoken.")
@click.option("--engine", default="auto", help="auto, or one of `providers list`.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the result, no progress.")
@json_option
@action()
def video() -> None:
    """Make a video of FILE: its own picture or sound, with the words that are said in it.

    Nothing leaves this machine unless you choose an engine of a vendor.
    """
