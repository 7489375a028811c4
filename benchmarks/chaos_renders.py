"""Kills the worker or cancels the video at every stage, on real processes; audits the ledger.

python -m benchmarks.chaos_renders [--runs 10]
"""

import argparse
import itertools
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.chaos import HOW, say, table_of
from tests.support.job_kills import Outcome
from tests.support.render_kills import STAGES, render_kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="of each of the five stages")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    outcomes: list[Outcome] = []
    chance = random.Random(given.seed)  # noqa: S311  not a secret
    with (
        tempfile.TemporaryDirectory(prefix="mp4totext-chaos-") as name,
        render_kills(Path(name), chance) as bench,
    ):
        problems = bench.undisturbed()
        for run, stage in itertools.product(range(given.runs), STAGES):
            outcomes.append(bench.kill_at(stage, HOW[run % len(HOW)]))
            say(outcomes[-1])
        for _, stage in itertools.product(range(max(1, given.runs // 2)), STAGES[:-1]):
            outcomes.append(bench.cancel_at(stage))
            say(outcomes[-1])
    Console().print(table_of(outcomes))
    sys.exit(bool(problems) or any(outcome.problems for outcome in outcomes))


if __name__ == "__main__":
    main()
