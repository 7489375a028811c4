"""The crop of a wide picture follows the speaker smoothly."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mp4totext.media.faces import Face
from mp4totext.media.reframe import LOOKS_A_SECOND, centres

SHOWN = 9 / 16 / (16 / 9)  # of a wide picture in an upright one
FPS = 30


def face(centre: float, size: float = 0.1) -> Face:
    return Face(left=centre - size / 2, right=centre + size / 2, top=0.3, bottom=0.5)


def path(
    looks: list[list[Face]], speakers: Sequence[str | None] | None = None
) -> tuple[float, ...]:
    frames = len(looks) * FPS // LOOKS_A_SECOND
    told = speakers or [None] * len(looks)
    return centres(looks, told, shown=SHOWN, frames=frames, fps=FPS)


def jumps(found: tuple[float, ...]) -> list[int]:
    return [n for n, (a, b) in enumerate(pairwise(found), 1) if abs(a - b) > 0.05]


def test_a_face_that_hardly_moves_does_not_move_the_picture() -> None:
    chance = np.random.default_rng(1)
    found = path([[face(0.4 + chance.uniform(-0.01, 0.01))] for _ in range(60)])
    assert max(found) - min(found) < 0.001
    assert found[0] == pytest.approx(0.4, abs=0.02)


def test_a_face_that_walks_stays_in_the_middle_without_a_jerk() -> None:
    looks = [[face(0.25 + 0.5 * n / 79)] for n in range(80)]
    found = path(looks)
    inside = [
        abs(found[n * FPS // LOOKS_A_SECOND] - faces[0].centre) <= 0.3 * SHOWN
        for n, faces in enumerate(looks)
    ]
    assert np.mean(inside) >= 0.97
    steps = np.diff(found)
    assert np.abs(np.diff(steps)).max() < 0.0006  # of the width: less than a pixel
    assert not jumps(found)


def test_a_path_never_swings_over() -> None:
    found = path([[face(0.3)] for _ in range(10)] + [[face(0.36)] for _ in range(20)])
    assert all(b >= a - 1e-9 for a, b in pairwise(found))
    assert found[-1] == pytest.approx(0.36, abs=0.005)


def test_the_face_of_the_speaker_is_shown() -> None:
    """Cameras show one at a time for a while, so that who is who is known."""
    ada, bob = face(0.3), face(0.7, 0.12)
    looks = [[ada]] * 20 + [[bob]] * 20 + [[ada, bob]] * 40
    speakers = ["A"] * 20 + ["B"] * 20 + ["A"] * 20 + ["B"] * 20
    found = path(looks, speakers)
    assert found[50 * FPS // LOOKS_A_SECOND] == pytest.approx(0.3, abs=0.01)
    assert found[70 * FPS // LOOKS_A_SECOND] == pytest.approx(0.7, abs=0.01)


def test_it_does_not_change_twice_in_two_seconds() -> None:
    ada, bob = face(0.3), face(0.7)
    looks = [[ada]] * 20 + [[bob]] * 20 + [[ada, bob]] * 60
    speakers = ["A"] * 20 + ["B"] * 20 + ["A", "A", "A", "B", "B", "B"] * 10
    changes = jumps(path(looks, speakers))
    assert changes
    assert min(b - a for a, b in pairwise(changes)) >= 2 * FPS


def test_what_is_shown_never_leaves_the_picture() -> None:
    found = path([[face(0.05)]] * 20 + [[face(0.97)]] * 20)
    assert min(found) >= SHOWN / 2 - 1e-9
    assert max(found) <= 1 - SHOWN / 2 + 1e-9


@pytest.mark.parametrize("looks", [[[]] * 40, [[face(0.4)]] * 6 + [[]] * 90])
def test_without_faces_there_is_no_path(looks: list[list[Face]]) -> None:
    assert path(looks) == ()


def test_a_face_that_is_lost_for_a_moment_is_not_left() -> None:
    looks = [[face(0.3)], [face(0.3)], [], [], [face(0.3)], [face(0.3)]] * 6
    found = path(looks)
    assert max(found) - min(found) < 0.001


@pytest.mark.parametrize("larger", [0.25, 0.75])
def test_of_two_faces_that_are_always_there_the_one_whose_mouth_moves_is_shown(
    larger: float,
) -> None:
    speakers = ["S1"] * 20 + ["S2"] * 20 + ["S1"] * 20
    sides = {0.25: "S1", 0.75: "S2"}
    looks = []
    for number, speaker in enumerate(speakers):
        looks.append(
            [
                replace(
                    face(side, 0.12 if side == larger else 0.1),
                    mouth=bytes([100 + 40 * (speaker == name and number % 2)] * 128),
                )
                for side, name in sides.items()
            ]
        )
    found = path(looks, speakers)
    shown = [0.25 if found[n * FPS // LOOKS_A_SECOND] < 0.5 else 0.75 for n in range(len(looks))]
    assert [sides[side] for side in shown] == speakers


@pytest.mark.parametrize("on", range(2, 7))
@pytest.mark.parametrize("off", [2, 4, 6])  # looks: as one track, or as many
def test_a_face_that_is_found_on_and_off_does_not_make_the_view_jump(on: int, off: int) -> None:
    """Beside a face that is always there, and only while one of the two speakers talks."""
    speakers = ["A"] * 30 + ["B"] * 30 + ["A"] * 30
    looks = [
        [face(0.25), face(0.75, 0.08)] if speaker == "B" and number % (on + off) < on
        else [face(0.25)]
        for number, speaker in enumerate(speakers)
    ]  # fmt: skip
    assert len(jumps(path(looks, speakers))) <= 2


def test_a_word_of_another_does_not_take_the_view() -> None:
    ada, bob = face(0.3), face(0.7)
    looks = [[ada]] * 20 + [[bob]] * 20 + [[ada, bob]] * 40
    speakers = ["A"] * 20 + ["B"] * 20 + ["A"] * 20 + ["B"] * 2 + ["A"] * 18
    found = path(looks, speakers)
    assert max(found[42 * FPS // LOOKS_A_SECOND :]) == pytest.approx(0.3, abs=0.01)
    longer = speakers[:60] + ["B"] * 6 + ["A"] * 14
    assert jumps(path(looks, longer))[-2] == 60 * FPS // LOOKS_A_SECOND


def test_a_camera_that_shows_another_for_a_moment_is_followed() -> None:
    """The first face is not missed then: nobody who was there with it is still there."""
    looks = [[face(0.3)]] * 20 + [[face(0.7)]] * 3 + [[face(0.3)]] * 20
    found = path(looks)
    assert found[21 * FPS // LOOKS_A_SECOND] == pytest.approx(0.7, abs=0.01)
