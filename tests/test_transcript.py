"""The canonical transcript and its invariants."""

import itertools
from dataclasses import replace

import pytest

from mp4totext.transcript import (
    Coverage,
    CoverageKind,
    Segment,
    Speaker,
    Transcript,
    Word,
    problems,
    renumbered,
)


def word(text: str, start_ms: int, end_ms: int) -> Word:
    return Word(text=text, start_ms=start_ms, end_ms=end_ms)


def segment(start_ms: int, end_ms: int, *words: Word, name: str = "s1") -> Segment:
    text = " ".join(each.text for each in words) or "Hello."
    return Segment(id=name, start_ms=start_ms, end_ms=end_ms, text=text, words=words)


def covered(*edges: int) -> tuple[Coverage, ...]:
    return tuple(
        Coverage(start_ms=start, end_ms=end, kind=CoverageKind.SPEECH)
        for start, end in itertools.pairwise(edges)
    )


GOOD = Transcript(
    duration_ms=2_000,
    segments=(
        segment(0, 900, word("Hello,", 0, 400), word("you.", 400, 900)),
        segment(900, 2_000, word("Bye.", 1_000, 2_000), name="s2"),
    ),
    coverage=covered(0, 1_000, 2_000),
)


def test_a_good_transcript_has_no_problems() -> None:
    assert problems(GOOD) == []
    assert GOOD.text == "Hello, you. Bye."
    assert [each.text for each in GOOD.words] == ["Hello,", "you.", "Bye."]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (replace(GOOD, segments=(segment(0, 2_001),)), "segment s1 is outside the recording"),
        (replace(GOOD, segments=(segment(-1, 5),)), "segment s1 is outside the recording"),
        (replace(GOOD, segments=(segment(9, 5),)), "segment s1 is outside the recording"),
        (
            replace(GOOD, segments=(segment(500, 900), segment(400, 900, name="s2"))),
            "segment s2 starts before the previous one",
        ),
        (
            replace(GOOD, segments=(segment(0, 900, word("late", 800, 901)),)),
            "word 'late' at 800 ms is outside segment s1",
        ),
        (
            replace(GOOD, segments=(segment(0, 900, word("a", 500, 600), word("b", 400, 600)),)),
            "word 'b' at 400 ms runs backwards",
        ),
        (replace(GOOD, coverage=covered(100, 2_000)), "coverage is broken at 0 ms"),
        (replace(GOOD, coverage=covered(0, 1_500)), "coverage ends at 1500 ms of 2000 ms"),
    ],
)
def test_each_broken_rule_is_named(broken: Transcript, said: str) -> None:
    assert said in problems(broken)


def test_speakers_are_called_by_name_or_number() -> None:
    known = replace(GOOD, speakers=(Speaker(id="S1", name="Ann"), Speaker(id="S2")))
    assert known.speaker_label("S1") == "Ann"
    assert known.speaker_label("S2") == "Speaker 2"
    assert known.speaker_label("S9") == "Speaker 9"
    assert known.speaker_label(None) is None


def test_renumbering_follows_the_order() -> None:
    assert [each.id for each in renumbered((segment(0, 1, name="x"), segment(1, 2)))] == [
        "s1",
        "s2",
    ]
