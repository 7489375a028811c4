"""Parses answers of kinds that preserve the recording's lines: "[s12] text" for each segment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY = "-"
"""The text of a line of which nothing is left, which distinguishes it from a missing line."""

_LINE = re.compile(r"^\s*\[(s\d+)(?:\s[^\]]*)?\]\s*(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswer:
    """``texts``: segment id -> text, in the expected order; empty for a line of fillers only."""

    texts: dict[str, str]
    missing: tuple[str, ...]  # expected ids without an answer
    unknown: tuple[str, ...]  # ids that were not expected: their lines are dropped


def read_lines(answer: str, *, expected: Sequence[str]) -> LineAnswer:
    """Parse an answer. A line without an id continues the one before; repeated ids are joined."""
    pieces: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in answer.splitlines():
        match = _LINE.match(line)
        if match is not None:
            current = pieces.setdefault(match.group(1), [])
            current.append(match.group(2).strip())
        elif line.strip() and current is not None:
            current.append(line.strip())
    ids = dict.fromkeys(expected)
    joined = {key: " ".join(filter(None, pieces[key])) for key in ids if key in pieces}
    texts = {key: "" if text == EMPTY else text for key, text in joined.items() if text}
    return LineAnswer(
        texts=texts,
        missing=tuple(key for key in ids if key not in texts),
        unknown=tuple(key for key in pieces if key not in ids),
    )
