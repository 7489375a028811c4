"""``mp4totext export``: a transcript in JSON becomes any other format."""

from typing import Any

import click

from mp4totext.cli.names import EXPORT_OPTIONS, FORMATS
from mp4totext.cli.options import FilePath, Names, action, file_names, json_option


def _check(given: dict[str, Any]) -> None:
    if not given["formats"] and given["media"] is None:
        raise click.UsageError("Name a --format, or the recording with --media.")


@click.command()
@click.argument("file", metavar="TRANSCRIPT.json", shell_complete=file_names)
@click.option(
    "-f",
    "--format",
    "formats",
    type=Names("export", (*FORMATS, "all")),
    default=(),
    metavar="NAMES",
    help=f"Comma-separated: {', '.join(FORMATS)}. Or all.",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    shell_complete=file_names,
    help="A folder, a file, or - for stdout. Default: beside the transcript.",
)
@click.option(
    "--option",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"Option of the format: {', '.join(EXPORT_OPTIONS)}.",
)
@click.option(
    "--media",
    type=FilePath(exists=True, dir_okay=False),
    help="Recording of which to write a copy with captions and chapters inside.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
@json_option
@action(_check)
def export() -> None:
    """Write a transcript that was exported as JSON in other formats.

    - reads stdin. With --format all, formats that need chapters are left out where there are none.
    With --media, write a copy of the recording with the chapters and a caption track that players
    can show or hide; -o then names the copy.
    """
