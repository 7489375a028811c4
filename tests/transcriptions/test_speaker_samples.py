"""The choice of a speaker's turns for samples."""

import pytest

from mp4totext.kit.errors import NotFound
from mp4totext.transcript import Segment, Speaker, Transcript
from mp4totext.transcriptions.speakers.samples import SAMPLE_MS_MAX, span_of


def conversation(*turns: tuple[str, int, int]) -> Transcript:
    return Transcript(
        duration_ms=60_000,
        language="en",
        speakers=(Speaker(id="S1"), Speaker(id="S2")),
        segments=tuple(
            Segment(id=f"s{n}", speaker=speaker, start_ms=start, end_ms=end, text="Yes, indeed.")
            for n, (speaker, start, end) in enumerate(turns, 1)
        ),
    )


TALK = conversation(("S1", 0, 2_000), ("S2", 2_000, 9_000), ("S1", 9_000, 14_000))


def test_the_first_sample_is_the_longest_turn_of_the_speaker() -> None:
    assert span_of(TALK, "S1", 1) == (9_000, 14_000)
    assert span_of(TALK, "S1", 2) == (0, 2_000)
    assert span_of(TALK, "S2", 1) == (2_000, 9_000)


def test_a_long_turn_is_cut() -> None:
    assert span_of(conversation(("S1", 500, 50_000)), "S1", 1) == (500, 500 + SAMPLE_MS_MAX)


@pytest.mark.parametrize(("speaker", "number"), [("S1", 3), ("S9", 1)])
def test_a_turn_that_does_not_exist_is_not_found(speaker: str, number: int) -> None:
    with pytest.raises(NotFound, match=f"{speaker!r} has"):
        span_of(TALK, speaker, number)
