"""Splits a transcript into parts that fit a model's window, and verifies that nothing is lost."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from mp4totext.transcript import Transcript
from mp4totext.writing.sentences import split

TokenCounter: TypeAlias = Callable[[str], int]


class DoesNotFit(ValueError):
    """The model's window is too small for the work; the message says for what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A segment as a model reads it, or a piece of one that is longer than the window."""

    segment_id: str
    start_ms: int
    speaker: str | None  # the label that readers see
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    number: int  # from 1
    lines: tuple[Line, ...]


def render(lines: Sequence[Line]) -> str:
    """Each line as ``[s12 0:04:31 Speaker 1] what was said``.

    Line breaks and angle brackets are replaced, so that nothing spoken can look like another line
    or close the delimiter around it.
    """
    return "\n".join(_render_line(line) for line in lines)


def plan(transcript: Transcript, *, count: TokenCounter, tokens_max: int) -> tuple[Part, ...]:
    """Cut a transcript at segment borders into parts of at most ``tokens_max``.

    ``count`` must not give more for two lines together than the sum of both. Raises DoesNotFit when
    not even a word fits.
    """
    labels = {speaker.id: speaker.label for speaker in transcript.speakers}
    lines: list[Line] = []
    for segment in transcript.segments:
        if not segment.text.strip():
            continue
        line = Line(
            segment_id=segment.id,
            start_ms=segment.start_ms,
            speaker=labels.get(segment.speaker, segment.speaker) if segment.speaker else None,
            text=segment.text,
        )
        lines.extend(_split_line(line, count=count, room=tokens_max))
    sizes = [_size(line, count) for line in lines]
    # As few parts as possible, but of equal size: else the last one may have a single line.
    number = len(_pack(sizes, tokens_max))
    even = math.ceil(sum(sizes) / max(1, number)) + max(sizes, default=0)
    return tuple(
        Part(number=number, lines=tuple(lines[at:to]))
        for number, (at, to) in enumerate(_pack(sizes, min(tokens_max, even)), 1)
    )


def halves(part: Part) -> tuple[Part, Part]:
    """Split a part of two lines or more."""
    middle = len(part.lines) // 2
    return (
        replace(part, lines=part.lines[:middle]),
        replace(part, lines=part.lines[middle:]),
    )


def plan_problems(parts: Sequence[Part], transcript: Transcript) -> list[str]:
    """The problems of a plan: segments left out, repeated, changed or out of order.

    If there are none, the lines of the parts are the whole transcript, each segment exactly once.
    """
    planned: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts:
        for line in part.lines:
            planned[line.segment_id].append(line.text)
    problems = []
    spoken = [segment for segment in transcript.segments if segment.text.strip()]
    for segment in spoken:
        text = "".join(planned[segment.id])
        if "".join(text.split()) != "".join(segment.text.split()):
            problems.append(f"segment {segment.id} is not in the parts as it was said")
    order = dict.fromkeys(line.segment_id for part in parts for line in part.lines)
    if list(order) != [segment.id for segment in spoken]:
        problems.append("the parts are not in the transcript's order")
    return problems


def groups(results: Sequence[str], *, count: TokenCounter, tokens_max: int) -> list[list[int]]:
    """Indices of neighbouring results that fit one merging call.

    Merge each group and call again with the results; a single group is the last merge. Raises
    DoesNotFit when no two results fit together, as merging would then never end.
    """
    sizes = [count(result) + 1 for result in results]
    ranges = _pack(sizes, tokens_max)
    if len(results) > 1 and len(ranges) == len(results):
        raise DoesNotFit(f"Two partial results need more than {tokens_max} tokens.")
    return [list(range(at, to)) for at, to in ranges]


def _split_line(line: Line, *, count: TokenCounter, room: int) -> list[Line]:
    """The line, or its sentences, or its halves, until each fits. Raises DoesNotFit."""
    if _size(line, count) <= room:
        return [line]
    ranges = list(split(line.text, 0, len(line.text), language=None))
    if len(ranges) < 2:
        ranges = _halves(line.text)
    if not ranges:
        raise DoesNotFit(f"Segment {line.segment_id!r} needs more than {room} tokens.")
    pieces: list[Line] = []
    for at, to in ranges:
        piece = replace(line, text=line.text[at:to].strip())
        pieces.extend(_split_line(piece, count=count, room=room))
    return pieces


def _halves(text: str) -> list[tuple[int, int]]:
    """Two ranges, cut at the space nearest to the middle; none for a single character."""
    if len(text) < 2:
        return []
    spaces = [match.start() for match in re.finditer(r"(?<=\S)\s+(?=\S)", text)]
    middle = len(text) // 2
    cut = min(spaces, key=lambda at: abs(at - middle)) if spaces else middle
    return [(0, cut), (cut, len(text))]


def _render_line(line: Line) -> str:
    seconds = line.start_ms // 1000
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    speaker = f" {_plain(line.speaker)}" if line.speaker else ""
    return f"[{line.segment_id} {clock}{speaker}] {_plain(line.text)}"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "‹").replace(">", "›")


def _size(line: Line, count: TokenCounter) -> int:
    return count(_render_line(line) + "\n")


def _pack(sizes: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Ranges of neighbours whose sizes sum up to at most ``room``, each as long as possible."""
    ranges: list[tuple[int, int]] = []
    at, used = 0, 0
    for index, size in enumerate(sizes):
        if index > at and used + size > room:
            ranges.append((at, index))
            at, used = index, 0
        used += size
    if sizes:
        ranges.append((at, len(sizes)))
    return ranges
