"""Edits of segments as functions of transcripts. What they refuse is tested over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.editing import segments as editing
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Transcript, problems
from tests.editing.test_speakers import line, transcript


def numbers() -> Callable[[], str]:
    numbered = count(90)
    return lambda: f"s{next(numbered)}"


def test_ids_after_a_transcript_are_new() -> None:
    new_id = editing.ids_after(transcript())
    assert [new_id(), new_id()] == ["s5", "s6"]


def test_the_words_of_a_merged_segment_belong_to_its_speaker() -> None:
    merged = editing.merge(transcript(), "s1", following="s2").segments[0]
    assert {word.speaker for word in merged.words} == {"S1"}
    assert merged.origins == ("s1", "s2")


def test_a_merge_of_edited_segments_says_what_was_recognised_of_both() -> None:
    edited = editing.set_texts(transcript(), {"s1": "Hello."})
    merged = editing.merge(edited, "s1", following="s2").segments[0]
    assert merged.recognised_text == "good morning everyone thank you for having me"
    assert merged.text == "Hello. thank you for having me"


def test_words_said_at_once_are_in_order_after_a_merge() -> None:
    first, second = line(1, "S1", 0, "one two three"), line(2, "S2", 500, "four five")
    said = Transcript(duration_ms=3_000, segments=(first, second))
    merged = editing.merge(said, "s1", following="s2")
    assert problems(merged) == []
    words = merged.segments[0].words
    assert [word.text for word in words] == ["one", "two", "three", "four", "five"]
    assert [word.estimated for word in words] == [False, False, False, True, False]


def test_a_segment_that_got_no_words_from_its_engine_gets_them_when_it_is_split() -> None:
    said = Transcript(
        duration_ms=2_000,
        segments=(Segment(id="s1", start_ms=0, end_ms=2_000, text="one two three four"),),
    )
    first, second = editing.split(said, "s1", at=7, new_id=numbers()).segments
    assert (first.text, second.text) == ("one two", "three four")
    assert first.end_ms <= second.start_ms
    assert all(word.estimated for word in (*first.words, *second.words))


@pytest.mark.parametrize(
    ("end_ms", "kept"),
    [(2_400, 5), (2_350, 4), (2_200, 4), (900, 1), (2, 0)],
)
def test_words_that_stick_out_share_the_room_that_is_left(end_ms: int, kept: int) -> None:
    said = Transcript(duration_ms=9_000, segments=(line(1, "S1", 0, "a bb ccc dddd eeeee"),))
    moved = editing.set_times(said, "s1", start_ms=None, end_ms=end_ms)
    assert problems(moved) == []
    words = moved.segments[0].words
    assert [word.text for word in words] == ["a", "bb", "ccc", "dddd", "eeeee"]
    assert sum(not word.estimated for word in words) == kept


def test_words_follow_a_border_from_the_front_too() -> None:
    said = Transcript(duration_ms=9_000, segments=(line(1, "S1", 0, "a bb ccc dddd eeeee"),))
    moved = editing.set_times(said, "s1", start_ms=1_200, end_ms=None)
    assert problems(moved) == []
    assert moved.segments[0].words[-1] == said.segments[0].words[-1]
    assert moved.segments[0].words[0].estimated


def test_a_family_grows_with_every_cut_and_join() -> None:
    origins = {"s1": ("s1", "s2"), "s9": ("s1", "s2"), "s3": ("s3",), "s4": ("s2", "s4")}
    assert editing.family(origins, "s9") == ({"s1", "s9", "s4"}, {"s1", "s2", "s4"})
    assert editing.family(origins, "s3") == ({"s3"}, {"s3"})
    assert editing.family(origins, "s2") == ({"s1", "s9", "s4"}, {"s1", "s2", "s4"})
    assert editing.family({"s5": ()}, "s5") == (set(), set())


def test_a_restored_speaker_who_is_gone_is_whoever_speaks_there_now() -> None:
    first = transcript()
    edited = replace(
        first,
        segments=(replace(first.segments[0], text="Hello."), *first.segments[1:]),
        speakers=first.speakers[1:],
    )
    nobody = replace(edited.segments[0], speaker="S2")
    edited = replace(edited, segments=(nobody, *edited.segments[1:]))
    recognised = {segment.id: segment for segment in first.segments}
    restored = editing.restore(edited, "s1", recognised=recognised).segments[0]
    assert (restored.text, restored.speaker) == ("good morning everyone", "S2")
    assert {word.speaker for word in restored.words} == {"S2"}


@given(st.text(max_size=30), st.integers(0, 31))
def test_any_text_splits_at_a_border_or_not_at_all(text: str, at: int) -> None:
    said = Transcript(
        duration_ms=2_000, segments=(Segment(id="s1", start_ms=0, end_ms=2_000, text=text),)
    )
    try:
        parts = editing.split(said, "s1", at=at, new_id=numbers())
    except Invalid as refused:
        for place in refused.facts["allowed"]:
            assert len(editing.split(said, "s1", at=place, new_id=numbers()).segments) == 2
        return
    assert problems(parts) == []
    assert "".join("".join(s.text.split()) for s in parts.segments) == "".join(text.split())
    assert all(segment.text for segment in parts.segments)
