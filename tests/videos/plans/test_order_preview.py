"""The preview of a video that was not ordered yet."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.support.filmed import filmed, pictures_of
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording
from tests.support.slow_tests import one_in
from tests.videos.brands.test_brands import COLOURS
from tests.videos.test_rendering import file_of, rendered, uploaded

Pixels = NDArray[np.int64]
WIDTH, HEIGHT, RATE = 640, 640, 25  # as large as the preview is and the film stays


@pytest.fixture
def film_id(user: ApiUser, tmp_path: Path) -> str:
    black = f"color=black:size={WIDTH}x{HEIGHT}:rate={RATE}"
    return uploaded(user, filmed(tmp_path / "film.mp4", recording(TEN_SECONDS), picture=black))


def previewed(user: ApiUser, recording_id: str, **order: Any) -> Pixels:
    body = {"transcription_id": recording_id, **order}
    answer = user.call("POST", "/videos/preview", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text
    return np.asarray(Image.open(BytesIO(answer.content))).astype(int)


def second_word(user: ApiUser, recording_id: str) -> dict[str, int]:
    words = user.recording(recording_id, words=True)["segments"][0]["words"]
    word: dict[str, int] = words[1]
    return word


def lit(pixels: Pixels) -> NDArray[np.bool_]:
    """Where the word that is spoken stands, in yellow."""
    yellow: NDArray[np.bool_] = (
        (pixels[..., 0] > 150) & (pixels[..., 1] > 120) & (pixels[..., 2] < 140)
    )
    return yellow


@pytest.mark.parametrize("text", one_in(2, [None, "Ever 海水 failed ♫, 咸的"]))
def test_a_preview_is_the_frame_of_the_film(
    user: ApiUser, film_id: str, tmp_path: Path, text: str | None
) -> None:
    """With the fonts of the film, for letters of several scripts too."""
    if text is not None:
        edits = [{"action": "text", "id": "s1", "text": text}]
        body = {"version": 1, "revision": 0, "edits": edits}
        user.send("PATCH", f"/transcriptions/{film_id}/segments", body)
    order = {"preset": "captioned", "captions": "word", "from_ms": 0, "to_ms": 4_000}
    before = user.balance
    shown = previewed(user, film_id, **order)
    assert user.balance == before
    assert shown.shape == (HEIGHT, WIDTH, 3)
    word = second_word(user, film_id)
    film = file_of(user, rendered(user, film_id, **order), tmp_path)
    frames = pictures_of(film, width=WIDTH, height=HEIGHT).astype(int)
    at_ms = (word["start_ms"] + word["end_ms"]) // 2
    made = frames[at_ms * RATE // 1_000]
    letters = made.max(axis=2) > 128
    assert letters.sum() > 1_000
    differs = np.abs(made - shown)[letters].mean()
    # Letters of another width would be moved: by two pixels is seen.
    assert differs < 12
    assert np.abs(np.roll(made, 2, axis=1) - shown)[letters].mean() > 3 * differs


def test_a_preview_shows_each_choice_of_the_order(user: ApiUser, film_id: str) -> None:
    stretch = {"from_ms": 0, "to_ms": 6_000}
    for preset in ("captioned", "audiogram", "clip", "slideshow"):
        shown = previewed(user, film_id, preset=preset, title="", aspect="16:9", **stretch)
        assert lit(shown).sum() > 40, preset
    upright = previewed(user, film_id, preset="captioned", aspect="9:16", **stretch)
    assert upright.shape[0] > upright.shape[1]
    bare = previewed(user, film_id, preset="captioned", captions="none", **stretch)
    assert bare.max() < 40
    brand = user.send("POST", "/brands", {"name": "The Press", "colours": COLOURS}, status=201)
    plain = previewed(user, film_id, preset="audiogram", **stretch)
    branded = previewed(user, film_id, preset="audiogram", brand_id=brand["id"], **stretch)
    assert np.abs(plain - branded).mean() > 10


def test_an_order_that_cannot_be_made_has_no_preview(user: ApiUser, film_id: str) -> None:
    body = {"transcription_id": film_id, "preset": "clip", "from_ms": 0, "to_ms": 9_000_000}
    assert user.send("POST", "/videos/preview", body, status=422)["code"] == "bad_stretch"
    stranger = user.harness.new_user()
    whole = {"transcription_id": film_id, "preset": "captioned"}
    assert stranger.call("POST", "/videos/preview", json=whole).status_code == 404
