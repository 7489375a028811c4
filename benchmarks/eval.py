"""Measures word error rates, invented words and failures over a folder with a manifest.

    python -m benchmarks.eval --speech DIR [--json OUT] [--only PART]

``DIR/manifest.json`` is a list of ``{file, category, language, reference_text, expect}``. Without
--only also what benchmarks.planted composes: passages at seams, short answers, nothing said.
"""

import argparse
import json
import resource
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jiwer
from rich.console import Console
from rich.table import Table
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks import planted
from benchmarks.pipeline import Refused, transcribed
from benchmarks.processes import begin, processes
from mp4totext.transcript import CoverageKind, Transcript, problems

_normalise = EnglishTextNormalizer()


@dataclass
class Tally:
    """What one category of recordings gave."""

    files: int = 0
    errors: int = 0  # substitutions + deletions + insertions
    reference_words: int = 0
    invented_words: int = 0  # words in recordings where nothing is said
    quarantined: int = 0
    seconds: float = 0.0  # of sound
    took_s: float = 0.0  # of one processor core
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def wer(self) -> float | None:
        return self.errors / self.reference_words if self.reference_words else None


def main() -> None:
    options = _options()
    rows = json.loads((options.speech / "manifest.json").read_text())
    rows = [row for row in rows if not options.only or options.only in row["file"]]
    with processes() as pool:
        parts = {} if options.only else planted.begin(pool, options.speech)  # these take longest
        work = partial(_measure, folder=options.speech)
        files = begin(pool, work, rows, length=lambda row: row["duration_s"] or 0)
    tallies: dict[str, Tally] = defaultdict(Tally)
    details = []
    for row, file in zip(rows, files, strict=True):
        detail, tally = file.result()
        details.append(detail)
        tallies[row["category"]].add(tally)
    seeded = {name: part.result() for name, part in parts.items()}
    _show(tallies, details if options.verbose else [])
    for name, found in seeded.items():
        Console().print(f"{name}: {found}", soft_wrap=True)
    if options.json:
        report = {
            "categories": {k: _as_json(t) for k, t in tallies.items()},
            "planted": seeded,
            "files": details,
        }
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--only", help="measure the files whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="show every file's text")
    return parser.parse_args()


def _measure(row: dict[str, Any], *, folder: Path) -> tuple[dict[str, Any], Tally]:
    """Of one recording, in a process of the pool."""
    tally = Tally(files=1)
    started = time.process_time()
    try:
        transcript = transcribed(folder / row["file"])
    except Refused as e:
        if row["expect"] != "error":
            tally.failures.append(f"{row['file']}: {e.code}")
        return {"file": row["file"], "error": e.code, "message": e.message}, tally
    took_s = time.process_time() - started
    if row["expect"] == "error":
        tally.failures.append(f"{row['file']}: no error")
    tally.failures += [f"{row['file']}: {problem}" for problem in problems(transcript)]
    tally.took_s += took_s
    tally.seconds += transcript.duration_ms / 1_000
    quarantined = [c for c in transcript.coverage if c.kind is CoverageKind.QUARANTINED]
    tally.quarantined += len(quarantined)
    errors = _count(row, transcript, tally)
    detail = {
        "file": row["file"],
        "language": row["language"],
        "errors": errors,
        "text": transcript.text,
        "took_s": round(took_s, 2),
        "quarantined": [f"{c.reason}: {c.text}" for c in quarantined],
        "failed": sum(c.kind is CoverageKind.FAILED for c in transcript.coverage),
        "warnings": list(transcript.warnings),
    }
    return detail, tally


def _count(row: dict[str, Any], transcript: Transcript, tally: Tally) -> int | None:
    if row["expect"] == "no_speech":
        words = len(transcript.text.split())
        tally.invented_words += words
        return words
    reference = _normalise(row["reference_text"] or "")
    if row["language"] != "en" or not reference:
        return None
    found = jiwer.process_words(reference, _normalise(transcript.text) or "∅")
    errors = found.substitutions + found.deletions + found.insertions
    tally.errors += errors
    tally.reference_words += len(reference.split())
    return errors


def _as_json(tally: Tally) -> dict[str, Any]:
    return {
        "files": tally.files,
        "wer": tally.wer,
        "invented_words": tally.invented_words,
        "quarantined": tally.quarantined,
        "real_time_factor": tally.took_s / tally.seconds if tally.seconds else None,
        "failures": tally.failures,
    }


def _show(tallies: dict[str, Tally], details: list[dict[str, Any]]) -> None:
    console = Console()
    for detail in details:
        console.print(detail, soft_wrap=True)
    table = Table("category", "files", "WER", "invented", "quarantined", "RTF", "failures")
    for name, tally in tallies.items():
        table.add_row(
            name,
            str(tally.files),
            "" if tally.wer is None else f"{tally.wer:.4f}",
            str(tally.invented_words),
            str(tally.quarantined),
            f"{tally.took_s / tally.seconds:.3f}" if tally.seconds else "",
            "\n".join(tally.failures),
        )
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1_024
    console.print(f"Peak memory of a process {peak} MB.")


if __name__ == "__main__":
    main()
