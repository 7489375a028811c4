"""Scenes end at phrases, near the target length, and never inside a word."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from mp4totext.transcript import Segment, Transcript, Word
from mp4totext.writing.scenes import LEAST_MS, scene_borders
from tests.support.processor_time import processor_time
from tests.support.transcript_builders import TOPICS, transcript

SENTENCES = [s.strip() + "." for text in TOPICS.values() for s in text.split(".") if s.strip()]


def spoken(repeats: int = 1) -> Transcript:
    return transcript(*(SENTENCES * repeats), words=True)


def borders(
    of: Transcript, *, target_ms: int = 8_000, preferred: tuple[int, ...] = ()
) -> list[int]:
    return scene_borders(
        of,
        target_ms=target_ms,
        shortest_ms=target_ms * 3 // 8,
        longest_ms=target_ms * 7 // 4,
        preferred_ms=preferred,
    )


def test_scenes_cover_the_recording_and_are_about_as_long_as_asked() -> None:
    of = spoken()
    for target_ms in (4_000, 8_000, 14_000):
        found = borders(of, target_ms=target_ms)
        assert (found[0], found[-1]) == (0, of.duration_ms)
        lengths = [b - a for a, b in pairwise(found)]
        assert min(lengths) >= LEAST_MS
        middle = sorted(lengths)[len(lengths) // 2]
        assert target_ms / 1.6 < middle < target_ms * 1.6


def test_every_scene_ends_at_the_end_of_a_phrase() -> None:
    of = spoken()
    words = [word for segment in of.segments for word in segment.words]
    for border in borders(of)[1:-1]:
        before = [word for word in words if word.end_ms <= border][-1]
        assert not any(word.start_ms < border < word.end_ms for word in words)
        assert before.text[-1] in ".,"


def test_a_chapter_attracts_a_border() -> None:
    of = spoken()
    starts = [segment.start_ms for segment in of.segments]
    chapter_ms = starts[len(starts) // 2]
    assert min(abs(chapter_ms - border) for border in borders(of, preferred=(chapter_ms,))) < 1_500


@pytest.mark.parametrize(
    "of",
    [
        Transcript(duration_ms=9_000),
        Transcript(duration_ms=400),
        transcript("Yes."),
        Transcript(
            duration_ms=60_000,
            segments=(Segment(id="s1", start_ms=0, end_ms=60_000, text="A text without times"),),
        ),
    ],
)
def test_what_cannot_be_cut_is_one_scene(of: Transcript) -> None:
    assert borders(of) == [0, of.duration_ms]


def test_people_who_talk_at_once_leave_the_borders_in_order() -> None:
    of = spoken()
    moved = tuple(
        replace(segment, start_ms=max(0, segment.start_ms - 3_000)) for segment in of.segments
    )
    found = borders(replace(of, segments=moved))
    assert found == sorted(set(found))


def test_hours_are_cut_in_moments() -> None:
    of = spoken(60)
    assert of.duration_ms > 2 * 3_600_000
    with processor_time() as spent:
        assert len(borders(of)) > 500
    assert spent.s < 5


def test_no_cut_is_inside_a_word_of_anybody_where_speakers_talk_at_once() -> None:
    chance = random.Random(8)
    segments, at_ms = [], 0
    for number, text in enumerate(SENTENCES * 3):
        words, word_ms = [], at_ms
        for word in text.split():
            length_ms = chance.randrange(120, 600)
            words.append(Word(text=word, start_ms=word_ms, end_ms=word_ms + length_ms))
            word_ms += length_ms + chance.choice((0, 0, 20, 90, 250))
        end_ms = words[-1].end_ms
        segments.append(
            Segment(id=f"s{number}", start_ms=at_ms, end_ms=end_ms, text=text, words=tuple(words))
        )
        # Every third begins while the one before is still spoken.
        at_ms = end_ms + chance.choice((-1_800, 150, 700)) if end_ms > 2_000 else end_ms
    talk = Transcript(duration_ms=at_ms + 3_000, language="en", segments=tuple(segments))
    everything = [word for segment in talk.segments for word in segment.words]
    found = borders(talk)
    assert len(found) > 20
    for border in found:
        inside = [word for word in everything if word.start_ms < border < word.end_ms]
        assert not inside, border
