"""``mp4totext open``: a link that opens the page, signed in, on the service's own machine."""

import click

from mp4totext.cli.options import action, data_option


@click.command("open")
@click.option("--host", help="Address the service listens on. Default: HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: PORT, 8002.")
@data_option
@action()
def open_page() -> None:
    """Print a link that opens the page and signs in; open it if a browser is available.

    The link works once, within ten minutes, on the service's own machine. It signs in the local
    account: an administrator without a password, who is not charged.
    """
