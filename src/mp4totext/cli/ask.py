"""``mp4totext ask``: its arguments and options."""

import click

from mp4totext.cli.options import action, file_names, json_option, quiet_option
from mp4totext.cli.transcribe import refuse_absent, speech_options, text_options


@click.command()
@click.argument("question")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=file_names)
@speech_options
@text_options
@quiet_option
@json_option
@action(refuse_absent, reads_media=True)
def ask() -> None:
    """Answer QUESTION from what is said in each FILE, with the times of the source.

    FILE is as for `transcribe`. Without a model, the answer is the passage that matches best;
    --text-provider chooses a model that answers in its own words.
    """
