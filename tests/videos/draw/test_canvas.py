"""The size of a video that shows the recording's own picture."""

from typing import Any

import pytest

from mp4totext.videos.draw.canvas import PIXELS_MAX, canvas
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from tests.support.transcript_builders import transcript

Size = tuple[int, int]


def size_of(source: Size, **choices: Any) -> Size:
    board = storyboard(
        VideoOptions(preset="captioned", **choices),
        transcript("Salt makes the sea heavy.", words=True),
        recording_id="trn_1",
        title="",
        has_video=True,
    )
    made = canvas(board, source=source)
    return made.width, made.height


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ((320, 180), (1280, 720)),
        ((854, 480), (1280, 720)),
        ((480, 854), (720, 1280)),
        ((640, 480), (960, 720)),
        ((64, 36), (256, 144)),  # four times its size
        ((960, 540), (960, 540)),
        ((1920, 1080), (1920, 1080)),
    ],
)
def test_a_small_picture_is_enlarged_for_captions_that_are_drawn(source: Size, drawn: Size) -> None:
    assert size_of(source) == drawn
    assert size_of(source, captions="soft") == source
    assert size_of(source, captions="none") == source


def test_a_long_strip_is_enlarged_as_far_as_a_video_may_be_large() -> None:
    width, height = size_of((2000, 300))
    assert width * height == pytest.approx(PIXELS_MAX, rel=0.01)
    assert width / height == pytest.approx(20 / 3, rel=0.01)
