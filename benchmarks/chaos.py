"""Kills, stops or cancels at every stage of a job, on real processes; audits the ledger.

python -m benchmarks.chaos [--runs 20] [--json FILE]
"""

import argparse
import itertools
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.support.job_kills import STAGES, KillBench, Outcome
from tests.support.live_kills import kill_while_speaking
from tests.support.recordings import record
from tests.support.service_processes import QUICK, service
from tests.support.upload_kills import kill_api_while_uploading

HOW = ("worker", "child")
STOPPED_AT = ("preparing", "transcribing", "diarizing", "finishing")
SIGNALS = {"cancel": "cancel", "stop": "kill -STOP worker"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="of each stage")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="mp4totext-chaos-") as name:
        for outcome in _outcomes(Path(name), given.runs, random.Random(given.seed)):  # noqa: S311  not a secret
            outcomes.append(outcome)
            say(outcome)
    Console().print(table_of(outcomes))
    if given.json:
        given.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    sys.exit(any(outcome.problems for outcome in outcomes))


def _outcomes(folder: Path, runs: int, chance: random.Random) -> Iterator[Outcome]:
    recording = record(folder / "talk.m4a", seconds=360, speech_s=6, every_s=90)
    with service(folder / "service", QUICK) as made:
        with made.api() as api, made.worker() as worker:
            field = KillBench(
                service=made,
                api=api,
                worker=worker,
                account=made.account(api, granted=100_000),
                recording=recording,
                chance=chance,
            )
            for run, stage in itertools.product(range(runs), STAGES):
                yield field.kill_at(stage, HOW[run % len(HOW)])
            for _, stage in itertools.product(range(max(1, runs // 4)), STAGES[1:]):
                yield field.cancel_at(stage)
            for _, stage in itertools.product(range(max(1, runs // 4)), STOPPED_AT):
                yield field.stop_at(stage)
        yield from kill_api_while_uploading(made, recording, runs=runs, chance=chance)
        for how in ("worker", "api"):
            yield from kill_while_speaking(made, how, runs=runs, chance=chance)


def say(outcome: Outcome) -> None:
    line = f"{outcome.stage} {outcome.how} hit={outcome.hit} {outcome.recovered_s:.1f} s"
    sys.stderr.write(f"{line} {'; '.join(outcome.problems) or 'ok'}\n")


def table_of(outcomes: list[Outcome]) -> Table:
    table = Table(title="Deaths and what became of the job")
    for heading in ("aimed at", "what", "runs", "hit", "longest until taken back", "problems"):
        table.add_column(heading)
    for stage, how in dict.fromkeys((o.stage, o.how) for o in outcomes):
        these = [o for o in outcomes if (o.stage, o.how) == (stage, how)]
        hit = Counter(o.hit for o in these)
        table.add_row(
            stage,
            SIGNALS.get(how, f"kill -9 {how}"),
            str(len(these)),
            ", ".join(f"{where} {count}" for where, count in hit.most_common()),
            f"{max(o.recovered_s for o in these):.1f} s",
            str(sum(bool(o.problems) for o in these)),
        )
    return table


if __name__ == "__main__":
    main()
