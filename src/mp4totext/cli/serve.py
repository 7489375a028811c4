"""``mp4totext serve``: the HTTP service and its workers, started and stopped together."""

import click

from mp4totext.cli.options import action, data_option


@click.command()
@click.option("--host", help="Address to listen on. Default: HOST, 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Default: PORT, 8002. 0: any free port."
)
@data_option
@click.option(
    "--workers",
    type=click.IntRange(0),
    help="Worker processes. Default: one for each core. 0: none.",
)
@click.option(
    "--no-worker", is_flag=True, help="Like --workers 0. Start `mp4totext worker` separately."
)
@action()
def serve() -> None:
    """Start the HTTP service and its workers.

    No other server is needed: database, storage and queue are files in the data folder. Ctrl-C
    stops everything. Jobs that were running continue at the next start.
    """
