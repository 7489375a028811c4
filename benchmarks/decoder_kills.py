"""Kills decoding processes (SIGKILL, SIGSEGV) at random moments, in a worker and in the API.

python -m benchmarks.decoder_kills [--runs 50] [--seed 1]
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.decoder_kills import DecoderKills, DecoderOutcome
from tests.support.job_kills import KillBench
from tests.support.recordings import record
from tests.support.service_processes import QUICK, service

API_EVERY = 5  # every fifth kill is one in the API
TRIES = 4  # for each hit: a job may be done before its moment
DECODES_S = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    hits: list[DecoderOutcome] = []
    problems = missed = 0
    with tempfile.TemporaryDirectory(prefix="mp4totext-decoders-") as name:
        for outcome in _outcomes(Path(name), given.runs, random.Random(given.seed)):  # noqa: S311
            line = f"{outcome.where} {outcome.how} at {outcome.after_s:.2f} s"
            result = f"answered after {outcome.answer_s:.2f} s" if outcome.hit else "missed"
            sys.stderr.write(f"{line}: {result} {'; '.join(outcome.problems)}\n")
            problems += bool(outcome.problems)
            missed += not outcome.hit
            hits += [outcome] * outcome.hit
    longest = max((outcome.answer_s for outcome in hits), default=0.0)
    sys.stdout.write(
        f"{len(hits)} decoders killed ({missed} more had done their work): "
        f"answers after {longest:.1f} s at most, {problems} with problems.\n"
    )
    sys.exit(problems > 0 or len(hits) < given.runs)


def _outcomes(folder: Path, runs: int, chance: random.Random) -> Iterator[DecoderOutcome]:
    recording = record(folder / "talk.m4a", seconds=1_200, speech_s=2, every_s=300)
    with service(folder / "service", QUICK) as made, made.api() as api, made.worker() as worker:
        bench = KillBench(
            service=made,
            api=api,
            worker=worker,
            account=made.account(api, granted=100_000),
            recording=recording,
            chance=chance,
        )
        kills, hit = DecoderKills(bench, DECODES_S), 0
        for _ in range(runs * TRIES):
            if hit == runs:
                return
            kill = kills.kill_in_api if hit % API_EVERY == 0 else kills.kill_in_worker
            outcome = kill(chance)
            hit += outcome.hit
            yield outcome


if __name__ == "__main__":
    main()
