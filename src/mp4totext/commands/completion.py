"""``mp4totext completion``: prints the completion script for a shell."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "mp4totext"
VARIABLE = "_MP4TOTEXT_COMPLETE"  # through which a shell requests completions from click


def completion(shell: str) -> None:
    script = get_completion_class(shell)
    assert script is not None
    root = click.get_current_context().find_root().command
    # Not .source(): it asks the bash that is installed for its version, and warns of a missing one.
    click.echo(script.source_template % script(root, {}, PROGRAM, VARIABLE).source_vars())
