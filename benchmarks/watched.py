"""Watches a folder to which 200 recordings are added, while the command is killed ten times.

``python -m benchmarks.watched`` (part of ``make chaos``).
"""

import sys
import tempfile
from pathlib import Path

from tests.flows.test_watch_and_kill import check
from tests.support.watched_folder import change_folder

COUNT, KILLS = 200, 10


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="watched-") as name:
        folder = Path(name)
        history = change_folder(folder / "inbox", folder / "data", count=COUNT, kills=KILLS)
        check(history)
    print(  # noqa: T201  the result
        f"{COUNT} recordings, {KILLS} kills: {len(history.kept)} transcribed once each, "
        f"{len(history.broken)} broken ones told once each, {len(history.deleted)} were deleted."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
