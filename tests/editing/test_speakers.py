from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.editing.speakers import (
    NEW,
    merge,
    reassign_range,
    reassign_segments,
    rename,
    speaking_times,
    split,
)
from mp4totext.kit.errors import Invalid
from mp4totext.transcript import Segment, Speaker, Transcript, Word, problems


def line(n: int, speaker: str, start_ms: int, text: str) -> Segment:
    words = tuple(
        Word(
            text=word,
            start_ms=start_ms + at * 500,
            end_ms=start_ms + at * 500 + 400,
            speaker=speaker,
            speaker_confidence=0.7,
        )
        for at, word in enumerate(text.split())
    )
    return Segment(
        id=f"s{n}",
        start_ms=start_ms,
        end_ms=words[-1].end_ms,
        text=text,
        words=words,
        speaker=speaker,
    )


def transcript() -> Transcript:
    return Transcript(
        duration_ms=20_000,
        segments=(
            line(1, "S1", 0, "good morning everyone"),
            line(2, "S2", 3000, "thank you for having me"),
            line(3, "S1", 8000, "how was it"),
            line(4, "S3", 12_000, "fine"),
        ),
        speakers=(Speaker(id="S1"), Speaker(id="S2", name="Ada"), Speaker(id="S3")),
    )


def who(edited: Transcript) -> list[str | None]:
    return [segment.speaker for segment in edited.segments]


def test_rename_and_back() -> None:
    named = rename(transcript(), "S1", "  Grace ")
    assert named.speaker_label("S1") == "Grace"
    assert rename(named, "S1", " ").speaker_label("S1") == "Speaker 1"


def test_merge_keeps_one_id_and_the_name_that_was_given() -> None:
    merged = merge(transcript(), into="S3", merged={"S2"})
    assert who(merged) == ["S1", "S3", "S1", "S3"]
    assert merged.speakers == (Speaker(id="S1"), Speaker(id="S3", name="Ada"))
    assert {word.speaker for word in merged.words} == {"S1", "S3"}


def test_split_makes_a_new_speaker_of_some_lines() -> None:
    edited = split(transcript(), "S1", segment_ids={"s3"})
    assert who(edited) == ["S1", "S2", "S4", "S3"]
    assert [speaker.id for speaker in edited.speakers] == ["S1", "S2", "S3", "S4"]


def test_reassigning_the_last_line_of_a_speaker_removes_them() -> None:
    edited = reassign_segments(transcript(), segment_ids={"s4"}, speaker="S2")
    assert [speaker.id for speaker in edited.speakers] == ["S1", "S2"]
    assert edited.segments[3].words[0].speaker_confidence == 1.0


def test_reassigning_a_range_cuts_the_line() -> None:
    edited = reassign_range(transcript(), start_ms=3900, end_ms=7000, speaker="S1")
    assert [(s.speaker, s.text) for s in edited.segments[1:3]] == [
        ("S2", "thank you"),
        ("S1", "for having me"),
    ]
    assert [s.id for s in edited.segments] == ["s1", "s2", "s5", "s3", "s4"]
    assert [s.origins for s in edited.segments] == [None, ("s2",), ("s2",), None, None]


def test_a_typed_text_is_reassigned_whole() -> None:
    first = transcript()
    typed = Segment(
        id="s1",
        start_ms=0,
        end_ms=1400,
        text="Hello!",
        speaker="S1",
        recognised_text="good morning everyone",
        words=first.segments[0].words,
    )
    edited = reassign_range(
        Transcript(duration_ms=2000, segments=(typed,), speakers=(Speaker(id="S1"),)),
        start_ms=0,
        end_ms=400,
        speaker=NEW,
    )
    assert [(s.text, s.speaker) for s in edited.segments] == [("Hello!", "S2")]


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: rename(t, "S9", "x"),
        lambda t: rename(t, "S1", "x" * 81),
        lambda t: merge(t, into="S1", merged={"S1"}),
        lambda t: merge(t, into="S1", merged={"S9"}),
        lambda t: split(t, "S1", segment_ids={"s2"}),
        lambda t: split(t, "S1", segment_ids=set()),
        lambda t: split(t, "S1", segment_ids={"s1", "s3"}),
        lambda t: reassign_segments(t, segment_ids={"s77"}, speaker="S1"),
        lambda t: reassign_segments(t, segment_ids={"s1"}, speaker="S77"),
        lambda t: reassign_range(t, start_ms=5, end_ms=5, speaker="S1"),
        lambda t: reassign_range(t, start_ms=15_000, end_ms=16_000, speaker="S1"),
    ],
)
def test_impossible_edits_are_refused(edit: Callable[[Transcript], Transcript]) -> None:
    with pytest.raises(Invalid):
        edit(transcript())


def test_speaking_time() -> None:
    times = speaking_times(transcript().speakers, transcript().segments)
    assert [(t.speaker.id, t.spoken_ms, t.segments) for t in times] == [
        ("S1", 2800, 2),
        ("S2", 2400, 1),
        ("S3", 400, 1),
    ]
    assert sum(t.share for t in times) == pytest.approx(1.0)
    assert speaking_times((), ()) == ()


ranges = st.tuples(st.integers(0, 13_000), st.integers(1, 13_000))


@given(st.lists(st.tuples(ranges, st.sampled_from(["S1", "S2", "S3", NEW])), max_size=6))
def test_any_edits_keep_every_word_and_a_valid_transcript(
    edits: list[tuple[tuple[int, int], str]],
) -> None:
    edited = transcript()
    for (start_ms, length_ms), speaker in edits:
        try:
            edited = reassign_range(
                edited, start_ms=start_ms, end_ms=start_ms + length_ms, speaker=speaker
            )
        except Invalid:
            continue
    assert [w.text for w in edited.words] == [w.text for w in transcript().words]
    assert edited.text == transcript().text
    assert problems(edited) == []
    assert {s.speaker for s in edited.segments} == {speaker.id for speaker in edited.speakers}
