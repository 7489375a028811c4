from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mp4totext.editing.assign_speakers import assign
from mp4totext.transcript import Segment, Transcript, Turn, Word, problems


def spoken(text: str, *, start_ms: int = 0, each_ms: int = 300, gap_ms: int = 50) -> Segment:
    words = tuple(
        Word(text=word, start_ms=at, end_ms=at + each_ms, confidence=0.9)
        for word, at in zip(text.split(), range(start_ms, 10**9, each_ms + gap_ms), strict=False)
    )
    return Segment(id="s9", start_ms=start_ms, end_ms=words[-1].end_ms, text=text, words=words)


def turn(speaker: str, start_ms: int, end_ms: int, confidence: float | None = None) -> Turn:
    return Turn(start_ms=start_ms, end_ms=end_ms, speaker=speaker, confidence=confidence)


def speakers_of(segments: tuple[Segment, ...]) -> str:
    return " ".join(word.speaker or "-" for segment in segments for word in segment.words)


def test_a_segment_is_split_where_the_speaker_changes() -> None:
    segments, speakers = assign(
        [spoken("Are you there? Yes I am.")], [turn("b", 0, 1050), turn("a", 1050, 3000)]
    )
    assert [(s.id, s.speaker, s.text) for s in segments] == [
        ("s1", "S1", "Are you there?"),
        ("s2", "S2", "Yes I am."),
    ]
    assert [speaker.id for speaker in speakers] == ["S1", "S2"]


def test_speakers_are_named_by_who_speaks_first() -> None:
    _segments, speakers = assign(
        [spoken("one two"), spoken("three four", start_ms=5000)],
        [turn("zoe", 0, 1000), turn("adam", 5000, 6000), turn("never heard", 90_000, 91_000)],
    )
    assert [speaker.id for speaker in speakers] == ["S1", "S2"]


def test_one_word_answers_between_two_turns_are_kept() -> None:
    segments, _ = assign(
        [spoken("Did you see it? Yes. And then it went away.")],
        [turn("a", 0, 1390), turn("b", 1400, 1700), turn("a", 1740, 5000)],
    )
    assert speakers_of(segments) == "S1 S1 S1 S1 S2 S1 S1 S1 S1 S1"


def test_a_ragged_edge_in_the_middle_of_a_phrase_is_smoothed() -> None:
    segments, _ = assign(
        [spoken("we went to the sea", gap_ms=0)],
        [turn("a", 0, 650), turn("b", 650, 860), turn("a", 860, 1500)],
    )
    assert speakers_of(segments) == "S1 S1 S1 S1 S1"


def test_smoothing_never_crosses_a_pause_of_a_second() -> None:
    lone = Word(text="yes", start_ms=4000, end_ms=4200)
    before = spoken("and that is all I know about it")
    after = spoken("well then let us go on", start_ms=5300)
    segment = Segment(
        id="s1",
        start_ms=0,
        end_ms=after.end_ms,
        text=f"{before.text} yes {after.text}",
        words=(*before.words, lone, *after.words),
    )
    # Just more than half of the lone word is the other speaker's.
    segments, _ = assign(
        [segment], [turn("a", 0, 4098), turn("b", 4098, 4205), turn("a", 4205, 9000)]
    )
    answer = next(w for s in segments for w in s.words if w.text == "yes")
    assert answer.speaker == "S2"


def test_where_turns_overlap_the_speaker_goes_on() -> None:
    segments, _ = assign(
        [spoken("I was going to say that you know best. Sorry go on.")],
        [turn("a", 0, 3100), turn("b", 1800, 4200)],
    )
    assert speakers_of(segments) == " ".join(["S1"] * 9 + ["S2"] * 3)


def test_words_outside_every_turn_go_to_the_nearest_with_little_confidence() -> None:
    segments, _ = assign([spoken("hm", start_ms=5000)], [turn("a", 0, 1000), turn("b", 5600, 9000)])
    word = segments[0].words[0]
    assert word.speaker == "S1"
    assert word.speaker_confidence is not None
    assert word.speaker_confidence < 0.5


def test_confidence_is_high_when_covered_and_follows_the_turn() -> None:
    sure, _ = assign([spoken("one two")], [turn("a", 0, 1000)])
    unsure, _ = assign([spoken("one two")], [turn("a", 0, 1000, confidence=0.5)])
    assert (sure[0].words[0].speaker_confidence or 0) > 0.9
    assert (unsure[0].words[0].speaker_confidence or 1) < 0.55


def test_without_turns_nothing_is_said_about_speakers() -> None:
    segments, speakers = assign([spoken("one two")], [])
    assert speakers == ()
    assert segments[0].speaker is None
    assert assign([], [turn("a", 0, 1)]) == ((), ())


