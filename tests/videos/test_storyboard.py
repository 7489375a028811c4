"""The storyboard document: accepted and refused values."""

from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from mp4totext.videos.storyboard import SCENES_MAX, Storyboard


def board(*borders: int, **more: Any) -> dict[str, Any]:
    scenes = [
        {"id": f"s{n}", "start_ms": a, "end_ms": b, "picture": {"kind": "wave"}}
        for n, (a, b) in enumerate(pairwise(borders), 1)
    ]
    whole = {"from_ms": borders[0], "to_ms": borders[-1], "aspect": "1:1", "seed": 7}
    return {**whole, "scenes": scenes, **more}


def refusal(data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        Storyboard.model_validate(data)
    return str(refused.value)


def test_a_storyboard_is_read_back_as_it_was_written() -> None:
    made = Storyboard.model_validate(board(1_000, 4_000, 9_000))
    assert made.length_ms == 8_000
    assert made.frames == 240
    assert Storyboard.model_validate(made.model_dump(mode="json", by_alias=True)) == made
    assert made.model_dump(by_alias=True)["schema"] == "mp4totext.storyboard"


def test_scenes_must_cover_the_stretch_and_touch() -> None:
    assert "cover" in refusal(board(0, 4_000, to_ms=5_000))
    gap = board(0, 4_000, 8_000)
    gap["scenes"][1]["start_ms"] = 4_500
    assert "touch" in refusal(gap)


def test_a_scene_is_at_least_a_second_long() -> None:
    assert "shorter" in refusal(board(0, 500, 4_000))


def test_ids_are_not_used_twice() -> None:
    twice = board(0, 4_000, 8_000)
    twice["scenes"][1]["id"] = "s1"
    assert "same id" in refusal(twice)


def test_there_is_a_limit_to_scenes_and_no_unknown_field() -> None:
    assert "at most 400" in refusal(board(*range(0, (SCENES_MAX + 2) * 1_000, 1_000)))
    assert "Extra inputs" in refusal(board(0, 4_000, music="loud"))
