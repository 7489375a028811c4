"""Compares decoded recordings of every kind with FFmpeg: all samples, in order, no false warning.

    python -m benchmarks.media [--only TEXT] [--jobs N]

Containers, codecs, layouts and damages of ``tests/support/media_matrix.py``. Ends with status 1
when a case is not as it should be.
"""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from tests.support.media_matrix import Case, cases, problems_of


def check(case: Case) -> tuple[Case, list[str]]:
    with tempfile.TemporaryDirectory() as name:
        return case, problems_of(case, Path(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [case for case in cases() if options.only in case.name]
    console = Console()
    wrong, by_damage = 0, Counter[str]()
    with ThreadPoolExecutor(options.jobs) as pool:
        for case, problems in pool.map(check, chosen):
            by_damage[case.damage] += 1
            wrong += bool(problems)
            for problem in problems:
                console.print(f"{case.name}: {problem}", soft_wrap=True, highlight=False)
    counts = ", ".join(f"{count} {damage}" for damage, count in by_damage.items())
    kinds = len({case.kind for case in chosen})
    console.print(
        f"{len(chosen)} recordings of {kinds} kinds ({counts}): {wrong} not as they should be.",
        soft_wrap=True,
        highlight=False,
    )
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