def test_a_segment_without_words_gets_the_speaker_of_most_of_it() -> None:
    whole = Segment(id="s1", start_ms=0, end_ms=2000, text="something")
    segments, _ = assign([whole], [turn("a", 0, 500), turn("b", 500, 2000)])
    assert [s.speaker for s in segments] == ["S1"]


def test_a_text_a_person_typed_stays_whole() -> None:
    edited = Segment(
        id="s1",
        start_ms=0,
        end_ms=1350,
        text="typed anew",
        recognised_text="Are you? Yes. I am.",
        words=spoken("Are you? Yes. I").words,
    )
    segments, _ = assign([edited], [turn("a", 0, 600), turn("b", 600, 1400)])
    assert [s.text for s in segments] == ["typed anew"]
    assert {word.speaker for word in segments[0].words} == {segments[0].speaker}


def test_text_without_spaces_is_cut_and_not_rebuilt() -> None:
    words = tuple(
        Word(text=text, start_ms=at * 400, end_ms=at * 400 + 400)
        for at, text in enumerate(["你", "好", "。", "谢", "谢"])
    )
    segment = Segment(id="s1", start_ms=0, end_ms=2000, text="你好。谢谢", words=words)
    segments, _ = assign([segment], [turn("a", 0, 1200), turn("b", 1200, 2000)])
    assert [s.text for s in segments] == ["你好。", "谢谢"]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Segment], list[Turn]]:
    at, segments = 0, []
    for _ in range(draw(st.integers(1, 5))):
        at += draw(st.integers(0, 2500))
        segment = spoken(
            " ".join(
                draw(st.lists(st.sampled_from(["yes", "no.", "well"]), min_size=1, max_size=8))
            ),
            start_ms=at,
            each_ms=draw(st.integers(0, 600)),
            gap_ms=draw(st.integers(1, 1500)),
        )
        segments.append(segment)
        at = segment.end_ms
    span = st.tuples(st.integers(0, 20_000), st.integers(0, 5_000), st.sampled_from("abcd"))
    turns = [turn(who, start, start + length) for start, length, who in draw(st.lists(span))]
    return segments, turns


@given(conversations())
def test_no_word_is_lost_moved_or_left_without_a_speaker(
    conversation: tuple[list[Segment], list[Turn]],
) -> None:
    segments, turns = conversation
    out, speakers = assign(segments, turns)
    before = [(w.text, w.start_ms, w.end_ms) for s in segments for w in s.words]
    assert [(w.text, w.start_ms, w.end_ms) for s in out for w in s.words] == before
    assert " ".join(s.text for s in out).split() == " ".join(s.text for s in segments).split()
    assert [s.id for s in out] == [f"s{n}" for n in range(1, len(out) + 1)]
    ids = [speaker.id for speaker in speakers]
    assert list(dict.fromkeys(w.speaker for s in out for w in s.words if w.speaker)) == ids
    for segment in out:
        assert {word.speaker for word in segment.words} == {segment.speaker}
        if turns:
            assert all(0 <= (w.speaker_confidence or -1) <= 1 for w in segment.words)
    assert problems(Transcript(duration_ms=10**6, segments=out)) == []


@given(st.lists(st.integers(400, 6000), min_size=1, max_size=12), st.data())
def test_reference_turns_give_every_word_its_speaker(
    lengths: list[int], data: st.DataObject
) -> None:
    """Turns that tile the recording, words inside them: what smoothing may never spoil."""
    at, turns, segments, truth = 0, [], [], []
    for n, length in enumerate(lengths):
        speaker = "ab"[n % 2]
        turns.append(turn(speaker, at, at + length))
        each = data.draw(st.integers(120, 390))
        text = " ".join(["word"] * (length // (each + 10)))
        segments.append(spoken(text, start_ms=at + 5, each_ms=each, gap_ms=10))
        truth += [speaker] * len(segments[-1].words)
        at += length
    out, _ = assign(segments, turns)
    names = {"a": "S1", "b": "S2"}
    assert [w.speaker for s in out for w in s.words] == [names[who] for who in truth]


def test_splitting_keeps_the_outer_edges_of_the_segment() -> None:
    segment = spoken("Are you there? Yes I am.")
    wide = Segment(id="s1", start_ms=0, end_ms=9000, text=segment.text, words=segment.words)
    out, _ = assign([wide], [turn("a", 0, 1050), turn("b", 1050, 3000)])
    assert (out[0].start_ms, out[-1].end_ms) == (0, 9000)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(out))
    assert out[0].confidence == pytest.approx(0.9)
