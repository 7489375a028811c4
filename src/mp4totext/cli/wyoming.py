"""``mp4totext wyoming``: its arguments and options."""

import click

from mp4totext.cli.options import action

PORT = 10_300  # where Home Assistant looks for speech to text


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. 0.0.0.0: every network.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--engine", default="auto", show_default=True, help="auto, or one of `providers list`."
)
@click.option("--model", help="The engine's model.")
@action()
def wyoming() -> None:
    """Serve the Wyoming protocol of Home Assistant and its satellites.

    Runs without accounts and credits, with engines and voices of this machine: anyone who can
    reach the port may use it. Ctrl-C stops it.
    """
