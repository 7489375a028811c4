"""The timing, speed and volume of a translation over a recording."""

import numpy as np
import pytest

from mp4totext.exports.findings import Line
from mp4totext.videos.sound.dubbing import (
    FASTEST,
    SLOWEST,
    UNDER_DB,
    Levels,
    placed,
    spans_of,
    to_speak,
    warnings,
)


def line(start_ms: int, end_ms: int, text: str = "Words.") -> Line:
    return Line(segment_id="s1", start_ms=start_ms, end_ms=end_ms, text=text)


def test_lines_without_a_word_are_not_spoken_and_the_others_are_in_order() -> None:
    lines = [line(4_000, 5_000, "Second."), line(0, 1_000, "First."), line(2_000, 3_000, "... –")]
    assert [each.text for each in to_speak(lines)] == ["First.", "Second."]


@pytest.mark.parametrize(
    ("length_ms", "speed", "end_ms"),
    [
        (2_000, 1.0, 3_000),  # as long as the original
        (2_400, 1.2, 3_000),  # faster
        (1_900, 0.95, 3_000),  # slower
        (1_000, SLOWEST, 2_111),  # then a pause
        (3_000, FASTEST, 3_400),  # runs into the pause after it
    ],
)
def test_a_line_takes_the_time_of_the_original_as_far_as_its_speed_allows(
    length_ms: int, speed: float, end_ms: int
) -> None:
    (place,) = placed([line(1_000, 3_000)], [length_ms])
    assert (place.start_ms, place.end_ms) == (1_000, end_ms)
    assert place.speed == pytest.approx(speed)


def test_a_line_that_takes_longer_delays_the_next_which_catches_up_and_is_told() -> None:
    lines = [line(0, 1_000), line(1_000, 2_000), line(3_000, 4_000)]
    first, second, third = places = placed(lines, [2_500, 900, 1_000])
    assert (first.start_ms, first.end_ms) == (0, 2_000)
    assert second.start_ms == 2_080
    assert second.speed == FASTEST
    assert (third.start_ms, third.end_ms) == (3_000, 4_000)
    (warning,) = warnings(lines, places, 4_000)
    assert warning.startswith("1 of 3 lines begin late, by up to 1.1 s")
    assert "cut off" in warnings(lines, places, 3_900)[-1]
    assert warnings([], [], 1_000) == []


def test_the_recording_is_quiet_while_it_is_translated_and_as_it_was_elsewhere() -> None:
    lines = [line(1_000, 2_000), line(2_300, 3_000), line(6_000, 7_000)]
    levels = Levels(spans_of(lines, placed(lines, [1_000, 1_500, 800])))
    decibels = 20 * np.log10(levels.gains(0, 8_000, rate=1_000))
    assert decibels[:750] == pytest.approx(0, abs=0.01)
    assert decibels[1_000:3_500] == pytest.approx(UNDER_DB, abs=0.01)  # the pause is too short
    assert decibels[4_000:5_700] == pytest.approx(0, abs=0.01)
    assert decibels[6_000:7_000] == pytest.approx(UNDER_DB, abs=0.01)  # also after a short line
    assert np.abs(np.diff(decibels)).max() < 0.1  # no click
    assert levels.gains(7_400, 100, rate=1_000) == pytest.approx(1)
    later = 20 * np.log10(levels.gains(1_000, 2_000, rate=1_000))
    assert later == pytest.approx(decibels[1_000:3_000])
    assert Levels([]).gains(0, 10, rate=1_000) == pytest.approx(1)
