"""Conditions under which the measurement of calls and meetings passes or fails."""

import pytest

from benchmarks.channel_scoring import Score
from benchmarks.eval_channels import Speakers, Tally, failures
from mp4totext.transcript import Word

GOOD = Tally(words=1_000, lost=5, doubled=5)
ALL_RIGHT = Speakers(rooms=50, right=50)


@pytest.mark.parametrize(
    ("calls", "rooms", "speakers", "wrong"),
    [
        (GOOD, GOOD, ALL_RIGHT, []),
        (Tally(words=1_000, lost=6), GOOD, ALL_RIGHT, ["0.60% of the words of calls are lost"]),
        (GOOD, Tally(words=99, doubled=1), ALL_RIGHT, ["1.01% of the words of rooms are doubled"]),
        (GOOD, GOOD, Speakers(rooms=50, right=49), ["in 1 rooms the speakers are not the people"]),
    ],
)
def test_a_share_of_words_and_a_wrong_speaker_fail(
    calls: Tally, rooms: Tally, speakers: Speakers, wrong: list[str]
) -> None:
    assert list(failures(calls, rooms, speakers)) == wrong


def result(*missing: int, doubled: tuple[str, ...] = ()) -> Score:
    places = frozenset((0, n) for n in missing)
    return Score(words=5, missing=places, doubled=doubled, added=())


def test_a_word_that_the_engine_leaves_out_by_itself_is_not_lost() -> None:
    tally = Tally()
    tally.add("call", result(1, 2, 3, doubled=("so",)), [result(1), result(2)])
    assert (tally.words, tally.lost, tally.doubled) == (5, 1, 1)


def test_speakers_are_right_when_they_are_who_has_words_alone() -> None:
    word = [Word(text="yes", start_ms=0, end_ms=300)]
    speakers = Speakers()
    speakers.add({0: word, 1: word}, [{0: word, 1: word, 2: word}, {0: word, 1: word}])
    speakers.add({0: word}, [{0: word, 1: word}] * 2)
    speakers.add({0: word, 1: word}, [{0: word}] * 2)
    assert vars(speakers) == {"rooms": 3, "right": 1, "people": 5, "without_word": 1}
