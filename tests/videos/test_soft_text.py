"""Captions as a track, title and chapters of a file."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from mp4totext.transcript import Transcript
from mp4totext.videos.slides import chapters_of
from mp4totext.videos.soft_text import captions, file_facts
from mp4totext.videos.storyboard import Chapter, Storyboard
from tests.support.transcript_builders import talk, transcript
from tests.videos.test_storyboard import board


def with_chapters(*chapters: tuple[int, str]) -> Storyboard:
    marks = [{"at_ms": at_ms, "title": title} for at_ms, title in chapters]
    return Storyboard.model_validate(board(10_000, 40_000, chapters=marks))


def test_chapters_count_from_the_videos_start_and_the_first_opens_it() -> None:
    facts = file_facts(
        "Tides; ebb = flow", with_chapters((12_000, "Ebb"), (20_000, "Flow\nand #2"))
    )
    assert facts.splitlines() == [
        ";FFMETADATA1",
        r"title=Tides\; ebb \= flow",
        *("[CHAPTER]", "TIMEBASE=1/1000", "START=0", "END=10000", "title=Ebb"),
        *("[CHAPTER]", "TIMEBASE=1/1000", "START=10000", "END=30000", r"title=Flow and \#2"),
    ]
    assert file_facts("Tides", with_chapters()) == ";FFMETADATA1\ntitle=Tides\n"


@pytest.mark.parametrize(
    ("marks", "fault"),
    [
        (((20_000, "Flow"), (12_000, "Ebb")), "does not begin after"),
        (((9_000, "Ebb"),), "outside"),
        (((40_000, "Ebb"),), "outside"),
    ],
)
def test_chapters_are_in_order_and_inside(marks: tuple[tuple[int, str], ...], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        with_chapters(*marks)


def test_a_track_has_every_word_and_silence_has_none() -> None:
    text = captions(transcript("The tide rises 🌊 slowly."))
    assert text is not None
    assert "The tide rises 🌊 slowly." in text
    assert captions(Transcript(duration_ms=1_000)) is None


def test_what_comes_before_the_recording_makes_captions_and_chapters_later() -> None:
    board = with_chapters((12_000, "Ebb"), (20_000, "Flow"))
    facts = file_facts("Tides", board, late_ms=1_500, outro_ms=500).splitlines()
    times = [line for line in facts if line.startswith(("START", "END"))]
    assert times == ["START=0", "END=11500", "START=11500", "END=32000"]
    plain, late = (captions(transcript("The tide rises."), late_ms=ms) for ms in (0, 61_000))
    assert plain
    assert late
    assert plain.splitlines()[1].startswith("00:00:0")
    assert late.splitlines()[1].startswith("00:01:01")


def test_chapters_are_found_where_the_talk_changes() -> None:
    spoken, (border_ms,) = talk("bread", "orbits")
    first, second = chapters_of(spoken, from_ms=5_000)
    assert first.at_ms == 5_000
    assert abs(second.at_ms - 5_000 - border_ms) < 15_000
    assert chapters_of(replace(spoken, language="xx"), from_ms=0) == ()
    assert chapters_of(transcript("The tide rises."), from_ms=0) == ()
    assert isinstance(first, Chapter)
