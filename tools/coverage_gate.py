"""Fails if the coverage of the preceding test run is below the required values."""

import fnmatch
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PACKAGE = "src/mp4totext/"

# Lines and branches, in percent. The first row whose patterns fit a file counts it. What the
# limited child processes of media/ run is not measured: they may write no file.
GATES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (
        98.5,
        (
            "billing/*",
            "credits/*",
            "events/*",
            "jobs/*",
            "auth/*",
            "kit/*",
            "transcript.py",
            "exports/*",
        ),
    ),
    (92.0, ("*",)),
)
WORST_SHOWN = 12


@dataclass
class Tally:
    covered: int = 0
    total: int = 0
    files: list[tuple[float, str, str]] = field(default_factory=list)

    def add(self, name: str, file: dict[str, Any]) -> None:  # coverage's JSON
        summary = file["summary"]
        covered = summary["covered_lines"] + summary.get("covered_branches", 0)
        total = summary["num_statements"] + summary.get("num_branches", 0)
        self.covered += covered
        self.total += total
        if covered < total:
            self.files.append((100 * covered / total, name, missing(file)))

    @property
    def percent(self) -> float:
        return 100 * self.covered / self.total if self.total else 100.0


def missing(file: dict[str, Any]) -> str:  # coverage's JSON
    lines = [str(line) for line in file["missing_lines"]]
    branches = [f"{start}->{end}" for start, end in file.get("missing_branches", [])]
    return ", ".join([*lines, *branches][:20])


def gate_of(name: str) -> float:
    return next(
        percent
        for percent, patterns in GATES
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    )


def measured() -> dict[str, Any]:  # coverage's JSON
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(report)]
        subprocess.run(command, cwd=ROOT, check=True)
        loaded: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return loaded


def judge(files: dict[str, Any]) -> int:  # coverage's JSON
    """Print the coverage of each group of files. Returns 1 if a value is not reached."""
    tallies = {percent: Tally() for percent, _ in GATES}
    for path, file in files.items():
        name = Path(path).as_posix().removeprefix(PACKAGE)
        tallies[gate_of(name)].add(name, file)
    failed = False
    for percent, tally in tallies.items():
        short = tally.covered * 100 < percent * tally.total
        failed |= short
        print(
            f"Coverage: {tally.percent:.2f} % of {tally.total} lines and branches, "
            f"{percent:g} % required{': NOT REACHED' if short else ''}"
        )
        if short:
            for reached, name, lines in sorted(tally.files)[:WORST_SHOWN]:
                print(f"  {reached:5.1f} %  {name}  {lines}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(judge(measured()["files"]))
