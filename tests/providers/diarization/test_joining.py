import pytest

from mp4totext.providers.diarization.joining import joined
from mp4totext.transcript import Turn


def turn(start_ms: int, end_ms: int, speaker: str, confidence: float | None = None) -> Turn:
    return Turn(start_ms=start_ms, end_ms=end_ms, speaker=speaker, confidence=confidence)


def told(*turns: Turn) -> list[tuple[int, int, str]]:
    return [(t.start_ms, t.end_ms, t.speaker) for t in joined(turns, pause_ms=500)]


def test_a_short_pause_is_closed_and_a_long_one_stays() -> None:
    assert told(turn(0, 100, "A"), turn(600, 900, "A")) == [(0, 900, "A")]
    assert told(turn(0, 100, "A"), turn(601, 900, "A")) == [(0, 100, "A"), (601, 900, "A")]


def test_a_pause_in_which_somebody_else_speaks_stays() -> None:
    turns = turn(0, 100, "A"), turn(300, 350, "B"), turn(400, 900, "A")
    assert told(*turns) == [(0, 100, "A"), (300, 350, "B"), (400, 900, "A")]
    earlier = turn(0, 300, "A"), turn(50, 250, "B"), turn(400, 900, "A")
    assert told(*earlier) == [(0, 900, "A"), (50, 250, "B")]


def test_turns_that_touch_are_one_though_somebody_else_speaks() -> None:
    turns = turn(500, 900, "A"), turn(0, 500, "A"), turn(100, 800, "B")
    assert told(*turns) == [(0, 900, "A"), (100, 800, "B")]
    assert told(turn(0, 900, "A"), turn(100, 200, "A")) == [(0, 900, "A")]


def test_confidence_is_the_mean_by_length() -> None:
    (one,) = joined([turn(0, 300, "A", 0.5), turn(300, 400, "A", 0.9)], pause_ms=0)
    assert one.confidence == pytest.approx(0.6)
    (unknown,) = joined([turn(0, 300, "A", 0.5), turn(300, 400, "A")], pause_ms=0)
    assert unknown.confidence is None
