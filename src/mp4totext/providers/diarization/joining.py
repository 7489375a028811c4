"""Turns made whole: a breath inside what somebody says is no change of speaker."""

from collections.abc import Sequence
from dataclasses import replace

from mp4totext.transcript import Turn


def joined(turns: Sequence[Turn], *, pause_ms: int) -> tuple[Turn, ...]:
    """In order of their starts, with pauses up to this long closed.

    A pause in which somebody else speaks stays one. Turns of one speaker that touch or overlap
    are one turn in any case.
    """
    out: list[Turn] = []
    last: dict[str, int] = {}  # speaker -> where in ``out``
    for turn in sorted(turns, key=lambda turn: (turn.start_ms, turn.speaker)):
        at = last.get(turn.speaker)
        others_ms = max(
            (out[n].end_ms for who, n in last.items() if who != turn.speaker), default=0
        )
        if at is not None and _goes_on(out[at], turn, others_ms=others_ms, pause_ms=pause_ms):
            out[at] = replace(
                out[at],
                end_ms=max(out[at].end_ms, turn.end_ms),
                confidence=_mean_confidence(out[at], turn),
            )
        else:
            last[turn.speaker] = len(out)
            out.append(turn)
    return tuple(out)


def _goes_on(before: Turn, turn: Turn, *, others_ms: int, pause_ms: int) -> bool:
    gap_ms = turn.start_ms - before.end_ms
    return gap_ms <= 0 or (gap_ms <= pause_ms and others_ms <= before.end_ms)


def _mean_confidence(one: Turn, two: Turn) -> float | None:
    if one.confidence is None or two.confidence is None:
        return None
    lengths = one.end_ms - one.start_ms, two.end_ms - two.start_ms
    weighted = one.confidence * lengths[0] + two.confidence * lengths[1]
    return round(weighted / max(1, sum(lengths)), 3)
