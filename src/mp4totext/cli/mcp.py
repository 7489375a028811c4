"""``mp4totext mcp``: its arguments and options."""

import click

from mp4totext.cli.options import action, data_option


@click.command()
@click.option("--url", help="URL of the service. Default: the one on this machine (HOST, PORT).")
@click.option(
    "--key",
    envvar="MP4TOTEXT_KEY",
    help="API key; safer in MP4TOTEXT_KEY. Default: this machine's own account.",
)
@click.option("--http", "over_http", is_flag=True, help="Serve HTTP at /mcp instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8003, show_default=True)
@data_option
@action()
def mcp() -> None:
    """Serve recordings to AI assistants with the Model Context Protocol.

    Over stdio the assistant starts this command. With --http every caller brings its own API key,
    as `Authorization: Bearer KEY`. The service must be running: `mp4totext serve`.
    """
