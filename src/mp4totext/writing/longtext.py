"""A transcript of any length in parts that fit a model, with the proof that nothing is left out."""

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
    """The model's window cannot hold what the work needs; the message says what and how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A segment as a model reads it, or a piece of one that alone is longer than the window."""

    segment_id: str
    start_ms: int
    speaker: str | None  # the label readers see
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``lines`` are this part's own; ``context`` repeats the end of the part before."""

    number: int  # from 1
    lines: tuple[Line, ...]
    context: tuple[Line, ...]
    tokens: int  # of both, as rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    parts: tuple[Part, ...]

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)


def render(lines: Sequence[Line]) -> str:
    """``[s12 0:04:31 Speaker 1] what was said``, a line each. Nothing spoken can look like a line
    of its own or close the delimiter around it: line breaks and angle brackets are taken out."""
    return "\n".join(_rendered(line) for line in lines)


def plan(transcript: Transcript, *, count: TokenCounter, fits: int, overlap: int = 0) -> Plan:
    """Parts of at most ``fits`` tokens, cut at segment borders; ``overlap`` tokens are repeated.

    ``count`` must not give more for two lines together than for each alone. Raises DoesNotFit
    when not even a word of the recording fits.
    """
    room = fits - overlap
    lines = [
        piece for line in _lines(transcript) for piece in _pieces(line, count=count, room=room)
    ]
    sizes = [_size(line, count) for line in lines]
    number = len(_filled(sizes, room))
    even = math.ceil(sum(sizes) / max(1, number)) + max(sizes, default=0)
    parts: list[Part] = []
    for at, to in _filled(sizes, min(room, even)):
        begin = at
        while begin > 0 and sum(sizes[begin - 1 : at]) <= overlap:
            begin -= 1
        parts.append(
            Part(
                number=len(parts) + 1,
                lines=tuple(lines[at:to]),
                context=tuple(lines[begin:at]),
                tokens=sum(sizes[begin:to]),
            )
        )
    return Plan(parts=tuple(parts))


def halves(part: Part) -> tuple[Part, Part]:
    """Of a part of two lines or more."""
    middle = len(part.lines) // 2
    return (
        replace(part, lines=part.lines[:middle]),
        replace(part, lines=part.lines[middle:], context=()),
    )


def unplaced(plan: Plan, transcript: Transcript) -> list[str]:
    """What is wrong with a plan: segments left out, repeated, changed or out of order.

    Empty is the proof that the parts' own lines are the transcript, each segment once.
    """
    said: defaultdict[str, list[str]] = defaultdict(list)
    order = [line.segment_id for part in plan.parts for line in part.lines]
    for part in plan.parts:
        for line in part.lines:
            said[line.segment_id].append(line.text)
    found = []
    spoken = [segment for segment in transcript.segments if segment.text.strip()]
    for segment in spoken:
        pieces = said[segment.id]
        if "".join("".join(pieces).split()) != "".join(segment.text.split()):
            found.append(f"segment {segment.id} is not in the parts as it was said")
    if list(dict.fromkeys(order)) != [segment.id for segment in spoken]:
        found.append("the parts are not in the transcript's order")
    return found


def groups(results: Sequence[str], *, count: TokenCounter, fits: int) -> list[list[int]]:
    """Indices of neighbouring results that fit one merging call; call again with what they give.

    One group means the next answer is the last. Raises DoesNotFit when no two results fit
    together, for then merging would never end.
    """
    sizes = [count(result) + 1 for result in results]
    filled = _filled(sizes, fits)
    if len(results) > 1 and len(filled) == len(results):
        raise DoesNotFit(f"Two partial answers need more than the {fits} tokens there are.")
    return [list(range(at, to)) for at, to in filled]


def _lines(transcript: Transcript) -> list[Line]:
    labels = {speaker.id: speaker.label for speaker in transcript.speakers}
    return [
        Line(
            segment_id=segment.id,
            start_ms=segment.start_ms,
            speaker=labels.get(segment.speaker, segment.speaker) if segment.speaker else None,
            text=segment.text,
        )
        for segment in transcript.segments
        if segment.text.strip()
    ]


def _pieces(line: Line, *, count: TokenCounter, room: int) -> list[Line]:
    """The line, or its sentences, or its halves, until each fits."""
    if _size(line, count) <= room:
        return [line]
    ranges = list(split(line.text, 0, len(line.text), language=None))
    if len(ranges) < 2:
        ranges = _halves(line.text)
    if not ranges:
        raise DoesNotFit(
            f"Segment {line.segment_id!r} needs more than the {room} tokens there are."
        )
    return [
        piece
        for at, to in ranges
        for piece in _pieces(_with_text(line, line.text[at:to]), count=count, room=room)
    ]


def _halves(text: str) -> list[tuple[int, int]]:
    if len(text) < 2:
        return []
    spaces = [match.start() for match in re.finditer(r"(?<=\S)\s+(?=\S)", text)]
    middle = len(text) // 2
    cut = min(spaces, key=lambda at: abs(at - middle)) if spaces else middle
    return [(0, cut), (cut, len(text))]


def _with_text(line: Line, text: str) -> Line:
    return Line(
        segment_id=line.segment_id, start_ms=line.start_ms, speaker=line.speaker, text=text.strip()
    )


def _rendered(line: Line) -> str:
    seconds = line.start_ms // 1000
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    speaker = f" {_plain(line.speaker)}" if line.speaker else ""
    return f"[{line.segment_id} {clock}{speaker}] {_plain(line.text)}"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "‹").replace(">", "›")


def _size(line: Line, count: TokenCounter) -> int:
    return count(_rendered(line) + "\n")


def _filled(sizes: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Ranges of neighbours, each as full as it gets."""
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
