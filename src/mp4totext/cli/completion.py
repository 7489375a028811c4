"""``mp4totext completion``: shell completion of commands, options and names."""

import click

from mp4totext.cli.options import action


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@action()
def completion() -> None:
    """Print the script for SHELL.

    bash: add `eval "$(mp4totext completion bash)"` to ~/.bashrc; zsh: the same with zsh, in
    ~/.zshrc; fish: `mp4totext completion fish > ~/.config/fish/completions/mp4totext.fish`.
    """
