"""``mp4totext worker``: replaces this process with a Celery worker."""

import click

from mp4totext.cli.names import QUEUES
from mp4totext.cli.options import Names, action, data_option


@click.command()
@click.option(
    "--queues",
    type=Names("queue", QUEUES),
    metavar="NAMES",
    help=f"Comma-separated: {', '.join(QUEUES)}. Default: all of them.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    help="Processes. Default: WORKER_CONCURRENCY, or one for each core.",
)
@click.option(
    "--hostname",
    metavar="NAME",
    help="Celery node name for a second worker on this machine: two or two@%h.",
)
@data_option
@action()
def worker() -> None:
    """Start workers without the HTTP service. SIGTERM returns running jobs to the queue.

    For the queue live or network alone it is one process, with a thread for each session, download
    or webhook.
    """
