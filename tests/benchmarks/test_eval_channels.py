"""When calls and rooms are as they should be, and when the measurement fails."""

from collections import Counter

import pytest

from benchmarks.eval_channels import Tally, failures

GOOD = Tally(words=1_000, lost=5, doubled=5)


@pytest.mark.parametrize(
    ("calls", "rooms", "people", "wrong"),
    [
        (GOOD, GOOD, 50, []),
        (Tally(words=1_000, lost=6), GOOD, 50, ["0.60% of the words of calls are lost"]),
        (GOOD, Tally(words=100, doubled=1), 50, ["1.00% of the words of rooms are doubled"]),
        (GOOD, GOOD, 49, ["in 1 rooms the speakers are not the people"]),
    ],
)
def test_a_share_of_words_and_a_wrong_speaker_fail(
    calls: Tally, rooms: Tally, people: int, wrong: list[str]
) -> None:
    told = Counter({"speakers are the people": people})
    assert list(failures({"calls": calls, "rooms": rooms}, told, 50)) == wrong


def test_a_word_counts_as_lost_when_it_is_so_against_each_hearing_alone() -> None:
    tally = Tally()
    tally.add(("one two three", "one two"), "one two", "call")
    assert (tally.lost, tally.doubled) == (0, 0)
    tally.add(("one two three", "one two three"), "one one two three", "call")
    assert (tally.lost, tally.doubled) == (0, 1)
