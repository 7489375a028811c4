"""Fonts, intros and outros of brands: uploaded, checked, drawn and heard, and deleted with them."""

from pathlib import Path
from typing import Any

import noto_cjk_sans_otc  # type: ignore[import-untyped]
import numpy as np
import pymupdf_fonts  # type: ignore[import-untyped]
import pytest

from mp4totext.media.produced import facts_of
from mp4totext.videos.draw import canvas
from mp4totext.videos.operations import remove_parts
from tests.support.account_steps import problem
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.filmed import pictures_of
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.stills import picture
from tests.videos.brands.test_brands import made_brand
from tests.videos.plans.test_plans import is_red, planned, preview, text_of
from tests.videos.test_rendering import file_of, rendered, requested, uploaded

SERIF = "notos"  # of pymupdf_fonts


def sent(user: ApiUser, brand: Any, name: str, data: bytes, status: int = 200, **query: Any) -> Any:
    answer = user.call("PUT", f"/brands/{brand['id']}/{name}", content=data, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def objects(user: ApiUser, brand: Any) -> list[str]:
    return [name for name in user.harness.files() if brand["id"] in name]


def red_film(path: Path, *, seconds: float, sound: bool = True) -> bytes:
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}") if sound else ()
    ffmpeg(
        *("-f", "lavfi", "-i", f"color=red:size=160x160:rate=25:duration={seconds}", *tone),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", path),
    )
    return path.read_bytes()


def test_a_font_is_checked_written_anew_and_replaced(user: ApiUser) -> None:
    brand = made_brand(user)
    font = pymupdf_fonts.myfont(SERIF)
    kept = sent(user, brand, "font", font)["font"]
    assert kept["name"]
    (first,) = objects(user, brand)
    assert kept["size_bytes"] < len(font)  # without its hints
    for data in (b"", picture(80, 40), font[:2_000], b"\x00\x01\x00\x00" + bytes(400)):
        answer = user.call("PUT", f"/brands/{brand['id']}/font", content=data)
        assert answer.status_code == 422, answer.text
    collection = Path(str(noto_cjk_sans_otc.FONT_PATH)).read_bytes()[: 7 << 20]
    assert sent(user, brand, "font", collection, 422)["code"] == "not_a_font"
    sent(user, brand, "font", pymupdf_fonts.myfont("ubuntm"))
    assert first not in objects(user, brand)
    stranger = user.harness.new_user()
    answer = stranger.call("PUT", f"/brands/{brand['id']}/font", content=font)
    problem(answer, 404, "brand_not_found")
    user.send("DELETE", f"/brands/{brand['id']}/font", None)
    assert objects(user, brand) == []


def test_an_intro_is_a_picture_or_a_film_of_up_to_ten_seconds(
    user: ApiUser, tmp_path: Path
) -> None:
    brand = made_brand(user)
    kept = sent(user, brand, "intro", picture(200, 100), length_ms=2_500)["intro"]
    assert (kept["kind"], kept["length_ms"]) == ("picture", 2_500)
    film = red_film(tmp_path / "film.mp4", seconds=1.5)
    kept = sent(user, brand, "outro", film)["outro"]
    assert kept["kind"] == "video"
    assert 1_400 <= kept["length_ms"] <= 1_600
    old = red_film(tmp_path / "film.avi", seconds=1.5)  # begins as WebP does
    assert sent(user, brand, "outro", old)["outro"]["kind"] == "video"
    long = red_film(tmp_path / "long.mp4", seconds=11)
    assert sent(user, brand, "outro", long, 422)["code"] == "bad_brand_clip"
    silent = red_film(tmp_path / "silent.mp4", seconds=1, sound=False)
    assert sent(user, brand, "outro", silent)["outro"]["length_ms"] == 1_000
    short = red_film(tmp_path / "short.mp4", seconds=0.2, sound=False)
    assert sent(user, brand, "outro", short, 422)["code"] == "bad_brand_clip"
    assert len(objects(user, brand)) == 2
    user.send("DELETE", f"/brands/{brand['id']}", None, status=204)
    assert objects(user, brand) == []


@pytest.mark.slow
def test_a_file_stays_for_the_video_that_was_ordered_with_it(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(canvas._SIZES, "16:9", (320, 180))
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    brand = made_brand(user)
    sent(user, brand, "intro", red_film(tmp_path / "film.mp4", seconds=1))
    sent(user, brand, "font", pymupdf_fonts.myfont(SERIF))
    former = objects(user, brand)
    video = requested(user, recording_id, preset="slideshow", brand_id=brand["id"])
    sent(user, brand, "intro", picture(160, 90), length_ms=2_000)
    user.send("DELETE", f"/brands/{brand['id']}", None, status=204)
    assert not {*objects(user, brand), *former} & set(user.harness.files())
    user.harness.work()
    path = file_of(user, user.get(f"/videos/{video['id']}"), tmp_path)
    made = pictures_of(path, width=320, height=180)
    assert is_red(made[:30, 80:100, 150:170]).all()
    assert not is_red(made[31:60, 80:100, 150:170]).all()
    remove_parts(user.harness.runtime)
    assert not [name for name in user.harness.files() if video["id"] in name and "brand" in name]


@pytest.mark.slow
def test_a_video_has_its_brands_font_intro_and_outro(
    user: ApiUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(canvas._SIZES, "16:9", (320, 180))
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    brand = made_brand(user)
    order = {"preset": "slideshow", "captions": "clean", "brand_id": brand["id"]}
    plain = rendered(user, recording_id, **order)
    sent(user, brand, "font", pymupdf_fonts.myfont(SERIF))
    sent(user, brand, "intro", red_film(tmp_path / "film.mp4", seconds=1.5))
    sent(user, brand, "outro", red_film(tmp_path / "silent.mp4", seconds=1, sound=False))
    video = rendered(user, recording_id, **order)
    (tmp_path / "plain").mkdir()
    path = file_of(user, video, tmp_path)
    facts, before = facts_of(path), facts_of(file_of(user, plain, tmp_path / "plain"))
    assert facts.frames == before.frames + 45 + 30
    assert facts.steady
    assert abs(facts.video_ms - facts.audio_ms) < 34
    made = pictures_of(path, width=320, height=180)
    without = pictures_of(tmp_path / "plain" / "made.mp4", width=320, height=180)
    assert is_red(made[:45, 80:100, 150:170]).all()
    assert is_red(made[-30:, 80:100, 150:170]).all()
    apart = [float(np.abs(made[45 + n].astype(int) - without[n]).mean()) for n in (10, 60)]
    assert all(0.3 < each < 25 for each in apart), apart  # the same card in other letters
    sound = decoded(path, channels=1)[0]
    assert np.abs(sound[8_000:12_000]).mean() > 0.01  # the tone of the intro
    assert np.abs(sound[-8_000:]).mean() < 1e-3  # a film without a sound track is silent

    start = user.call("GET", f"/videos/{video['id']}/captions").text
    assert start.splitlines()[1] >= "00:00:01,500"
    _, language, words = text_of(path)
    assert (language, bool(words)) == ("eng", True)
    seen = preview(user, video, "intro")
    assert is_red(seen[seen.shape[0] // 2, 300:400]).all()
    sent(user, brand, "intro", picture(160, 90), length_ms=1_000)
    assert not is_red(preview(user, video, "intro")).all()
    draft = planned(user, recording_id)
    answer = user.call("GET", f"/videos/{draft['id']}/plan/preview", params={"scene": "intro"})
    problem(answer, 422, "no_preview")
