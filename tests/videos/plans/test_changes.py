"""Changes of a storyboard: merged as JSON Merge Patch, and refused with the path of the fault."""

from dataclasses import replace
from typing import Any

import pytest

from mp4totext.kit.errors import AppError
from mp4totext.kit.validation import ERRORS_MAX
from mp4totext.videos.plans.changes import changed, checked
from mp4totext.videos.storyboard import SCENES_MAX, Storyboard
from tests.support.processor_time import processor_time
from tests.support.transcript_builders import transcript
from tests.videos.test_storyboard import board

IMAGE = "img_" + "0" * 26


def slideshow(*borders: int) -> Storyboard:
    """Cards, one between every two borders."""
    made = board(*borders, aspect="16:9")
    for scene in made["scenes"]:
        scene["picture"] = {"kind": "card", "card": {"large": "Tides"}}
    return Storyboard.model_validate(made)


def refusal(made: Storyboard, patch: dict[str, Any]) -> list[str]:
    with pytest.raises(AppError) as refused:
        changed(made, patch)
    assert (refused.value.status, refused.value.code) == (422, "bad_storyboard")
    return [f"{each['where']}: {each['message']}" for each in refused.value.facts["errors"]]


def test_a_border_moves_without_the_other_scenes() -> None:
    made = slideshow(0, 4_000, 8_000, 12_000)
    patch: Any = {"scenes": {"s1": {"end_ms": 5_000}, "s2": {"start_ms": 5_000}}}
    moved = changed(made, patch)
    assert [scene.start_ms for scene in moved.scenes] == [0, 5_000, 8_000]
    assert moved.scenes[2] == made.scenes[2]


def test_scenes_are_split_and_joined_by_their_ids() -> None:
    made = slideshow(0, 4_000, 8_000)
    card = {"kind": "card", "card": {"large": "Ebb"}}
    new: Any = {"start_ms": 6_000, "end_ms": 8_000, "picture": card}
    split = changed(made, {"scenes": {"s9": new, "s2": {"end_ms": 6_000}}})
    assert [scene.id for scene in split.scenes] == ["s1", "s2", "s9"]
    joined = changed(split, {"scenes": {"s9": None, "s2": {"end_ms": 8_000}}})
    assert joined == made


def test_a_picture_takes_the_place_of_a_card() -> None:
    made = slideshow(0, 4_000)
    picture: Any = {"kind": "image", "image_id": IMAGE, "card": None}
    assert changed(made, {"scenes": {"s1": {"picture": picture}}}).scenes[0].picture.card is None
    only_kind = {"scenes": {"s1": {"picture": {"kind": "image", "image_id": IMAGE}}}}
    assert refusal(made, only_kind) == [
        "storyboard.scenes.0.picture: a card needs a text, and only a card may have one"
    ]


def test_null_sets_what_it_was_from_the_start() -> None:
    made = changed(slideshow(0, 4_000), {"look": {"palette": "moss", "title": "Tides"}})
    assert (made.look.palette, made.look.title) == ("moss", "Tides")
    assert changed(made, {"look": {"palette": None}}).look.palette == "dusk"


def test_every_fault_is_told_with_its_path() -> None:
    made = slideshow(0, 4_000, 8_000)
    faults: dict[str, dict[str, Any]] = {
        "overlap": {"scenes": {"s1": {"end_ms": 5_000}}},
        "order": {"scenes": {"s1": {"end_ms": 8_000}, "s2": {"start_ms": 8_000, "end_ms": 7_000}}},
        "instant": {"scenes": {"s1": {"end_ms": 0}, "s2": {"start_ms": 0}}},
        "name": {"scenes": {"s1": "a card"}},
        "unknown": {"music": "loud"},
        "format": {"scenes": 7},
        "fades": {
            "between": {"kind": "fade", "ms": 2_000},
            "scenes": {"s1": {"end_ms": 3_000}, "s2": {"start_ms": 3_000}},
        },
        "same": {"scenes": [{**scene.model_dump(), "id": "s1"} for scene in made.scenes]},
        "outside": {"to_ms": 9_000},
    }
    told = {name: " ".join(refusal(made, patch)) for name, patch in faults.items()}
    assert "do not touch: one ends at 5000 ms, the next begins at 4000 ms" in told["overlap"]
    assert "storyboard.scenes.1: the scene 's2' is shorter than a second" in told["order"]
    assert "storyboard.scenes.0: the scene 's1' is shorter than a second" in told["instant"]
    assert "storyboard.scenes.0: " in told["name"]
    assert told["unknown"] == "storyboard.music: There is no such field: leave it out."
    assert told["format"].startswith("storyboard.scenes: ")
    assert "shorter than two fades" in told["fades"]
    assert "same id" in told["same"]
    assert "do not cover" in told["outside"]


def test_there_are_at_most_400_scenes_and_no_bottom_is_needed() -> None:
    made = slideshow(0, 4_000)
    many = slideshow(*range(0, SCENES_MAX * 1_000 + 1, 1_000))
    scenes = [scene.model_dump() for scene in many.scenes]
    last = {**scenes[-1], "id": "s999", "start_ms": 400_000, "end_ms": 401_000}
    patch = {"to_ms": 401_000, "scenes": [*scenes, last]}
    assert refusal(made, patch)[0] == "storyboard.scenes: Send at most 400 entries."
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"look": deep}
    assert refusal(made, deep)


def test_quotes_are_those_of_the_text_whatever_was_sent() -> None:
    text = transcript("The tide rises.", "The tide falls.", gap_ms=3_000, words=True)
    text = replace(text, duration_ms=6_000)
    made = changed(slideshow(0, 4_000, 6_000), {"scenes": {"s1": {"quote": "Mine!"}}})
    quoted = checked(made, "slideshow", text, has_video=False)
    assert [scene.quote for scene in quoted.scenes] == ["The tide rises.", "The tide falls."]


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"scenes": {"s1": {"picture": {"kind": "frame", "card": None}}}}, "no_picture_track"),
        ({"aspect": "source"}, "no_picture_track"),
        ({"to_ms": 90_000, "scenes": {"s1": {"end_ms": 90_000}}}, "bad_stretch"),
        ({"scenes": {"s1": {"picture": {"card": {"large": "ⴰⵎⴰⵏ"}}}}}, "card_not_drawable"),
    ],
)
def test_what_the_recording_lacks_is_refused(patch: dict[str, Any], code: str) -> None:
    text = replace(transcript("The tide rises."), duration_ms=60_000)
    with pytest.raises(AppError) as refused:
        checked(changed(slideshow(0, 4_000), patch), "slideshow", text, has_video=False)
    assert refused.value.code == code


def test_a_frame_is_one_of_the_recording() -> None:
    text = replace(transcript("The tide rises."), duration_ms=60_000)
    frame: Any = {"kind": "frame", "card": None, "at_ms": 60_000}
    made = changed(slideshow(0, 4_000), {"scenes": {"s1": {"picture": frame}}})
    with pytest.raises(AppError) as refused:
        checked(made, "slideshow", text, has_video=True)
    assert "the recording is 60000 ms long" in refused.value.message


def test_hundreds_of_faults_are_told_at_once() -> None:
    with processor_time() as spent:
        faults = refusal(slideshow(0, 4_000), {"scenes": [{"id": "x"}] * SCENES_MAX})
    assert 1 <= len(faults) <= ERRORS_MAX
    assert spent.s < 1
