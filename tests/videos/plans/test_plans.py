"""Storyboards through the API: create, read, change, add pictures, render."""

from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mp4totext.videos import operations
from tests.support.filmed import filmed, pictures_of
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, recording
from tests.support.stills import picture
from tests.videos.test_rendering import file_of, uploaded

Pixels = NDArray[np.int64]


def planned(user: ApiUser, recording_id: str, *, status: int = 201, **body: Any) -> Any:
    body = {"transcription_id": recording_id, "preset": "slideshow", **body}
    return user.send("POST", "/videos/plan", body, status=status)


def patched(user: ApiUser, plan: Any, status: int = 200, **storyboard: Any) -> Any:
    body = {"revision": plan["revision"], "storyboard": storyboard}
    return user.send("PATCH", f"/videos/{plan['id']}/plan", body, status=status)


def preview(user: ApiUser, plan: Any, scene: str, **query: Any) -> Pixels:
    path = f"/videos/{plan['id']}/plan/preview"
    answer = user.call("GET", path, params={"scene": scene, **query})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return np.asarray(Image.open(BytesIO(answer.content))).astype(int)


def resized(frame: NDArray[np.uint8], *, like: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(frame).resize(like.shape[1::-1])).astype(int)


def is_there(user: ApiUser, video: Any) -> bool:
    return bool(user.harness.client.get(video["video_url"]).status_code == 200)


def text_of(file: Path) -> tuple[list[str], str, str]:
    """Titles of chapters, the language of captions and their first words."""
    with av.open(str(file)) as container:
        track = container.streams.subtitles[0]
        first = next(packet for packet in container.demux(track) if packet.size > 2)
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
        return titles, str(track.language), bytes(first)[2:].decode().split("\n")[0]


