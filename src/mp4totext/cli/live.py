"""``mp4totext live``: its arguments and options."""

import click

from mp4totext.cli.options import FilePath, action


@click.command()
@click.option(
    "--input",
    "device",
    help="Microphone, such as hw:1 (ALSA) or :1 (macOS). Default: the system's.",
)
@click.option(
    "--driver",
    help="Sound system, by FFmpeg's name. Default: alsa, avfoundation or dshow, by the platform.",
)
@click.option("--language", help="Spoken language. The bundled engine supports English.")
@click.option(
    "-o", "--output", type=FilePath(dir_okay=False), help="Also write the text to this file."
)
@action()
def live() -> None:
    """Transcribe the microphone live. Ctrl-C ends it.

    Finished utterances go to stdout; in a terminal, the current one is shown on stderr.
    Nothing is stored, and nothing leaves this machine.
    """
