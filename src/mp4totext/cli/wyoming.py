"""``mp4totext wyoming``: what may be asked of it."""

import click

from mp4totext.cli.options import action

PORT = 10_300  # where Home Assistant looks for speech to text


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: the whole network.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--engine", default="auto", show_default=True, help="As of `transcribe`.")
@click.option("--model", help="The engine's model.")
@action()
def wyoming() -> None:
    """Serve the Wyoming protocol, as Home Assistant and its satellites speak it.

    Runs without accounts and credits, with engines and voices of this machine: whoever reaches the
    port may use it. Ctrl-C stops it.
    """
