"""Joined segments equal a video that is drawn in one pass."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.produced import facts_of
from mp4totext.videos import rendering, segments
from mp4totext.videos.draw import canvas
from mp4totext.videos.pieces import Stored
from mp4totext.videos.rendering import Rendered, Rendering
from mp4totext.videos.segments import Scenery, SegmentPart
from tests.support.filmed import filmed, pictures_of
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, recording
from tests.support.slow_tests import one_in
from tests.videos.test_rendering import file_of, rendered, uploaded


@pytest.mark.slow
@pytest.mark.parametrize("preset", one_in(2, ["captioned", "slideshow"]))
def test_segments_joined_are_what_one_pass_draws(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    """Levels of 255 in the mean of a frame; an encoder starts anew at each border."""
    monkeypatch.setitem(canvas._SIZES, "16:9", (320, 180))
    moving = "testsrc=size=320x180:rate=30,gblur=sigma=1"  # as soft as what lenses give
    film = filmed(tmp_path / "film.mp4", recording(TEN_SECONDS), picture=moving)
    recording_id = uploaded(user, film)
    seen = []
    for seconds in (4, 60):
        monkeypatch.setattr(segments, "SEGMENT_S", seconds)
        folder = tmp_path / str(seconds)
        folder.mkdir()
        video = rendered(user, recording_id, preset=preset, to_ms=6_500)
        path = file_of(user, video, folder)
        seen.append(pictures_of(path, width=video["width"], height=video["height"]))
    parts, whole = seen
    assert len(parts) == len(whole)
    apart = [float(np.abs(a.astype(int) - b).mean()) for a, b in zip(parts, whole, strict=True)]
    print(preset, np.mean(apart), max(apart))
    assert np.mean(apart) < 1
    assert max(apart) < 2
    assert np.abs(whole[30].astype(int) - whole[-30]).mean() > 3  # it moves


@pytest.mark.slow
def test_a_segment_that_is_damaged_in_storage_is_drawn_again(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The video has the same bytes as if nothing had happened.

    It is two segments and three frames long, which FFmpeg would not take for a third.
    """
    monkeypatch.setattr(segments, "SEGMENT_S", 2)
    film = filmed(tmp_path / "film.mp4", recording(FOUR_SECONDS))
    recording_id = uploaded(user, film)
    whole = file_of(user, rendered(user, recording_id, preset="captioned"), tmp_path).read_bytes()
    join, damaged = rendering.Rendering.joined, []

    def damage_and_join(
        self: Rendering, scenery: Scenery, parts: list[SegmentPart], stored: list[Stored]
    ) -> Rendered:
        storage = user.harness.runtime.storage
        piece = storage.fetch(stored[1].key, tmp_path / "piece.ts").read_bytes()
        worse = tmp_path / "worse.ts"
        worse.write_bytes(piece[:3_000] + bytes(188) + piece[3_188:])
        storage.adopt(worse, stored[1].key)
        damaged.append(stored[1].key)
        return join(self, scenery, parts, stored)

    monkeypatch.setattr(rendering.Rendering, "joined", damage_and_join)
    again = file_of(user, rendered(user, recording_id, preset="captioned"), tmp_path).read_bytes()
    assert damaged
    assert facts_of(tmp_path / "made.mp4").frames == 123
    assert again == whole


@pytest.mark.slow
def test_a_minute_is_a_minute_of_frames_and_of_sound(user: ApiUser, tmp_path: Path) -> None:
    """Not a whole number of frames; `make gates` takes one hour and three."""
    film = filmed(tmp_path / "film.mp4", recording("two_cities.wav"), seconds=60.017)
    video = rendered(user, uploaded(user, film), preset="captioned")
    facts = facts_of(file_of(user, video, tmp_path))
    length_ms = video["storyboard"]["to_ms"]
    assert facts.frames == round(length_ms * 30 / 1_000) >= 1_300
    assert facts.steady
    assert abs(facts.video_ms - facts.audio_ms) < 1_000 / 30
