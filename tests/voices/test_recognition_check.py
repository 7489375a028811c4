"""Compares the transcript of synthesised speech with its text."""

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.transcript import Word
from mp4totext.voices.recognition_check import compare, spread


def recognised(text: str, *, each_ms: int = 400) -> list[Word]:
    return [
        Word(text=word, start_ms=n * each_ms, end_ms=(n + 1) * each_ms)
        for n, word in enumerate(text.split())
    ]


def test_words_get_the_times_they_are_said_at() -> None:
    comparison = compare("Good morning, Ada.", recognised("good morning ada"), duration_ms=1_300)
    assert comparison.missing == 0
    assert [(w.text, w.start_ms, w.end_ms) for w in comparison.words] == [
        ("Good", 0, 400),
        ("morning,", 400, 800),
        ("Ada.", 800, 1_200),
    ]


def test_a_number_is_the_same_in_digits_and_in_words() -> None:
    comparison = compare("At 9:30 sharp", recognised("at nine thirty sharp"), duration_ms=1_600)
    assert comparison.missing == 0
    assert [(w.text, w.start_ms, w.end_ms) for w in comparison.words][1] == ("9:30", 400, 1_200)


def test_words_that_were_not_said_are_counted_and_share_the_gap() -> None:
    comparison = compare("one two three four", recognised("one four"), duration_ms=2_000)
    assert (comparison.spoken, comparison.missing) == (4, 2)
    assert [word.text for word in comparison.words] == ["one", "two", "three", "four"]


def test_nothing_recognised_is_all_missing() -> None:
    comparison = compare("one two", [], duration_ms=1_000)
    assert (comparison.spoken, comparison.missing) == (2, 2)
    assert comparison.words[-1].end_ms == 1_000


def test_nothing_to_say_misses_nothing() -> None:
    comparison = compare("", recognised("one"), duration_ms=400)
    assert (comparison.spoken, comparison.missing) == (0, 0)


def test_words_without_times_share_the_sound_by_their_letters() -> None:
    words = spread("ab abcd", end_ms=600)
    assert [(word.start_ms, word.end_ms) for word in words] == [(0, 200), (200, 600)]


@given(
    st.lists(st.sampled_from(["one", "two", "9:30", "$5", "mp4", "..."]), max_size=12),
    st.lists(st.sampled_from(["one", "two", "nine", "thirty", "five", "M"]), max_size=12),
)
def test_every_word_has_its_place_and_none_overlaps(written: list[str], said: list[str]) -> None:
    text = " ".join(written)
    duration_ms = 400 * len(said)
    words = compare(text, recognised(" ".join(said)), duration_ms=duration_ms).words
    assert [word.text for word in words] == text.split()
    at_ms = 0
    for word in words:
        assert at_ms <= word.start_ms <= word.end_ms <= duration_ms
        at_ms = word.end_ms
