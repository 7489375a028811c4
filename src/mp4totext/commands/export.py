"""``mp4totext export``: a transcript in JSON becomes any other format."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from mp4totext.commands import export_files
from mp4totext.commands.export_files import ALL, Files, printable
from mp4totext.commands.output import json_option, note, print_json
from mp4totext.exports import json_reader
from mp4totext.exports.options import OPTION_NAMES, parse_options
from mp4totext.exports.registry import EXPORTS
from mp4totext.kit.errors import Invalid

STDIN = "-"


@click.command()
@click.argument("file", metavar="TRANSCRIPT.json")
@click.option(
    "-f",
    "--format",
    "formats",
    required=True,
    help=f"Comma-separated: {', '.join(EXPORTS)}, {ALL}.",
)
@click.option(
    "-o", "--output", metavar="PATH", help="A folder, a file, or - for stdout. Default: beside it."
)
@click.option(
    "--option",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"Of the format: {', '.join(OPTION_NAMES)}.",
)
@click.option("--overwrite", is_flag=True, help="Replace existing files.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
@json_option
def export(
    file: str,
    formats: str,
    output: str | None,
    settings: tuple[str, ...],
    overwrite: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Write a transcript that was exported as JSON in other formats.

    - reads stdin. With --format all, formats that need chapters are left out where there are none.
    """
    target = export_files.parse_target(output, formats, inputs=1)
    raw = _settings(settings)
    path = None if file == STDIN else Path(file)
    content = sys.stdin.buffer.read() if path is None else path.read_bytes()
    transcript, found = json_reader.read(content)
    options = replace(
        parse_options({"title": found.title, **raw}),
        made_at=found.made_at,
        findings=found.findings,
    )
    writer = Files(target, overwrite=overwrite)
    recording = path or Path("transcript")
    translation = raw.get("translation")
    if target.stdout:
        (_, body), *_ = writer.rendered(transcript, options, translation=translation)
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    written = writer.write_all(
        transcript,
        recording=recording,
        source=None if path is None else path.absolute(),
        options=options,
        translation=translation,
    )
    names = [printable(str(each)) for each in written]
    if as_json:
        print_json({"written": names})
    elif not quiet:
        note("Written: " + ", ".join(names))


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for setting in given:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Invalid(f"--option takes NAME=VALUE, for example preset=broadcast; not {name!r}.")
        found[name] = value
    return found
