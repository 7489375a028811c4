"""Closes short pauses inside turns, such as breaths."""

from collections.abc import Sequence
from dataclasses import replace

from mp4totext.transcript import Turn


def joined(turns: Sequence[Turn], *, pause_ms: int) -> tuple[Turn, ...]:
    """The turns by start, with pauses of up to ``pause_ms`` closed.

    A pause in which someone else talks is kept. Turns of one speaker that touch or overlap are
    always joined.
    """
    result: list[Turn] = []
    newest: dict[str, int] = {}  # speaker -> index of the last turn in ``result``
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
    """The mean weighted by length; None if one of them is None."""
    if first.confidence is None or second.confidence is None:
        return None
    lengths = first.end_ms - first.start_ms, second.end_ms - second.start_ms
    weighted = first.confidence * lengths[0] + second.confidence * lengths[1]
    return round(weighted / max(1, sum(lengths)), 3)
