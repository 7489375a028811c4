"""Compares decoded recordings of every kind with FFmpeg: all samples, in order, no false warning.

    python -m benchmarks.media [--only TEXT] [--jobs N]

Containers, codecs, layouts and damages of ``tests/support/media_matrix.py``, files as programs and
devices write them (``odd_files.py``), and every format behind every other (``joined_files.py``).
Ends with status 1 when one is not as it should be.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from tests.support import joined_files, media_matrix, odd_files


@dataclass(frozen=True, slots=True)
class Row:
    group: str
    name: str
    problems_in: Callable[[Path], list[str]]  # in a folder of its own


def rows(sources: Path) -> Iterator[Row]:
    for case in media_matrix.cases():
        yield Row(case.damage, case.name, partial(media_matrix.problems_of, case))
    for odd in odd_files.every():
        found = partial(odd_files.problems_of_odd_file, odd, sources)
        yield Row("of programs", f"{odd.group}/{odd.name}", found)
    for pair in joined_files.pairs():
        name = f"joins/{' '.join(pair)}"
        yield Row("of two formats", name, partial(joined_files.problems_of_join, pair))


def check(row: Row) -> tuple[Row, list[str]]:
    with tempfile.TemporaryDirectory() as name:
        return row, row.problems_in(Path(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="recordings whose name contains this")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    console = Console()
    wrong, by_group = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as sources, ThreadPoolExecutor(options.jobs) as pool:
        odd_files.write_sources(Path(sources))
        chosen = [row for row in rows(Path(sources)) if options.only in row.name]
        for row, problems in pool.map(check, chosen):
            by_group[row.group] += 1
            wrong += bool(problems)
            for problem in problems:
                console.print(f"{row.name}: {problem}", soft_wrap=True, highlight=False)
    counts = ", ".join(f"{count} {group}" for group, count in by_group.items())
    console.print(
        f"{len(chosen)} recordings ({counts}): {wrong} not as they should be.",
        soft_wrap=True,
        highlight=False,
    )
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
