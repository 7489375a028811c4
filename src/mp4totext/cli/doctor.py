"""``mp4totext doctor``: checks every part of the installation and suggests fixes."""

import click

from mp4totext.cli.options import action, data_option, json_option


@click.command()
@json_option
@data_option
@action()
def doctor() -> None:
    """Check this installation and suggest fixes. Transcribes a known recording as well.

    Exit code 1 when a part is broken. A vendor that is not configured is not an error; the table
    shows what it needs.
    """
