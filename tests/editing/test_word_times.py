"""Edited text gets word times: kept words keep theirs, new ones are estimated between them."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp4totext.editing.word_times import retimed, word_spans
from mp4totext.transcript import Segment, Word, problems
from tests.exports.samples import spoken, transcript

HEARD = spoken("we met at the old station at nine", speaker="S1", character_ms=100)


def edited(text: str, segment: Segment = HEARD) -> tuple[Word, ...]:
    return retimed(replace(segment, text=text, recognised_text=segment.text)).words


def times(words: tuple[Word, ...]) -> list[tuple[str, int, int, bool]]:
    return [(word.text, word.start_ms, word.end_ms, word.estimated) for word in words]


def test_words_that_spell_the_text_are_left_alone() -> None:
    assert retimed(HEARD) is HEARD


def test_spaces_alone_are_no_edit() -> None:
    split = replace(HEARD, text="we met  at the old station at ni ne")
    assert retimed(split) is split


def test_case_and_punctuation_keep_the_measured_time() -> None:
    words = edited("We met at the old station, at nine.")
    assert [(w.start_ms, w.end_ms) for w in words] == [(w.start_ms, w.end_ms) for w in HEARD.words]
    assert [w.text for w in words] == ["We", "met", "at", "the", "old", "station,", "at", "nine."]
    assert not any(w.estimated for w in words)


def test_a_corrected_word_takes_the_time_of_the_wrong_one() -> None:
    words = edited("we met at the new station at nine")
    wrong = HEARD.words[4]
    assert times(words)[4] == ("new", wrong.start_ms, wrong.end_ms, True)
    assert words[5] == HEARD.words[5]


def test_a_removed_word_leaves_the_others_where_they_were() -> None:
    words = edited("we met at the station at nine")
    assert words == HEARD.words[:4] + HEARD.words[5:]


def test_an_inserted_word_stands_between_its_neighbours() -> None:
    words = edited("we met at the very old station at nine")
    the, very, old = words[3:6]
    assert very.estimated
    assert very.speaker == HEARD.words[3].speaker
    assert the.start_ms <= the.end_ms <= very.start_ms < very.end_ms <= old.start_ms
    assert old == HEARD.words[4]


def test_words_added_at_either_end_stay_inside_the_segment() -> None:
    words = edited("well then we met at the old station at nine o'clock")
    assert words[0].start_ms == HEARD.start_ms
    assert words[-1].end_ms <= HEARD.end_ms
    assert words[-1].estimated


def test_a_rewritten_segment_is_spread_over_its_time() -> None:
    words = edited("completely different")
    assert (words[0].start_ms, words[-1].end_ms) == (HEARD.start_ms, HEARD.end_ms)
    assert all(word.estimated for word in words)


def test_no_words_at_all_are_spread_by_length() -> None:
    segment = Segment(id="s1", start_ms=1_000, end_ms=2_000, text="I understood", speaker="S2")
    assert times(retimed(segment).words) == [
        ("I", 1_000, 1_153, True),
        ("understood", 1_153, 2_000, True),
    ]
    assert {word.speaker for word in retimed(segment).words} == {"S2"}


def test_japanese_is_aligned_by_character() -> None:
    words = (
        Word(text="今日は", start_ms=0, end_ms=900),
        Word(text="雨です", start_ms=900, end_ms=1_800),
    )
    segment = Segment(id="s1", start_ms=0, end_ms=1_800, text="今日は晴れです", words=words)
    assert times(retimed(segment).words) == [
        ("今", 0, 300, True),
        ("日", 300, 600, True),
        ("は", 600, 900, True),
        ("晴", 900, 1_050, True),
        ("れ", 1_050, 1_200, True),
        ("で", 1_200, 1_500, True),
        ("す", 1_500, 1_800, True),
    ]


def test_latin_inside_japanese_stays_whole() -> None:
    segment = Segment(id="s1", start_ms=0, end_ms=1_000, text="MP4を使う")
    assert [word.text for word in retimed(segment).words] == ["MP4", "を", "使", "う"]


def test_emptied_text_has_no_words() -> None:
    assert edited("") == ()


WORDS = "we met At the, old station nine. 日本 e\u0301 -- x"
TOKENS = st.lists(st.sampled_from(sorted(WORDS.split())), max_size=14)


@settings(max_examples=200, deadline=None)
@given(heard=TOKENS, new=TOKENS, pace=st.sampled_from([0, 30, 100]))
def test_any_edit_is_spelled_in_order_and_inside(
    heard: list[str], new: list[str], pace: int
) -> None:
    segment = spoken(" ".join(heard), 500, character_ms=pace)
    found = retimed(replace(segment, text=" ".join(new)))
    assert "".join(word.text for word in found.words) == "".join(new)
    assert problems(transcript(found)) == []
    assert all(a.start_ms <= b.start_ms for a, b in pairwise(found.words))


@pytest.mark.parametrize("count", [4_000])
def test_a_very_long_edited_segment_takes_seconds(count: int) -> None:
    segment = spoken("the cat and the dog " * (count // 5))
    words = edited(segment.text + "end", segment)
    assert words[-1].text == "end"
    assert len(words) == count + 1


@pytest.mark.parametrize(
    ("text", "words", "spans"),
    [
        ("one two", ["one", "two"], [(0, 3), (4, 7)]),
        (" one\n two ", ["one", "two"], [(1, 4), (6, 9)]),
        ("日本の", ["日本", "の"], [(0, 2), (2, 3)]),
        ("New York", ["New York"], [(0, 8)]),
        ("e. g. this", ["e.g.", "this"], [(0, 5), (6, 10)]),
        ("one", ["one", ""], [(0, 3), (3, 3)]),
        ("", [], []),
        ("one", ["two"], None),
        ("one two", ["one"], None),
    ],
)
def test_where_words_stand_in_their_text(
    text: str, words: list[str], spans: list[tuple[int, int]] | None
) -> None:
    assert word_spans(text, words) == spans
