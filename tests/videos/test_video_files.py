"""A video by its own id: made in one call, its files with ranges, and cheaper the second time."""

from typing import Any, get_args

from sqlalchemy import update

from mp4totext.kit.clock import now
from mp4totext.videos.models import Video
from mp4totext.videos.plans.service import REPEAT_PRICE_FOR
from mp4totext.videos.presets import CaptionChoice
from mp4totext.videos.video_endpoints import CAPTION_STYLES
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.videos.test_rendering import uploaded


def generated(user: ApiUser, recording_id: str, **options: Any) -> dict[str, Any]:
    body = {"transcription_id": recording_id, "preset": "audiogram", **options}
    accepted: dict[str, Any] = user.send("POST", "/videos/generate", body, status=202)
    return accepted


def credits_of(user: ApiUser, video_id: str) -> float:
    plan = user.get(f"/videos/{video_id}/plan")
    board = {"captions": {"mode": "none"}, "seed": plan["revision"]}
    body = {"revision": plan["revision"], "storyboard": board}
    credits_: float = user.send("PATCH", f"/videos/{video_id}/plan", body)["credits"]
    return credits_


def test_a_video_of_one_call_has_its_files_and_costs_less_again(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    accepted = generated(user, recording_id, style="technical", captions="clean")
    path = f"/videos/{accepted['id']}"
    answer = user.call("GET", f"{path}/file")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    user.harness.work()
    video = user.get(path)
    assert video["storyboard"]["look"]["palette"] != "dusk"  # that of the style
    assert user.get(f"/videos/transcription/{recording_id}")["items"] == [video]
    part = user.call("GET", f"{path}/file", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"].endswith(f"/{video['size_bytes']}")
    assert user.call("GET", f"{path}/thumbnail").content.startswith(b"\xff\xd8")
    captions = user.call("GET", f"{path}/captions", params={"format": "vtt"})
    assert captions.headers["content-type"].startswith("text/vtt")
    assert captions.text.startswith("WEBVTT")
    assert user.call("GET", f"{path}/captions", params={"format": "pdf"}).status_code == 422

    assert credits_of(user, video["id"]) == 1.31
    body = {"revision": user.get(f"{path}/plan")["revision"]}
    again = user.send("POST", f"{path}/render", body, status=202)
    assert again["held"] == 1.31
    user.send("DELETE", path, None, status=204)
    assert user.call("GET", path).status_code == 404


def test_after_a_week_it_costs_as_much_as_the_first_time(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    video_id = generated(user, recording_id)["id"]
    assert credits_of(user, video_id) == 8.75
    for age, price in ((REPEAT_PRICE_FOR * 0.9, 1.31), (REPEAT_PRICE_FOR * 1.1, 8.75)):
        with user.harness.runtime.database.write() as session:
            values = {"finished_at": now() - age, "rendered_revision": 1}
            session.execute(update(Video).where(Video.id == video_id).values(values))
        assert credits_of(user, video_id) == price


def test_names_of_the_first_service_are_taken_or_refused_with_what_to_do(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    path = "/videos/generate"
    for options, told in (
        ({"style": "baroque"}, "professional"),
        ({"model_type": "flux"}, "MODAL_TOKEN_ID"),
        ({"voice": "nobody"}, "There is no voice 'nobody'"),  # it replaces the sound
    ):
        body = {"transcription_id": recording_id, **options}
        assert told in str(user.send("POST", path, body, status=422))


def test_every_style_of_captions_is_listed() -> None:
    assert set(CAPTION_STYLES) == set(get_args(CaptionChoice))
