from pathlib import Path

import pytest

from benchmarks.speaker_scoring import (
    cp_wer,
    diarization_score,
    read_rttm,
    words_by_speaker,
    words_right,
)
from mp4totext.transcript import Turn, Word


def turns(*rows: tuple[str, int, int]) -> list[Turn]:
    return [Turn(speaker=who, start_ms=start, end_ms=end) for who, start, end in rows]


REFERENCE = turns(("ada", 0, 10_000), ("bob", 10_000, 20_000))


def test_names_do_not_matter() -> None:
    score = diarization_score(REFERENCE, turns(("x", 10_000, 20_000), ("y", 0, 10_000)))
    assert score.error_rate == 0
    assert (score.reference_speakers, score.found_speakers) == (2, 2)


def test_the_three_kinds_of_error() -> None:
    found = turns(("a", 0, 9_000), ("a", 10_000, 12_000), ("b", 12_000, 22_000))
    score = diarization_score(REFERENCE, found)
    assert score.missed == pytest.approx(0.05)
    assert score.false_alarm == pytest.approx(0.10)
    assert score.confused == pytest.approx(0.10)


def test_the_collar_forgives_edges() -> None:
    found = turns(("a", 0, 10_200), ("b", 10_200, 20_200))
    assert diarization_score(REFERENCE, found).error_rate > 0
    assert diarization_score(REFERENCE, found, collar_ms=250).error_rate == 0


def test_overlap_counts_unless_left_out() -> None:
    both = turns(("ada", 0, 10_000), ("bob", 5_000, 10_000))
    found = turns(("a", 0, 10_000))
    assert diarization_score(both, found).missed == pytest.approx(1 / 3)
    assert diarization_score(both, found, skip_overlap=True).error_rate == 0


def test_nothing_found() -> None:
    assert diarization_score(REFERENCE, []).error_rate == 1
    assert diarization_score([], []).error_rate == 0


def test_cp_wer_finds_the_best_naming() -> None:
    reference = words_by_speaker([("ada", "one two"), ("bob", "three four"), ("ada", "five")])
    found = words_by_speaker([("x", "three four"), ("y", "one two five")])
    assert cp_wer(reference, found) == 0
    moved = words_by_speaker([("x", "three four five"), ("y", "one two")])
    assert cp_wer(reference, moved) == pytest.approx(2 / 5)
    assert cp_wer(reference, words_by_speaker([("x", "one two three four five")])) == 4 / 5


def test_rttm_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.rttm"
    file.write_text("SPEAKER a 1 1.079 15.000 <NA> <NA> ada <NA> <NA>\nNON-SPEECH a 1 0 1\n")
    assert read_rttm(file) == (Turn(start_ms=1_079, end_ms=16_079, speaker="ada"),)


def test_words_outside_overlap_are_counted() -> None:
    overlapping = [*REFERENCE, *turns(("bob", 4_000, 6_000))]
    words = [
        Word(text="a", start_ms=at, end_ms=at + 200, speaker=who)
        for at, who in ((1_000, "S1"), (5_000, "S2"), (12_000, "S2"), (13_000, "S1"))
    ]
    assert words_right(words, overlapping) == pytest.approx(2 / 3)
    assert words_right([], overlapping) is None
