"""Closes short pauses inside turns: a breath is no change of speaker."""

from collections.abc import Sequence
from dataclasses import replace

from mp4totext.transcript import Turn


def joined(turns: Sequence[Turn], *, pause_ms: int) -> tuple[Turn, ...]:
    """In order of their starts, with pauses up to this long closed.

    A pause in which somebody else speaks is kept. Turns of one speaker that touch or overlap are
    one turn in any case.
    """
    result: list[Turn] = []
    newest: dict[str, int] = {}  # speaker -> index of the newest turn in ``result``
    for turn in sorted(turns, key=lambda turn: (turn.start_ms, turn.speaker)):
        index = newest.get(turn.speaker)
        others_end_ms = max(
            (result[n].end_ms for speaker, n in newest.items() if speaker != turn.speaker),
            default=0,
        )
        if index is not None:
            before = result[index]
            gap_ms = turn.start_ms - before.end_ms
            if gap_ms <= 0 or (gap_ms <= pause_ms and others_end_ms <= before.end_ms):
                result[index] = replace(
                    before,
                    end_ms=max(before.end_ms, turn.end_ms),
                    confidence=_mean_confidence(before, turn),
                )
                continue
        newest[turn.speaker] = len(result)
        result.append(turn)
    return tuple(result)


def _mean_confidence(first: Turn, second: Turn) -> float | None:
    """Weighted by length; None when one of them has none."""
    if first.confidence is None or second.confidence is None:
        return None
    lengths = first.end_ms - first.start_ms, second.end_ms - second.start_ms
    weighted = first.confidence * lengths[0] + second.confidence * lengths[1]
    return round(weighted / max(1, sum(lengths)), 3)
