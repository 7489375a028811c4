"""Measures speed and memory as ratios to a baseline in the same run, which hold on any machine.

python -m benchmarks.bench [--only NAME] [--rounds 3] [--json FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    bench_api,
    bench_editing,
    bench_engines,
    bench_jobs,
    bench_ledger,
    bench_live,
    bench_speakers,
    bench_start,
    bench_videos,
)
from benchmarks.measure import Figure
from tests.support.service_processes import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(_parts(Path(), 1)), action="append")
    parser.add_argument("--rounds", type=int, default=3, help="of each pair; medians are taken")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="mp4totext-bench-") as name:
        for part, measure in _parts(Path(name), given.rounds).items():
            if given.only and part not in given.only:
                continue
            load, began = os.getloadavg()[0], time.monotonic()
            found = list(measure())
            sys.stderr.write(f"{part}: {time.monotonic() - began:.0f} s, load {load:.1f} before\n")
            for figure in found:
                sys.stderr.write(f"  {figure.name}: {figure.value:.3f} {figure.facts}\n")
            figures += found
    Console().print(table_of(figures))
    if given.json:
        rows = [asdict(figure) | {"holds": figure.holds} for figure in figures]
        given.json.write_text(json.dumps(rows, indent=1))


def _parts(folder: Path, rounds: int) -> dict[str, Callable[[], Iterator[Figure]]]:
    return {
        "overhead": lambda: bench_jobs.overhead(folder, minutes=10, rounds=rounds),
        "start": lambda: bench_start.start(folder, rounds),
        "processes": lambda: bench_jobs.speed_up(folder, minutes=30, rounds=max(1, rounds // 2)),
        "engines": lambda: bench_engines.against_libraries(folder, minutes=12, rounds=rounds),
        "memory": lambda: bench_jobs.memory(folder, hours=4),
        "busy": lambda: bench_jobs.reads_while_busy(folder, minutes=12),
        "upload": _upload,
        "reads": lambda: bench_api.reads(folder),
        "editing": lambda: bench_editing.editing(folder),
        "ledger": lambda: bench_ledger.pairs(folder),
        "speakers": lambda: bench_speakers.speakers(folder, minutes=10, hours=4, rounds=rounds),
        "videos": lambda: bench_videos.slideshow(folder / "videos", rounds),
        "live": lambda: bench_api.listeners(folder, clients=1_000),
        "livetext": lambda: bench_live.live_text(folder),
    }


def _upload() -> Iterator[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.upload", "2"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},  # noqa: TID251  passed on
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    for line in map(json.loads, done.stdout.splitlines()):
        if "rss_growth_mb" in line:
            yield Figure(
                name=f"memory growth of a 2 GB upload, {line['way']}",
                value=line["rss_growth_mb"],
                unit="MB",
                target="<= 64",
                facts={"mb_per_s": line["mb_per_s"], "other_p99_ms": line["other_p99_ms"]},
            )


def table_of(figures: list[Figure]) -> Table:
    low, _, high = os.getloadavg()
    table = Table(
        title="Ratios in one run",
        caption=f"load {low:.1f} now, {high:.1f} over 15 min, on {os.cpu_count()} cores",
    )
    for heading in ("what", "measured", "target", "holds", "of what"):
        table.add_column(heading)
    for figure in figures:
        facts = ", ".join(f"{name} {value}" for name, value in figure.facts.items())
        holds = {None: "", True: "yes", False: "NO"}[figure.holds]
        value = f"{figure.value:.2f} {figure.unit}".strip()
        table.add_row(figure.name, value, figure.target or "", holds, facts)
    return table


if __name__ == "__main__":
    main()
