"""Causes each fault while a job is in each stage, on real Redis, PostgreSQL and S3.

python -m benchmarks.chaos_matrix [--only "S3 slow"] [--seconds 10] [--docs FILE]
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from tests.support.fault_matrix import ROWS, STAGES, Row, run_long_job, run_row
from tests.support.job_breakpoints import Breakpoints
from tests.support.server_faults import fault_cluster
from tests.support.servers import postgres_server, redis_server, s3_server

BEGIN, END = "<!-- matrix: written by make chaos -->\n", "<!-- end of matrix -->\n"
VISIBLE_AGAIN_S = 5
LONG, LONG_S = "long job", 60.0
SLOTS = 3  # of each of two workers: five jobs are held in workers at once


@click.command()
@click.option("--only", multiple=True, type=click.Choice([*ROWS, LONG]), help="These faults only.")
@click.option("--seconds", type=float, help="How long each fault lasts; default: its own time.")
@click.option("--docs", type=click.Path(path_type=Path, exists=True), help="Write the rows here.")
def main(only: tuple[str, ...], seconds: float | None, docs: Path | None) -> None:
    """Prints a table and fails on any problem."""
    problems: list[str] = []
    rows: dict[str, str] = {}
    click.echo("\n".join(HEAD))
    with (
        tempfile.TemporaryDirectory(prefix="mp4totext-chaos-") as folder,
        redis_server() as redis,
        postgres_server() as postgres,
        s3_server() as s3,
        fault_cluster(
            Path(folder) / "world",
            *(redis, postgres, s3),
            concurrency=SLOTS,
            # Messages come again while their jobs still run.
            CELERY_VISIBILITY_TIMEOUT=str(VISIBLE_AGAIN_S),
            JOB_LEASE_S="6",
        ) as setup,
    ):
        breakpoints = Breakpoints(setup.cluster.service.environment["DATABASE_URL"])
        for fault in [fault for fault in ROWS if fault in (only or ROWS)]:
            if fault == "disk full" and setup.disks.holder is None:
                problems.append("no small disk can be mounted here")
                continue
            lasts = ROWS[fault] if seconds is None else min(seconds, ROWS[fault])
            row = run_row(setup, breakpoints, fault, lasts)
            rows[fault] = line_of(row)
            problems += row.everything_wrong
            click.echo(rows[fault])
        if LONG in (only or (LONG,)):
            setup.workers += [setup.new_worker(), setup.new_worker()]
            problems += run_long_job(setup, breakpoints, LONG_S)
    if docs is not None:
        docs.write_text(with_rows(docs.read_text(encoding="utf-8"), rows), encoding="utf-8")
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(bool(problems))


HEAD = (
    f"| fault | lasted (s) | {' | '.join(STAGES)} | late (s) | swept | problems |",
    "|---" * (len(STAGES) + 5) + "|",
)


def line_of(row: Row) -> str:
    """Of the table: seconds from the fault's end to each job's, and executions."""
    cells = {
        cell.stage: f"{max(0.0, cell.over_s):.0f}"
        + (f" ({cell.executions})" if cell.executions > 1 else "")
        + (" **wrong**" if cell.problems else "")
        for cell in row.cells
    }
    return (
        f"| {row.fault} | {row.lasted_s:.0f} | {' | '.join(cells[stage] for stage in STAGES)} "
        f"| {row.shown_running_s:.0f} | {row.orphans} | {len(row.everything_wrong)} |"
    )


def with_rows(page: str, rows: Mapping[str, str]) -> str:
    """The page with these rows in its table; other faults keep theirs."""
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    there = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines() if line}
    known = there | dict(rows)
    lines = [*HEAD, *(known[fault] for fault in ROWS if fault in known)]
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n\n{END}{after}"


if __name__ == "__main__":
    main()
