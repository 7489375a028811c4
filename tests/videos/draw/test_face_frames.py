"""Upright clips of wide videos follow the face."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp4totext.videos.draw import canvas
from tests.support.drawn_faces import MODEL, SKIN, film_of_face, needs_faces
from tests.support.filmed import filmed, pictures_of
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording
from tests.videos.plans.test_plans import planned, preview
from tests.videos.test_rendering import file_of, rendered, uploaded

SIZE = (270, 480)
CLIP: dict[str, Any] = {
    "preset": "clip",
    "from_ms": 1_000,
    "to_ms": 6_000,
    "fit": "fill",
    "captions": "none",
}


@pytest.mark.slow
@needs_faces
def test_the_face_stays_in_the_middle_of_the_clip(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle three fifths in at least 97 of 100 frames; a centre crop would lose it."""
    model = user.harness.runtime.settings.models_dir / "faces" / "centerface" / "model.onnx"
    model.parent.mkdir(parents=True, exist_ok=True)
    model.symlink_to(MODEL)
    monkeypatch.setitem(canvas._SIZES, "9:16", SIZE)
    sound = recording(TEN_SECONDS)
    film = film_of_face(tmp_path / "film.mp4", sound, start=0.72, end=0.35, seconds=7)
    recording_id = uploaded(user, film)
    path = file_of(user, rendered(user, recording_id, **CLIP), tmp_path)
    plan = planned(user, recording_id, **CLIP)
    previews = [preview(user, plan, "s1", at_ms=at_ms) for at_ms in (1_500, 3_500, 5_500)]
    model.unlink()
    for shown in previews:  # follow it as well
        columns = np.nonzero(np.abs(shown - np.array(SKIN)).max(axis=2) < 40)[1]
        assert 0.2 <= columns.mean() / shown.shape[1] <= 0.8
    seen = pictures_of(path, width=SIZE[0], height=SIZE[1]).astype(np.int16)
    skin = np.abs(seen - np.array(SKIN, np.int16)).max(axis=3) < 40
    middles = [np.nonzero(frame)[1].mean() / SIZE[0] for frame in skin if frame.sum() > 200]
    assert len(middles) == len(seen) == 150
    assert np.mean([0.2 <= middle <= 0.8 for middle in middles]) >= 0.97
    assert np.abs(np.diff(middles)).max() < 0.06  # the film itself moves ten times a second


def test_without_a_face_the_middle_is_shown(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(canvas._SIZES, "9:16", SIZE)
    picture = "color=black:size=640x360:rate=30,drawbox=x=300:w=40:h=360:color=white:t=fill"
    film = filmed(tmp_path / "film.mp4", recording(TEN_SECONDS), picture=picture)
    video = rendered(user, uploaded(user, film), **CLIP)
    assert "models pull faces:centerface`" in video["warnings"][0], "the network is not installed"
    path = file_of(user, video, tmp_path)
    frame = pictures_of(path, width=SIZE[0], height=SIZE[1])[90].mean(axis=2)
    columns = np.flatnonzero(frame.mean(axis=0) > 128)
    assert columns.mean() == pytest.approx(SIZE[0] / 2, abs=2)
