"""``mp4totext live``: what may be asked of it."""

import click

from mp4totext.cli.options import FilePath, action


@click.command()
@click.option(
    "--input",
    "device",
    help="Of the sound system. Default: its default microphone. ALSA: hw:1; macOS: :1.",
)
@click.option(
    "--driver",
    help="FFmpeg's name of the sound system. Default: alsa, avfoundation or dshow, by the machine.",
)
@click.option("--language", help="That is spoken; the bundled engine hears English.")
@click.option("-o", "--output", type=FilePath(dir_okay=False), help="Write the text here as well.")
@action()
def live() -> None:
    """Print what is said into the microphone, while it is said. Ctrl-C ends it.

    Utterances go to stdout when they have ended; in a terminal the words of now stand on stderr.
    Nothing is stored, and nothing leaves this machine.
    """
