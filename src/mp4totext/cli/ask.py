"""``mp4totext ask``: what may be asked of it."""

import click

from mp4totext.cli.options import action, json_option, quiet_option
from mp4totext.cli.transcribe import refuse_absent, speech_options, text_options


@click.command()
@click.argument("question")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@speech_options
@text_options
@quiet_option
@json_option
@action(refuse_absent)
def ask() -> None:
    """Answer QUESTION from what is said in each FILE, with the place where it is said.

    FILE is what `transcribe` takes. Without a model the answer is the passage that fits best;
    --text-provider names a writer that answers in its own words.
    """
