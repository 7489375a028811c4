"""Scenes of a video with a voice: they begin where it says their words."""

from dataclasses import replace
from itertools import pairwise

from mp4totext.transcript import Segment, Transcript, Word
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.sound.spoken_scenes import starts, timed
from mp4totext.videos.storyboard import Scene, Storyboard
from tests.support.transcript_builders import TOPICS, transcript

SPOKEN = transcript(*TOPICS.values(), words=True)


def planned(spoken: Transcript = SPOKEN) -> Storyboard:
    choices = VideoOptions(preset="slideshow")
    return storyboard(choices, spoken, recording_id="trn_1", title="Bread", has_video=False)


def voiced(segment: Segment, *, late_ms: int, speed: float) -> Segment:
    """A segment that begins later and is spoken faster or more slowly."""
    first_ms = segment.start_ms

    def moved(at_ms: int) -> int:
        return first_ms + late_ms + round((at_ms - first_ms) / speed)

    words = tuple(
        Word(text=word.text, start_ms=moved(word.start_ms), end_ms=moved(word.end_ms))
        for word in segment.words
    )
    return replace(segment, start_ms=moved(first_ms), end_ms=moved(segment.end_ms), words=words)


def first_words(board: Storyboard, spoken: Transcript) -> list[str]:
    """The first word at or after the start of each scene."""
    words = [word for segment in spoken.segments for word in segment.words]

    def first(scene: Scene) -> str:
        at_ms = scene.start_ms - board.from_ms
        later = (f"{n} {word.text}" for n, word in enumerate(words) if word.start_ms >= at_ms)
        return next(later, "")

    return [first(scene) for scene in board.scenes]


def test_scenes_begin_with_the_same_words_that_a_voice_says_later_or_faster() -> None:
    board = planned()
    assert len(board.scenes) > 5
    for late_ms, speed in ((0, 1.2), (700, 1.25)):
        segments = [voiced(each, late_ms=late_ms, speed=speed) for each in SPOKEN.segments]
        spoken = replace(SPOKEN, segments=tuple(segments))
        assert first_words(board, spoken) != first_words(board, SPOKEN)
        moved = timed(board, starts(board, SPOKEN, spoken))
        assert first_words(moved, spoken) == first_words(board, SPOKEN)
        assert (moved.scenes[0].start_ms, moved.scenes[-1].end_ms) == (board.from_ms, board.to_ms)
        assert all(one.end_ms == other.start_ms for one, other in pairwise(moved.scenes))


def test_scenes_stay_where_the_voice_keeps_the_times() -> None:
    board = planned()
    assert timed(board, starts(board, SPOKEN, SPOKEN)) == board
    assert timed(board, ()) is board


def test_no_scene_is_lost_where_the_voice_is_far_behind() -> None:
    board = planned()
    segments = [voiced(each, late_ms=600_000, speed=0.9) for each in SPOKEN.segments]
    made = starts(board, SPOKEN, replace(SPOKEN, segments=tuple(segments)))
    lengths = [stop - start for start, stop in pairwise([*made, board.to_ms])]
    usual = [scene.end_ms - scene.start_ms for scene in board.scenes]
    assert all(length >= min(1_500, long) for length, long in zip(lengths, usual, strict=True))
    assert sum(lengths) == board.length_ms
