"""Causes each fault on real Redis, PostgreSQL and S3 under load; fails on any problem.

``python -m benchmarks.chaos_servers [--seconds 20] [--only "S3 silent"]``
"""

import sys
import tempfile
from pathlib import Path

import click

from tests.support.server_faults import FAULTS, HEAD, fault_cluster, run_fault
from tests.support.servers import postgres_server, redis_server, s3_server


@click.command()
@click.option("--seconds", default=20.0, help="How long each fault lasts.")
@click.option("--only", multiple=True, type=click.Choice(list(FAULTS)), help="These faults only.")
def main(seconds: float, only: tuple[str, ...]) -> None:
    """Runs the faults one after the other on the same two API and two worker hosts."""
    problems: list[str] = []
    click.echo(HEAD)
    with (
        tempfile.TemporaryDirectory() as folder,
        redis_server() as redis,
        postgres_server() as postgres,
        s3_server() as s3,
        fault_cluster(
            Path(folder) / "world", redis, postgres, s3, CELERY_VISIBILITY_TIMEOUT="5"
        ) as setup,
    ):
        for fault in only or FAULTS:
            outcome = run_fault(setup, fault, seconds, calm_s=3)
            click.echo(outcome.row())
            problems += [f"{fault}: {problem}" for problem in outcome.problems]
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
