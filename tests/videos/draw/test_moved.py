"""Parts of pictures, moved by fractions of a pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mp4totext.videos.draw.drawing import Planes
from mp4totext.videos.draw.moved import Box, Movable

WIDTH, HEIGHT = 320, 180


Bytes = NDArray[np.uint8]


def waves(height: int, width: int) -> Bytes:
    rows, columns = np.mgrid[0:height, 0:width]
    made = 128 + 60 * np.sin(columns / 9) + 60 * np.cos(rows / 7 + columns / 31)
    grey: Bytes = np.rint(made).astype(np.uint8)
    return grey


PICTURE = Planes(waves(208, 372), waves(104, 186), 255 - waves(104, 186))


def split(data: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    y, u, v = np.split(data, [WIDTH * HEIGHT, WIDTH * HEIGHT * 5 // 4])
    half = HEIGHT // 2, WIDTH // 2
    return y.reshape(HEIGHT, WIDTH), u.reshape(half), v.reshape(half)


@pytest.mark.parametrize(
    "box", [(0.0, 0.0, 372.0, 208.0), (10.3, 5.7, 355.2, 199.9), (52.0, 28.0, 372.0, 208.0)]
)
def test_a_part_is_what_pillow_makes_of_it(box: Box) -> None:
    made = split(Movable(PICTURE).part(box, WIDTH, HEIGHT))
    left, top, right, bottom = (side / 2 for side in box)
    half = left, top, right, bottom
    for plane, part, shown in zip(
        (PICTURE.y, PICTURE.u, PICTURE.v), (box, half, half), made, strict=True
    ):
        size = shown.shape[1], shown.shape[0]
        wanted = Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, part)
        off = shown.astype(int) - np.asarray(wanted).astype(int)
        assert abs(off).max() <= 4
        assert abs(off.mean()) < 0.1


def test_a_step_of_a_part_of_a_pixel_moves_the_picture_by_so_much() -> None:
    rising = np.broadcast_to(np.arange(372) * 7 % 224, (208, 372)).astype(np.uint8)
    movable = Movable(Planes(rising, PICTURE.u, PICTURE.v))
    seen = []
    for step in range(9):
        left = 8 + step / 8
        part = movable.part((left, 10.0, left + WIDTH, 190.0), WIDTH, HEIGHT)
        seen.append(int(split(part)[0][90, 64]))  # where it rises
    assert np.diff(seen).tolist() in ([1, 1, 1, 1, 0, 1, 1, 1], [1, 1, 1, 0, 1, 1, 1, 1])


def test_white_and_black_stay_so_and_edges_are_repeated() -> None:
    board = np.where(np.arange(372) < 186, 0, 255) * np.ones((208, 1))
    movable = Movable(Planes(board.astype(np.uint8), PICTURE.u, PICTURE.v))
    made = split(movable.part((-5.0, -5.0, 377.0, 213.0), WIDTH, HEIGHT))[0]
    assert set(np.unique(made[:, :150])) == {0}
    assert set(np.unique(made[:, 170:])) == {255}


def test_no_neighbour_differs_more_than_in_the_picture() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (208, 372), np.uint8)
    made = split(
        Movable(Planes(noise, PICTURE.u, PICTURE.v)).part((3.3, 2.2, 340.0, 190.0), WIDTH, HEIGHT)
    )[0]
    assert 8 <= made.min() <= made.max() <= 247  # softened, nothing wraps around
