"""Runs 10,000 random interleavings of two editors of a transcript; stops at the first failure.

No edit may be lost and none applied twice, the transcript has no problem after any, and to undo
everything gives the first text back byte for byte. The test suite plays 300 of them.

python -m benchmarks.interleavings [HOW_MANY] [FIRST_SEED]
"""

import sys
import time

import structlog

from tests.support.two_editors import TwoEditors, database_in_memory

STEPS = 8  # edits sent, some of which are refused
A_DATABASE = 250  # so that it stays small


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    began = time.monotonic()
    accepted = conflicts = refused = 0
    for block in range(first, first + count, A_DATABASE):
        with database_in_memory() as database:
            for seed in range(block, min(block + A_DATABASE, first + count)):
                editors = TwoEditors(database, seed)
                try:
                    editors.play(STEPS)
                except BaseException:
                    sys.stderr.write(f"seed {seed} failed\n")
                    raise
                accepted += editors.accepted
                conflicts += editors.conflicts
                refused += editors.refused
    sys.stdout.write(
        f"{count} interleavings in {time.monotonic() - began:.0f} s: {accepted} changes, "
        f"{conflicts} conflicts, {refused} impossible edits refused; all agree.\n"
    )


if __name__ == "__main__":
    main()
