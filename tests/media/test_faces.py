"""Face detection: each face at its place, and no others."""

import numpy as np
import pytest

from mp4totext.media.faces import Face, FaceFinder
from tests.support.drawn_faces import MODEL, face_at, needs_faces


@needs_faces
@pytest.mark.parametrize("across", [0.2, 0.5, 0.77])
def test_a_face_is_found_in_its_place(across: float) -> None:
    (face,) = FaceFinder(MODEL).find(np.asarray(face_at(across)))
    assert face.centre == pytest.approx(across, abs=0.02)
    assert 0.05 < face.right - face.left < 0.2
    assert face.top < 0.47 < face.bottom


@needs_faces
def test_there_is_none_in_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    assert FaceFinder(MODEL).find(noise) == ()


def test_boxes_overlap_by_what_both_cover() -> None:
    one = Face(left=0, top=0, right=0.2, bottom=0.2)
    assert one.overlap(one) == pytest.approx(1)
    assert one.overlap(Face(left=0.1, top=0, right=0.3, bottom=0.2)) == pytest.approx(1 / 3)
    assert one.overlap(Face(left=0.5, top=0, right=0.7, bottom=0.2)) == 0
