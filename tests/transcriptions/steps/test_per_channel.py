"""Merges two sides of a call: in order, without echoes, completely."""

from dataclasses import replace

import numpy as np

from mp4totext.editing.assign_speakers import without_speakers
from mp4totext.media.sources import Feed, Input, Mix
from mp4totext.providers.speech.base import SpeechResult
from mp4totext.providers.speech.decoding import quality
from mp4totext.transcript import Coverage, CoverageKind, Segment, Transcript, Word, problems
from mp4totext.transcriptions.steps import per_channel

LENGTH_MS = 10_000
OFFSET_MS = 120_000
CALL = Mix((Feed((Input(1, 1, 1.0),)), Feed((Input(1, 2, 1.0),))))
KINDS = {k.value: k for k in CoverageKind}


def said(start_ms: int, text: str) -> Segment:
    words = tuple(
        Word(text=word, start_ms=start_ms + 300 * n, end_ms=start_ms + 300 * n + 250)
        for n, word in enumerate(text.split())
    )
    return Segment(id="s1", start_ms=start_ms, end_ms=words[-1].end_ms, text=text, words=words)


def side(*segments: Segment, also: tuple[Coverage, ...] = (), **more: object) -> SpeechResult:
    spoken = [
        Coverage(start_ms=s.start_ms, end_ms=s.end_ms, kind=CoverageKind.SPEECH) for s in segments
    ]
    stretches = sorted([*spoken, *also], key=lambda stretch: stretch.start_ms)
    coverage = quality.tiled(OFFSET_MS, OFFSET_MS + LENGTH_MS, stretches)
    return SpeechResult(segments=segments, coverage=coverage, language="en", model="m", **more)  # type: ignore[arg-type]


def at(ms: int, text: str) -> Segment:
    return said(OFFSET_MS + ms, text)


def sound(left: float, right: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=(2, LENGTH_MS * 16)).astype(np.float32)
    return noise * np.array([[left], [right]], np.float32)


def merged(one: SpeechResult, two: SpeechResult, *, left: float, right: float) -> SpeechResult:
    return per_channel.merged([one, two], sound(left, right), CALL, offset_ms=OFFSET_MS)


def transcript(result: SpeechResult) -> Transcript:
    ahead = Coverage(start_ms=0, end_ms=OFFSET_MS, kind=CoverageKind.NO_SPEECH)
    return Transcript(
        duration_ms=OFFSET_MS + LENGTH_MS,
        segments=result.segments,
        coverage=(ahead, *result.coverage),
    )


def test_sentences_of_both_sides_come_in_order_and_may_overlap() -> None:
    one = side(at(0, "Good morning to you all."), at(5_000, "Yes."))
    two = side(at(600, "Morning."), at(4_000, "Shall we begin?"))
    found = merged(one, two, left=0.1, right=0.1)
    assert [(s.id, s.speaker, s.text) for s in found.segments] == [
        ("s1", "1", "Good morning to you all."),
        ("s2", "2", "Morning."),
        ("s3", "2", "Shall we begin?"),
        ("s4", "1", "Yes."),
    ]
    assert problems(transcript(found)) == []


def test_a_leak_is_dropped_and_an_echo_as_loud_is_not() -> None:
    one = side(at(0, "Shall we begin the meeting now?"))
    two = side(at(100, "shall we begin that meeting now"))
    quiet = merged(one, two, left=0.1, right=0.01)
    assert [s.speaker for s in quiet.segments] == ["1"]
    loud = merged(one, two, left=0.1, right=0.1)
    assert [s.speaker for s in loud.segments] == ["1", "2"]
    later = side(at(2_000, "Shall we begin the meeting now?"))
    assert len(merged(one, later, left=0.1, right=0.01).segments) == 2


def test_what_is_on_both_channels_comes_once() -> None:
    """A call that is recorded in mono until the other side answers."""
    one = side(at(0, "Shall we begin the meeting now?"))
    both = np.repeat(sound(0.1, 0.1)[:1], 2, axis=0)
    found = per_channel.merged([one, one], both, CALL, offset_ms=OFFSET_MS)
    assert [s.speaker for s in found.segments] == ["1"]


def test_coverage_tells_of_both_sides_and_hides_nothing_that_went_wrong() -> None:
    def stretch(start: int, end: int, kind: str, text: str | None = None) -> Coverage:
        return Coverage(
            start_ms=OFFSET_MS + start, end_ms=OFFSET_MS + end, kind=KINDS[kind], text=text
        )

    one = side(at(0, "Good morning to you all."), also=(stretch(6_000, 7_000, "failed"),))
    two = side(at(6_200, "Morning."), also=(stretch(1_000, 1_200, "quarantined", "la la la"),))
    found = merged(one, two, left=0.1, right=0.1)
    told = [(c.start_ms - OFFSET_MS, c.end_ms - OFFSET_MS, c.kind.value) for c in found.coverage]
    assert told == [
        (0, 1_000, "speech"),
        (1_000, 1_200, "quarantined"),
        (1_200, 1_450, "speech"),
        (1_450, 6_000, "no_speech"),
        (6_000, 7_000, "failed"),
        (7_000, 10_000, "no_speech"),
    ]
    assert found.coverage[1].text == "la la la"
    assert problems(transcript(found)) == []


def test_warnings_and_the_model_are_those_of_either_side() -> None:
    silent = side()
    talking = side(at(0, "Yes."), warnings=("Cut.",))
    found = merged(replace(silent, model=""), talking, left=0, right=0.1)
    assert (found.warnings, found.model) == (("Cut.",), "m")
    assert merged(side(), side(), left=0, right=0) == side()


def test_speakers_are_named_by_who_speaks_first() -> None:
    one, two = side(at(2_000, "Yes.")), side(at(0, "Ready?"))
    named = per_channel.with_speakers(transcript(merged(one, two, left=0.1, right=0.1)))
    assert [(s.speaker, s.words[0].speaker, s.text) for s in named.segments] == [
        ("S1", "S1", "Ready?"),
        ("S2", "S2", "Yes."),
    ]
    assert [speaker.id for speaker in named.speakers] == ["S1", "S2"]
    bare = without_speakers(named)
    assert {word.speaker for word in bare.words} | {s.speaker for s in bare.segments} == {None}


def test_what_a_shared_microphone_hears_counts_only_where_nobody_else_speaks() -> None:
    mix = Mix((*CALL.feeds, Feed((Input(1, 3, 1.0),), fills=True)))
    one, two = side(at(0, "Good morning to you all.")), side(at(2_000, "Yes."))
    room = side(at(50, "Good warning to you ball."), at(6_000, "A question from the room?"))
    audio = np.full((3, LENGTH_MS * 16), 0.1, np.float32)
    found = per_channel.merged([one, two, room], audio, mix, offset_ms=OFFSET_MS)
    assert [(s.speaker, s.text) for s in found.segments] == [
        ("1", "Good morning to you all."),
        ("2", "Yes."),
        ("3", "A question from the room?"),
    ]
