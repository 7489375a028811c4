"""Measures chapters and summaries without a model, where the changes of topic are known.

    python -m benchmarks.eval_texts --speech DIR [--json OUT]

Readings of one person are one topic. They are transcribed through the whole product, and their
transcripts joined in many orders, with a pause no longer than between two sentences. The same is
done with pages of the Python reference that comes with every Python, at the pace of speech.
"""

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics as PAGES  # noqa: N812  its own name is taken here
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.pipeline import transcribed
from benchmarks.processes import begin, processes
from mp4totext.transcript import Segment, Transcript
from mp4totext.writing.extractive.chapters import chapters
from mp4totext.writing.extractive.summary import summary
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

NEAR_MS = 30_000
FLOOR = 0.6  # of the changes
GAP_MS = 400
MS_A_CHARACTER = 65  # 150 English words a minute
ORDERS = 12
LONG_MINUTES = 3  # of one page
PAGE_NAMES = (
    "assignment",
    "async",
    "attribute-access",
    "class",
    "comparisons",
    "debugger",
    "execmodel",
    "formatstrings",
    "import",
    "objects",
    "specialnames",
    "try",
)

Topic = tuple[Segment, ...]


@dataclass
class Score:
    changes: int = 0
    found: int = 0  # changes with a chapter that begins near
    set: int = 0  # chapters that begin after the first
    right: int = 0  # of those, near a change

    def add(self, made: Transcript, borders: Sequence[int]) -> None:
        starts = [one.start_ms for one in chapters(sentences(TextIndex(made)))][1:]
        self.changes += len(borders)
        self.set += len(starts)
        self.found += sum(any(abs(at - one) <= NEAR_MS for one in starts) for at in borders)
        self.right += sum(any(abs(at - one) <= NEAR_MS for one in borders) for at in starts)


def main() -> None:
    options = _options()
    read = readings(options.speech)
    report = measured(read, pages())
    table = Table("what", "changes", "found within 30 s", "chapters set", "of those right")
    for name, score in report.items():
        table.add_row(
            name,
            str(score.changes),
            f"{score.found / max(1, score.changes):.0%}",
            str(score.set),
            f"{score.right / max(1, score.set):.0%}",
        )
    console = Console()
    console.print(table)
    wrong = wrong_quotes([*read.values(), *pages().values()])
    console.print(f"summary sentences that are not verbatim, or not at their time: {wrong}")
    if options.json:
        scores = {name: vars(score) for name, score in report.items()}
        options.json.write_text(json.dumps({"chapters": scores, "wrong_quotes": wrong}, indent=1))
    missed = [name for name, score in report.items() if score.found < FLOOR * score.changes]
    if missed or wrong:
        sys.exit(f"below the floor: {', '.join(missed) or 'quotes'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser.parse_args()


def readings(folder: Path) -> Mapping[str, Topic]:
    """English readings of one person each, and long recordings of one speaker."""
    rows = [
        row
        for row in json.loads((folder / "manifest.json").read_text())
        if row["category"] == "long" or (row["category"] == "clip" and row.get("speaker"))
    ]
    with processes() as pool:
        work = partial(_segments, folder=folder)
        made = begin(pool, work, rows, length=lambda row: row["duration_s"] or 0)
    heard: defaultdict[str, list[Segment]] = defaultdict(list)
    for row, segments in zip(rows, made, strict=True):
        name = row.get("speaker") or row["file"]
        heard[name] += _after(heard[name], segments.result())
    return {name: tuple(segments) for name, segments in heard.items()}


def _segments(row: Mapping[str, Any], *, folder: Path) -> Topic:
    """Of one recording, in a process of the pool."""
    return transcribed(folder / row["file"]).segments


def pages() -> Mapping[str, Topic]:
    """A few minutes of prose from each page, a sentence a segment."""
    return {name: tuple(_spoken(PAGES[name])) for name in PAGE_NAMES}


def _spoken(page: str) -> Iterator[Segment]:
    """Paragraphs that are prose: no code, no tables, no lists of symbols."""
    at = 0
    for block in re.split(r"\n\s*\n", page):
        text = re.sub(r"\s+", " ", re.sub(r"[*\"`]", "", block)).strip()
        plain = sum(one.isalpha() or one == " " for one in text)
        if len(text) < 80 or block.startswith("   ") or plain < 0.9 * len(text):
            continue
        for sentence in re.split(r"(?<=[.:])\s+(?=[A-Z])", text):
            if at > LONG_MINUTES * 60_000:
                return
            end = at + len(sentence) * MS_A_CHARACTER
            yield Segment(id="s", start_ms=at, end_ms=end, text=sentence)
            at = end + GAP_MS


def joined(parts: Sequence[Topic]) -> tuple[Transcript, list[int]]:
    """One transcript, and where each topic but the first begins."""
    segments: list[Segment] = []
    borders = []
    for part in parts:
        moved = _after(segments, part)
        borders.append(moved[0].start_ms)
        segments += moved
    numbered = [replace(one, id=f"s{n}", language="en") for n, one in enumerate(segments, 1)]
    made = Transcript(duration_ms=segments[-1].end_ms, language="en", segments=tuple(numbered))
    return made, borders[1:]


def _after(before: Sequence[Segment], following: Sequence[Segment]) -> list[Segment]:
    """Moved to begin a short pause after the end of ``before``."""
    end = before[-1].end_ms + GAP_MS if before else 0
    by = end - (following[0].start_ms if following else 0)
    return [
        replace(
            one,
            start_ms=one.start_ms + by,
            end_ms=one.end_ms + by,
            speaker=None,
            words=tuple(
                replace(word, start_ms=word.start_ms + by, end_ms=word.end_ms + by)
                for word in one.words
            ),
        )
        for one in following
    ]


def measured(read: Mapping[str, Topic], written: Mapping[str, Topic]) -> dict[str, Score]:
    report: dict[str, Score] = {}
    for name, topics in (("readings", read), ("pages", written)):
        score = report[name] = Score()
        dice = random.Random(name)  # noqa: S311  # an order, not a secret
        for _ in range(ORDERS):
            order = list(topics.values())
            dice.shuffle(order)
            score.add(*joined(order))
    alone = report["one reading or page alone"] = Score()
    for topic in [*read.values(), *written.values()]:
        alone.add(*joined([topic]))
    hours = report["pages, three hours"] = Score()
    order = [topic for _ in range(5) for topic in written.values()]
    random.Random("hours").shuffle(order)  # noqa: S311  # an order, not a secret
    hours.add(*joined(order))
    return report


def wrong_quotes(topics: Sequence[Topic]) -> int:
    """Summary sentences that are not in the transcript as they stand, between their times."""
    made, _ = joined(topics)
    wrong = 0
    by_id = {one.id: one for one in made.segments}
    for style in ("short", "bullets", "executive"):
        for quote in summary(sentences(TextIndex(made)), style=style).quotes:
            first, last = by_id[quote.segment_ids[0]], by_id[quote.segment_ids[-1]]
            in_time = first.start_ms <= quote.start_ms < quote.end_ms <= last.end_ms
            wrong += quote.text not in made.text or not in_time
    return wrong


if __name__ == "__main__":
    main()
