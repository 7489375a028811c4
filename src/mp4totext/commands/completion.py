"""``mp4totext completion``: prints the completion script for a shell."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "mp4totext"
VARIABLE = "_MP4TOTEXT_COMPLETE"  # through which a shell requests completions from click
# What click's scripts lack: (their text, ours).
CHANGES = {
    # Several names are one word: srt,vtt.
    "fish": [('string split ","', 'string split --max 1 ","')],
    "zsh": [
        # --text=summ became summary.
        ("    response=", "    compset -P '*='\n    response="),
        ("compadd -U", 'compadd -U -i "$IPREFIX"'),
        # A shell whose settings do not load the completion system said that compdef is not found.
        (
            "    compdef ",
            "    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"
            "    compdef ",
        ),
    ],
}


def completion(shell: str) -> None:
    script = get_completion_class(shell)
    assert script is not None
    root = click.get_current_context().find_root().command
    template = script.source_template
    for theirs, ours in CHANGES.get(shell, ()):
        template = template.replace(theirs, ours)
    # Not .source(): it asks the bash that is installed for its version, and warns of a missing one.
    click.echo(template % script(root, {}, PROGRAM, VARIABLE).source_vars())
