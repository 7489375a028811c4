"""Every fault, aimed at a job in every stage, on real Redis, PostgreSQL and S3.

python -m benchmarks.chaos_matrix [--only "S3 slow"] [--rounds 2] [--seconds 10] [--docs FILE]
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tests.flows.aims import Aims
from tests.flows.faults import world
from tests.flows.matrix import ROWS, STAGES, Row, outlive, strike
from tests.services import postgres_server, redis_server, s3_server

BEGIN, END = "<!-- matrix: written by make chaos -->\n", "<!-- end of matrix -->\n"
VISIBLE_AGAIN_S = 5
LONG_S = 60.0
SLOTS = 3  # of each of two workers: five jobs are held in workers at once


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(ROWS)), help="These faults only.")
@click.option("--rounds", default=1, help="Times every fault strikes.")
@click.option("--seconds", type=float, help="How long each fault lasts; default: its own time.")
@click.option("--docs", type=click.Path(path_type=Path, exists=True), help="Write the table here.")
def main(only: tuple[str, ...], rounds: int, seconds: float | None, docs: Path | None) -> None:
    """Prints a table and fails on any problem."""
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="mp4totext-chaos-") as folder,
        redis_server() as redis,
        postgres_server() as postgres,
        s3_server() as s3,
        world(
            Path(folder) / "world",
            *(redis, postgres, s3),
            concurrency=SLOTS,
            # Messages come again while their jobs still run.
            CELERY_VISIBILITY_TIMEOUT=str(VISIBLE_AGAIN_S),
            JOB_LEASE_S="6",
        ) as here,
    ):
        aims = Aims(here.cluster.service.environment["DATABASE_URL"])
        for fault in [*(only or ROWS)] * rounds:
            began = time.monotonic()
            lasts = ROWS[fault] if seconds is None else min(seconds, ROWS[fault])
            rows.append(strike(here, aims, fault, lasts))
            click.echo(f"{fault}: {time.monotonic() - began:.0f} s", err=True)
        problems = [problem for row in rows for problem in row.everything_wrong]
        if not only:
            here.workers += [here.new_worker(), here.new_worker()]
            problems += outlive(here, aims, LONG_S)
    text = "\n".join(table(rows)) + "\n"
    click.echo(text)
    if docs is not None:
        docs.write_text(with_table(docs.read_text(encoding="utf-8"), text), encoding="utf-8")
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(bool(problems))


def table(rows: Sequence[Row]) -> list[str]:
    """Markdown: a cell is the seconds from the fault's end to the job's, and executions."""
    lines = [
        f"| fault | lasted (s) | {' | '.join(STAGES)} | late (s) | swept | problems |",
        "|---" * (len(STAGES) + 5) + "|",
    ]
    for row in rows:
        by_stage = {cell.stage: cell for cell in row.cells}
        cells = [
            f"{max(0.0, by_stage[stage].over_s):.0f}"
            + (f" ({by_stage[stage].executions})" if by_stage[stage].executions > 1 else "")
            + ("" if not by_stage[stage].problems else " **wrong**")
            for stage in STAGES
        ]
        lines.append(
            f"| {row.fault} | {row.lasted_s:.0f} | {' | '.join(cells)} "
            f"| {row.called_running_s:.0f} | {row.orphans} | {len(row.everything_wrong)} |"
        )
    return lines


def with_table(page: str, text: str) -> str:
    """The page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


if __name__ == "__main__":
    main()