def logo(user: ApiUser) -> str:
    """Twice as wide as high: to be seen through on the left, red on the right."""
    image = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    image.paste((230, 20, 30, 255), (40, 0, 80, 40))
    file = BytesIO()
    image.save(file, "PNG")
    answer = user.call("POST", "/images", content=file.getvalue())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def is_red(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    red: NDArray[np.bool_] = (pixels[..., 0] > 190) & (pixels[..., 1:].max(axis=-1) < 90)
    return red


def two_scenes(image_id: str) -> dict[str, Any]:
    """A change of a storyboard of two seconds."""
    image = {"kind": "image", "image_id": image_id, "card": None}
    card = {"kind": "card", "card": {"large": "Fail better"}}
    return {
        "scenes": {
            "s1": {"end_ms": 1_000, "picture": image, "motion": "still"},
            "s2": {"start_ms": 1_000, "end_ms": 2_000, "picture": card},
        },
        "between": {"kind": "cut", "ms": 0},
        "captions": {"mode": "soft"},
        "chapters": [{"at_ms": 0, "title": "Own"}, {"at_ms": 1_000, "title": "Beckett"}],
    }


def own_picture(user: ApiUser, *, seed: int = 0) -> str:
    content = picture(1280, 720, seed=seed)
    answer = user.call("POST", "/images", content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_storyboard_is_made_changed_and_rendered_with_an_own_picture(
    user: ApiUser, tmp_path: Path
) -> None:
    """And again after a change: the former file stays until the new one is there."""
    recording_id = uploaded(user, recording(TEN_SECONDS))
    before = user.balance
    plan = planned(user, recording_id, to_ms=2_000)
    assert (plan["status"], plan["revision"], plan["rendered_revision"]) == ("draft", 1, None)
    assert [scene["id"] for scene in plan["storyboard"]["scenes"]] == ["s1"]
    assert user.balance == before
    look = {"logo": {"image_id": logo(user)}}
    plan = patched(user, plan, look=look, **two_scenes(own_picture(user)))
    assert plan["revision"] == 2
    assert [each["state"] for each in plan["pictures"]] == ["ready"]
    shown = preview(user, plan, "s1")
    render = f"/videos/{plan['id']}/render"
    accepted = user.send("POST", render, {"revision": 2}, status=202)
    assert accepted["held"] == plan["credits"]
    assert user.send("POST", render, {"revision": 2}, status=409)["code"] == "wrong_state"
    user.harness.work()
    path = f"/transcriptions/{recording_id}/videos/{plan['id']}"
    video = user.get(path)
    assert (video["status"], video["rendered_revision"]) == ("succeeded", 2)
    path_of_file = file_of(user, video, tmp_path)
    assert text_of(path_of_file) == (["Own", "Beckett"], "eng", "Ever tried, ever failed,")
    made = pictures_of(path_of_file, width=1280, height=720)
    assert np.abs(resized(made[15], like=shown) - shown).mean() < 6
    assert is_red(made[15, 40:100, 1200:1240]).mean() > 0.9  # half of the logo
    assert user.send("POST", render, {"revision": 2}, status=409)["code"] == "already_rendered"

    patched(user, plan, scenes={"s1": {"motion": "in"}})
    operations.remove_parts(user.harness.runtime)
    user.send("POST", render, {"revision": 3}, status=202)
    assert is_there(user, user.get(path))
    user.harness.work()
    operations.remove_parts(user.harness.runtime)
    again = user.get(path)
    assert again["rendered_revision"] == 3
    assert again["sha256"] != video["sha256"]
    assert is_there(user, again)
    assert not is_there(user, video)
    user.send("DELETE", path, None, status=204)
    assert not [name for name in user.harness.files() if plan["id"] in name]


def at(user: ApiUser, plan: Any, at_ms: int) -> Any:
    """The storyboard with a frame of this time in its first scene."""
    plan = user.get(f"/videos/{plan['id']}/plan")
    return patched(user, plan, scenes={"s1": {"picture": {"kind": "frame", "at_ms": at_ms}}})


def test_a_scene_gets_a_new_picture_that_is_paid_like_every_picture(
    user: ApiUser, tmp_path: Path
) -> None:
    film = filmed(
        tmp_path / "film.mp4", recording(FOUR_SECONDS), picture="testsrc=size=320x180:rate=25"
    )
    plan = planned(user, uploaded(user, film))
    assert {scene["picture"]["kind"] for scene in plan["storyboard"]["scenes"]} == {"frame"}
    early, late = (
        preview(user, at(user, plan, at_ms), "s1", at_ms=2_000) for at_ms in (500, 2_500)
    )
    assert np.abs(early - late).mean() > 1  # the counter of the film
    plan = user.get(f"/videos/{plan['id']}/plan")
    before = user.balance["available"]
    path = f"/videos/{plan['id']}/scenes/s1/picture"
    card = user.send("POST", path, {"revision": 3, "prompt": "High tide"}, status=202)
    assert card["revision"] == 4
    assert user.balance["available"] == pytest.approx(before - 0.1)
    waiting = user.get(f"/videos/{plan['id']}/plan")
    assert [each["state"] for each in waiting["pictures"]] == ["making"]
    render = f"/videos/{plan['id']}/render"
    assert user.send("POST", render, {"revision": 4}, status=409)["code"] == "picture_missing"
    user.harness.work()
    plan = user.get(f"/videos/{plan['id']}/plan")
    assert [each["state"] for each in plan["pictures"]] == ["ready"]
    upper = preview(user, plan, "s1")[:360]
    assert (upper.min(axis=2) > 225).sum() > 500  # the letters of the card
    frame = user.send("POST", path, {"revision": 4}, status=202)
    user.harness.work()
    assert user.get(f"/images/{frame['id']}")["kind"] == "frame"
    user.send("DELETE", f"/images/{frame['id']}", None, status=204)
    plan = user.get(f"/videos/{plan['id']}/plan")
    assert [each["state"] for each in plan["pictures"]] == ["missing"]
    gone = user.call("GET", f"/videos/{plan['id']}/plan/preview", params={"scene": "s1"})
    assert (gone.status_code, gone.json()["code"]) == (409, "picture_missing")


def test_what_is_wrong_is_refused_and_nothing_changes(user: ApiUser) -> None:
    stranger = user.harness.new_user()
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    before = user.balance
    plan = planned(user, recording_id)
    theirs = {"kind": "image", "image_id": own_picture(stranger), "card": None}
    foreign = patched(user, plan, 404, scenes={"s1": {"picture": theirs}})
    assert foreign["code"] == "image_not_found"
    assert patched(user, plan, 422, scenes={"s1": {"end_ms": 0}})["code"] == "bad_storyboard"
    assert patched(user, plan, 422, aspect="source")["code"] == "no_picture_track"
    stale = {"revision": 7, "storyboard": {"seed": 1}}
    path = f"/videos/{plan['id']}/plan"
    assert user.send("PATCH", path, stale, status=409)["revision"] == 1
    render = {"revision": 7}
    assert user.send("POST", f"/videos/{plan['id']}/render", render, status=409)
    picture_of = f"/videos/{plan['id']}/scenes/s99/picture"
    assert user.send("POST", picture_of, {"revision": 1}, status=404)["code"] == "scene_not_found"
    wave = planned(user, recording_id, preset="audiogram")
    throughout = f"/videos/{wave['id']}/scenes/s1/picture"
    assert user.send("POST", throughout, {"revision": 1}, status=422)["code"] == "bad_storyboard"
    assert stranger.call("GET", path).status_code == 404
    assert user.get(path) == plan
    assert user.balance == before


def test_every_preset_has_a_preview_with_its_captions(user: ApiUser, tmp_path: Path) -> None:
    black = "color=black:size=640x360:rate=25"
    film = filmed(tmp_path / "film.mp4", recording(TEN_SECONDS), picture=black)
    recording_id = uploaded(user, film)
    word = user.recording(recording_id, words=True)["segments"][0]["words"][1]
    query = {"scene": "s1", "at_ms": (word["start_ms"] + word["end_ms"]) // 2}
    for preset in ("captioned", "audiogram", "clip", "slideshow"):
        plan = planned(user, recording_id, preset=preset, title="", from_ms=0, to_ms=6_000)
        seen = preview(user, plan, **query)
        yellow = (seen[..., 0] > 150) & (seen[..., 1] > 120) & (seen[..., 2] < 140)
        assert yellow.sum() > 40, preset
    path = f"/videos/{plan['id']}/plan/preview"
    tag = user.call("GET", path, params=query).headers["etag"]
    again = user.call("GET", path, params=query, headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_the_best_passages_become_drafts_of_clips(user: ApiUser) -> None:
    accepted = user.upload(recording("two_cities.wav"), language="en")
    user.harness.work()
    body = {"transcription_id": accepted.json()["id"], "n": 2, "most_ms": 30_000}
    before = user.balance
    clips = user.send("POST", "/videos/clips", body, status=201)["clips"]
    assert clips[0]["score"] == 1
    assert clips[0]["reasons"]
    plan = user.get(f"/videos/{clips[0]['video_id']}/plan")
    assert (plan["preset"], plan["status"], plan["credits"]) == ("clip", "draft", 2.0)
    board = plan["storyboard"]
    assert (board["from_ms"], board["to_ms"]) == (clips[0]["from_ms"], clips[0]["to_ms"])
    assert 15_000 <= board["to_ms"] - board["from_ms"] <= 30_000
    assert board["look"]["title"] == clips[0]["title"]
    assert user.balance == before
    none = {**body, "least_ms": 100_000, "most_ms": 120_000}
    assert user.send("POST", "/videos/clips", none, status=422)["code"] == "nothing_spoken"
    turned = {**body, "least_ms": 40_000}
    assert user.send("POST", "/videos/clips", turned, status=422)["code"] == "bad_stretch"
    key = {"Idempotency-Key": "clips"}
    once, again = (
        user.send("POST", "/videos/clips", body, status=201, **key)["clips"] for _ in range(2)
    )
    assert once == again
    assert [clip["title"] for clip in once] == [clip["title"] for clip in clips]
    reused = user.send("POST", "/videos/clips", {**body, "n": 1}, status=422, **key)
    assert reused["code"] == "idempotency_key_reused"
    slides = planned(user, body["transcription_id"])
    prompt = user.get(f"/videos/{slides['id']}/scenes/s1/prompt")["prompt"]
    assert prompt.endswith("It was the age of foolishness.")


def test_a_brand_has_its_colours_and_a_logo_that_is_seen_through(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    plan = planned(user, recording_id, captions="none")
    colours = {"ground": "#f4f4f0", "spots": ["#e8ece4"], "ink": "#0a5c36", "accent": "#c83232"}
    image_id = logo(user)
    card = {"picture": {"card": {"large": "Tides", "small": None}}}
    look = {"colours": colours, "logo": {"image_id": image_id, "corner": "top_left"}}
    plan = patched(user, plan, look=look, scenes={"s1": card})
    seen = preview(user, plan, "s1")
    assert np.median(seen[300:, 700:]) > 215  # the ground, with shapes that differ by the seed
    green = (seen[..., 1] > seen[..., 0] + 50) & (seen[..., 1] > seen[..., 2] + 20)
    assert green.sum() > 1_000  # the ink
    red = np.flatnonzero(is_red(seen[:80, :200]).any(axis=0))
    assert 60 < red.min() < 75  # its left half shows the ground
    assert 100 < red.max() < 115
    faint = {"look": {"colours": {"ink": "#d0d0d0"}}}
    refused = patched(user, plan, 422, **faint)
    assert refused["errors"] == [
        {
            "where": "storyboard.look.colours",
            "message": "the ink #d0d0d0 cannot be read on the ground #f4f4f0",
        }
    ]
    user.send("DELETE", f"/images/{image_id}", None, status=204)
    render = user.send("POST", f"/videos/{plan['id']}/render", {"revision": 2}, status=409)
    assert render["code"] == "picture_missing"
    path = f"/videos/{plan['id']}/plan/preview"
    assert user.call("GET", path, params={"scene": "s1"}).status_code == 409


@pytest.mark.slow
def test_pages_hear_of_deleted_videos_by_either_route(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    drafts = [planned(user, recording_id, preset="audiogram")["id"] for _ in range(2)]
    user.send("DELETE", f"/videos/{drafts[0]}", None, status=204)
    user.send("DELETE", f"/transcriptions/{recording_id}/videos/{drafts[1]}", None, status=204)
    events = [event.body for event in user.events("video")]
    assert [(body["change"], body["video_id"]) for body in events] == [
        ("deleted", video_id) for video_id in drafts
    ]
    assert {body["transcription_id"] for body in events} == {recording_id}


@pytest.mark.parametrize("deleted", ["logo", "scene"])
def test_a_picture_that_is_deleted_stays_for_the_video_that_waits_with_it(
    user: ApiUser, tmp_path: Path, deleted: str
) -> None:
    plan = planned(user, uploaded(user, recording(TEN_SECONDS)), to_ms=2_000)
    images = {"logo": logo(user), "scene": own_picture(user)}
    look = {"logo": {"image_id": images["logo"]}}
    plan = patched(user, plan, look=look, **two_scenes(images["scene"]))
    shown = preview(user, plan, "s1")
    user.send("POST", f"/videos/{plan['id']}/render", {"revision": 2}, status=202)
    user.send("DELETE", f"/images/{images[deleted]}", None, status=204)
    assert not [
        name for name in user.harness.files() if name.startswith(f"media/images/{images[deleted]}")
    ]
    user.harness.work()
    video = user.get(f"/videos/{plan['id']}")
    assert video["status"] == "succeeded"
    made = pictures_of(file_of(user, video, tmp_path), width=1280, height=720)
    assert np.abs(resized(made[15], like=shown) - shown).mean() < 6
    assert is_red(made[15, 40:100, 1200:1240]).mean() > 0.9  # half of the logo
    operations.remove_parts(user.harness.runtime)
    assert not [name for name in user.harness.files() if f"{plan['id']}/parts" in name]
