"""Simulates 1 to 10,000 jobs at once with measured speeds, to find where queues grow.

``python -m benchmarks.capacity [--svg docs/capacity.svg] [--rows]`` prints the tables of
docs/capacity.md. The parts' speeds come from ``benchmarks.components`` and are overridable.
"""

import json
import math
import random
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import simpy

JOBS = (1, 10, 100, 1_000, 10_000)
WINDOW_S = 120  # of audio: what one worker process takes at a time
RECORDING_S = 1_800.0  # mean; lengths are exponential between the bounds
SHORTEST_S, LONGEST_S = 60.0, 4 * 3600.0
BYTES_PER_S = 16_000  # 128 kbit/s
PROGRESS_EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The throughput of one unit of each part, measured on one core of the development machine."""

    core_s_per_audio_s: float = 0.033  # bundled engine, windows with speech
    upload_mb_per_s: float = 50.0  # one API process, to S3
    claim_ms: float = 17.0  # a job, with a hundred users waiting
    claim_part_ms: float = 3.5  # a window
    commit_ms: float = 3.5  # submit, part done, finish, progress event
    database_threads: int = 2  # four at once did 1.7 times as much as one
    network_mb_per_s: float = 1_000.0  # of the store; assumed


@dataclass(frozen=True, kw_only=True)
class Size:
    """The number of units of each part."""

    name: str
    apis: int
    worker_cores: int


@dataclass
class Waits:
    """Seconds that jobs waited for each part, summed by job, and how busy each part was."""

    waited: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    audio_s: float = 0.0
    until_s: float = 0.0


class Farm:
    def __init__(self, size: Size, parts: Parts, seed: int) -> None:
        self.environment = simpy.Environment()
        self.parts = parts
        self.chance = random.Random(seed)  # noqa: S311  a simulation
        self.waits = Waits()
        self.resources = {
            "API": simpy.Resource(self.environment, size.apis),
            "database": simpy.Resource(self.environment, parts.database_threads),
            "store": simpy.Resource(self.environment, 1),
            "workers": simpy.Resource(self.environment, size.worker_cores),
        }

    def use(self, part: str, seconds: float, mine: dict[str, float]) -> Generator[Any, Any, None]:
        began = self.environment.now
        with self.resources[part].request() as turn:
            yield turn
            mine[part] = mine.get(part, 0.0) + self.environment.now - began
            self.waits.busy[part] = self.waits.busy.get(part, 0.0) + seconds
            yield self.environment.timeout(seconds)

    def job(self) -> Generator[Any, Any, None]:
        """Upload, submit, claim, windows side by side, finish."""
        parts, mine = self.parts, dict[str, float]()
        length = min(max(self.chance.expovariate(1 / RECORDING_S), SHORTEST_S), LONGEST_S)
        megabytes = length * BYTES_PER_S / 1e6
        began = self.environment.now
        yield from self.use("API", megabytes / parts.upload_mb_per_s, mine)
        yield from self.use("store", megabytes / parts.network_mb_per_s, mine)
        yield from self.use("database", parts.commit_ms / 1000, mine)
        yield from self.use("database", parts.claim_ms / 1000, mine)
        windows = max(1, round(length / WINDOW_S))
        pending = [
            self.environment.process(self.window(length / windows, mine)) for _ in range(windows)
        ]
        yield self.environment.all_of(pending)
        yield from self.use("database", parts.commit_ms / 1000, mine)
        for part in self.resources:
            self.waits.waited.setdefault(part, []).append(mine.get(part, 0.0))
        self.waits.took.append(self.environment.now - began)
        self.waits.audio_s += length

    def window(self, audio_s: float, mine: dict[str, float]) -> Generator[Any, Any, None]:
        parts = self.parts
        work_s = audio_s * parts.core_s_per_audio_s
        own: dict[str, float] = {}
        yield from self.use("workers", work_s, own)
        told = work_s / PROGRESS_EVERY_S
        database_ms = parts.claim_part_ms + parts.commit_ms * (1 + told)
        yield from self.use("database", database_ms / 1000, own)
        # Windows wait side by side: the job waits for the last.
        for part, waited in own.items():
            mine[part] = max(mine.get(part, 0.0), waited)


def simulate(jobs: int, size: Size, parts: Parts, *, seed: int = 1) -> Waits:
    """All jobs arrive within a minute."""
    farm = Farm(size, parts, seed)

    def arrive() -> Generator[Any, Any, None]:
        for _ in range(jobs):
            farm.environment.process(farm.job())
            yield farm.environment.timeout(60 / jobs)

    farm.environment.process(arrive())
    farm.environment.run()
    farm.waits.until_s = max(farm.environment.now, 1e-9)
    for part, resource in farm.resources.items():
        busy = farm.waits.busy.get(part, 0.0)
        farm.waits.busy[part] = busy / farm.waits.until_s / resource.capacity
    return farm.waits


def fixed(_jobs: int) -> Size:
    return Size(name="one host of 8 cores", apis=2, worker_cores=8)


def growing(jobs: int) -> Size:
    return Size(name="a core a job", apis=max(2, jobs // 100), worker_cores=max(2, jobs))


SIZES: Mapping[str, Callable[[int], Size]] = {
    "fixed: 2 API processes, 8 worker cores": fixed,
    "growing: an API process for 100 jobs, a worker core for each": growing,
}


def table(size_of: Callable[[int], Size], parts: Parts) -> Iterator[tuple[int, Waits]]:
    for jobs in JOBS:
        yield jobs, simulate(jobs, size_of(jobs), parts)


def rows(found: list[tuple[int, Waits]]) -> Iterator[str]:
    names = list(found[0][1].waited)
    yield (
        "| jobs at once | a job takes (mean) | "
        + " | ".join(f"waits for {n} (busy)" for n in names)
        + " | audio hours an hour |"
    )
    yield "|---" * (len(names) + 3) + "|"
    for jobs, waits in found:
        cells = [f"{_human(fmean(waits.waited[name]))} ({waits.busy[name]:.0%})" for name in names]
        speed = waits.audio_s / waits.until_s
        yield f"| {jobs:,} | {_human(fmean(waits.took))} | {' | '.join(cells)} | {speed:,.0f} |"


def _human(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 3600:.1f} h"


WIDE, HIGH, EDGE = 420, 260, 46
COLORS = {"API": "#3b7dd8", "database": "#c0392b", "store": "#8e8e8e", "workers": "#2e8b57"}


def svg(results: Mapping[str, list[tuple[int, Waits]]]) -> str:
    """Charts of the mean wait for each part over the number of jobs, with logarithmic axes."""
    panels = [_panel(name, found, at) for at, (name, found) in enumerate(results.items())]
    wide = WIDE * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {HIGH + 24}" '
        f'font-family="sans-serif" font-size="11">'
        f'<rect width="{wide}" height="{HIGH + 24}" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def _panel(name: str, found: list[tuple[int, Waits]], at: int) -> str:
    low, high = 1e-3, 1e5  # seconds

    def x(jobs: int) -> float:
        return at * WIDE + EDGE + (WIDE - 2 * EDGE) * JOBS.index(jobs) / (len(JOBS) - 1)

    def y(seconds: float) -> float:
        share = math.log(min(max(seconds, low), high) / low) / math.log(high / low)
        return 30 + (HIGH - 60) * (1 - share)

    drawn = [f'<text x="{x(1)}" y="18" font-weight="bold">{name}</text>']
    for seconds, label in ((1e-3, "1 ms"), (1, "1 s"), (60, "1 min"), (3600, "1 h")):
        drawn.append(
            f'<line x1="{x(1)}" x2="{x(JOBS[-1])}" y1="{y(seconds):.0f}" y2="{y(seconds):.0f}" '
            f'stroke="#ddd"/><text x="{x(1) - 6}" y="{y(seconds) + 4:.0f}" '
            f'text-anchor="end">{label}</text>'
        )
    for jobs in JOBS:
        drawn.append(
            f'<text x="{x(jobs):.0f}" y="{HIGH - 12}" text-anchor="middle">{jobs:,}</text>'
        )
    for number, (part, color) in enumerate(COLORS.items()):
        points = " ".join(f"{x(j):.0f},{y(fmean(w.waited[part])):.1f}" for j, w in found)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        drawn.append(
            f'<text x="{x(1) + 80 * number:.0f}" y="{HIGH + 8}" fill="{color}">{part}</text>'
        )
    return "".join(drawn)


@click.command()
@click.option("--svg", "picture", type=click.Path(path_type=Path), help="Draw it here.")
@click.option("--parts", "given", type=click.Path(path_type=Path, exists=True), help="JSON.")
def main(picture: Path | None, given: Path | None) -> None:
    """Print one table for each size."""
    parts = Parts(**json.loads(given.read_text())) if given else Parts()
    results = {name: list(table(size_of, parts)) for name, size_of in SIZES.items()}
    for name, found in results.items():
        click.echo(f"\n{name}\n")
        for row in rows(found):
            click.echo(row)
    if picture is not None:
        picture.write_text(svg(results), encoding="utf-8")


if __name__ == "__main__":
    main()
