"""Passages that can be understood alone: whole sentences, without overlaps, with reasons."""

from dataclasses import replace
from itertools import pairwise

import pytest

from mp4totext.transcript import Transcript
from mp4totext.writing.clips import AFTER_MS, BEFORE_MS, Clip, find_clips
from tests.support.transcript_builders import talk, transcript


def clips(spoken: Transcript, limit: int = 5) -> tuple[Clip, ...]:
    return find_clips(spoken, limit=limit, least_ms=15_000, most_ms=60_000)


def test_clips_are_runs_of_whole_sentences_that_do_not_overlap() -> None:
    spoken, _ = talk("bread", "orbits", "court", "birds")
    found = clips(spoken)
    assert len(found) == 5
    starts = {segment.start_ms for segment in spoken.segments}
    ends = {segment.end_ms for segment in spoken.segments}
    for clip in found:
        assert 15_000 <= clip.end_ms - clip.start_ms <= 60_000
        assert any(start - BEFORE_MS <= clip.start_ms <= start for start in starts)
        assert any(end <= clip.end_ms <= end + AFTER_MS for end in ends)
    ordered = sorted(found, key=lambda clip: clip.start_ms)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(ordered))
    assert found[0].score == max(clip.score for clip in found) == 1.0
    assert clips(spoken) == found


def test_another_topic_is_chosen_before_more_of_the_same() -> None:
    spoken, (border_ms,) = talk("bread", "orbits")
    first, second = clips(spoken, limit=2)
    assert (first.start_ms < border_ms) != (second.start_ms < border_ms)


FILLER = "And then it went on like this, as it had before, and on it went."


@pytest.mark.parametrize(
    ("opening", "reason"),
    [
        ("Why is the ocean salty?", "question"),
        ("In 1969 people walked on the moon.", "number"),
        ("Salt makes water dense and heavy.", "stands_alone"),
    ],
)
def test_a_clip_opens_with_what_draws_people_in(opening: str, reason: str) -> None:
    spoken = transcript(*[FILLER] * 4, opening, *[FILLER] * 6)
    best = clips(spoken, limit=1)[0]
    assert abs(best.start_ms - spoken.segments[4].start_ms) <= BEFORE_MS
    assert reason in best.reasons


def test_speakers_who_answer_each_other_are_a_conversation() -> None:
    texts = [FILLER] * 8
    alone = transcript(*texts, speakers=["S1"] * 8)
    both = transcript(*texts, speakers=["S1", "S2"] * 4)
    assert "conversation" not in clips(alone)[0].reasons
    assert "conversation" in clips(both)[0].reasons


def test_what_is_too_short_has_no_clip() -> None:
    assert clips(transcript("The tide rises.")) == ()
    assert clips(Transcript(duration_ms=60_000)) == ()


def test_without_words_of_topics_a_clip_is_named_by_how_it_begins() -> None:
    spoken = replace(transcript(*["Kvak kvik kvok."] * 30), language="xx")
    assert clips(spoken, limit=1)[0].title == "Kvak kvik kvok."
