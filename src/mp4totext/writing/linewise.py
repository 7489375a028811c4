"""Answers that keep the recording's lines: "[s12] text" for each segment, none left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY = "-"
"""What stands for a line of which nothing is left, so that it is not taken for a missing one."""

_LINE = re.compile(r"^\s*\[(s\d+)(?:\s[^\]]*)?\]\s*(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswer:
    """``texts``: segment id -> text, in the order asked; empty for a line of fillers only."""

    texts: dict[str, str]
    missing: tuple[str, ...]  # asked for and not answered: ask again for these
    unknown: tuple[str, ...]  # answered and never asked for: dropped


def read_lines(answer: str, *, expected: Sequence[str]) -> LineAnswer:
    """A line without an id goes on the one before; an id given twice is one text."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in answer.splitlines():
        match = _LINE.match(line)
        if match is not None:
            current = found.setdefault(match.group(1), [])
            current.append(match.group(2).strip())
        elif line.strip() and current is not None:
            current.append(line.strip())
    asked = dict.fromkeys(expected)
    joined = {key: " ".join(filter(None, found[key])) for key in asked if key in found}
    texts = {key: "" if text == EMPTY else text for key, text in joined.items() if text}
    return LineAnswer(
        texts=texts,
        missing=tuple(key for key in asked if key not in texts),
        unknown=tuple(key for key in found if key not in asked),
    )
