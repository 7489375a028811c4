"""From a request to a storyboard, or a refusal before credits are held."""

from dataclasses import replace
from typing import Any

import pytest

from mp4totext.kit.errors import AppError
from mp4totext.transcript import Transcript
from mp4totext.videos.draw.canvas import canvas
from mp4totext.videos.planning import cut, storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.storyboard import Storyboard
from tests.support.transcript_builders import transcript

SPOKEN = replace(
    transcript("One two three four five six.", "Seven eight nine ten.", words=True),
    duration_ms=20_000,
)
SILENT = Transcript(duration_ms=20_000)


def planned(spoken: Transcript = SPOKEN, *, has_video: bool = True, **choices: Any) -> Storyboard:
    return storyboard(
        VideoOptions(**choices), spoken, recording_id="trn_1", title="Talk", has_video=has_video
    )


def refusal(spoken: Transcript = SPOKEN, *, has_video: bool = True, **choices: Any) -> AppError:
    with pytest.raises(AppError) as refused:
        planned(spoken, has_video=has_video, **choices)
    assert refused.value.status == 422
    return refused.value


def test_captions_go_over_the_recordings_own_picture() -> None:
    board = planned(preset="captioned")
    assert (board.from_ms, board.to_ms, board.aspect) == (0, 20_000, "source")
    assert board.picture.kind == "source"
    assert board.captions.mode == "both"
    assert planned(preset="captioned", captions="soft").captions.mode == "soft"
    assert board.scenes[0].quote.startswith("One two three")


def test_sound_without_a_picture_gets_a_wave() -> None:
    board = planned(preset="captioned", has_video=False)
    assert (board.picture.kind, board.aspect, board.look.title) == ("wave", "16:9", "Talk")


@pytest.mark.parametrize("captions", ["word", "soft", "none"])
def test_a_wave_leaves_room_for_captions_that_are_drawn(captions: str) -> None:
    board = planned(preset="audiogram", captions=captions)
    assert canvas(board, source=None).captioned == (captions == "word")


def test_an_audiogram_shows_the_wave_of_a_video_too() -> None:
    board = planned(preset="audiogram", title="")
    assert (board.picture.kind, board.aspect, board.look.title) == ("wave", "1:1", None)


def test_silence_has_no_captions() -> None:
    assert planned(SILENT, preset="captioned").captions.mode == "none"
    assert planned(preset="captioned", captions="none").captions.mode == "none"


@pytest.mark.parametrize("preset", ["slideshow", "lesson", "clip"])
def test_what_shows_words_is_refused_where_nothing_is_spoken(preset: str) -> None:
    stretch: dict[str, Any] = {"from_ms": 0, "to_ms": 20_000} if preset == "clip" else {}
    error = refusal(SILENT, preset=preset, **stretch)
    assert error.code == "nothing_spoken"
    assert "audiogram" in str(error)  # what can be made instead
    assert planned(SILENT, preset="audiogram").captions.mode == "none"


def test_a_recording_without_a_picture_is_told_what_to_choose() -> None:
    error = refusal(has_video=False, preset="captioned", aspect="source")
    assert (error.code, "choose an aspect" in str(error)) == ("no_picture_track", True)


def test_a_seed_is_the_same_in_every_process_and_can_be_chosen() -> None:
    assert planned(preset="audiogram").seed == 200_126_318  # as sha256sum says
    assert planned(preset="audiogram", seed=7).seed == 7


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"preset": "clip"}, "bad_stretch"),
        ({"preset": "clip", "from_ms": 0, "to_ms": 4_000}, "bad_stretch"),
        ({"preset": "clip", "from_ms": 5_000, "to_ms": 25_000}, "bad_stretch"),
        ({"preset": "clip", "from_ms": 9_000, "to_ms": 19_000}, "nothing_spoken"),
        ({"preset": "captioned", "from_ms": 7_000, "to_ms": 6_000}, "bad_stretch"),
        ({"preset": "audiogram", "aspect": "source"}, "no_picture_track"),
    ],
)
def test_what_cannot_be_made_is_refused(choices: dict[str, Any], code: str) -> None:
    assert refusal(**choices).code == code


def test_captions_that_no_font_draws_are_refused_with_the_characters() -> None:
    amharic = replace(SPOKEN, segments=(replace(SPOKEN.segments[0], text="ሰላም ለዓለም", words=()),))
    error = refusal(amharic, preset="captioned")
    assert error.code == "captions_not_drawable"
    assert "ሰ" in error.facts["characters"]
    assert planned(amharic, preset="captioned", captions="none").captions.mode == "none"


def test_a_stretch_has_the_words_that_begin_in_it_with_times_from_its_start() -> None:
    part = cut(SPOKEN, 1_000, 4_000)
    assert part.duration_ms == 3_000
    assert part.text.startswith("four five six. Seven")
    first = next(part.words)
    assert (first.text, first.start_ms, first.end_ms) == ("four", 200, 550)
    assert all(0 <= word.start_ms <= word.end_ms <= 3_000 for word in part.words)
