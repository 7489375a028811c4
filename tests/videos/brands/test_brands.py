"""Brands: made once, used by storyboards by their ids, drawn in previews and videos."""

from typing import Any

import numpy as np
import pytest

from mp4totext.kit.ids import new_id
from mp4totext.videos.brands.service import BRANDS_MAX
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, recording
from tests.support.stills import picture
from tests.videos.plans.test_plans import preview
from tests.videos.test_rendering import uploaded

COLOURS = {"ground": "#102a10", "spots": ["#1d5a1d"], "ink": "#ffffff", "accent": "#ffe000"}


def made_brand(user: ApiUser, **fields: Any) -> dict[str, Any]:
    brand: dict[str, Any] = user.send(
        "POST", "/brands", {"name": "The Press", "colours": COLOURS, **fields}, status=201
    )
    return brand


def test_a_brand_is_made_listed_changed_and_deleted(user: ApiUser) -> None:
    image_id = user.call("POST", "/images", content=picture(80, 40)).json()["id"]
    brand = made_brand(user, logo={"image_id": image_id, "corner": "bottom_left"})
    assert user.get("/brands")["items"] == [brand]
    path = f"/brands/{brand['id']}"
    changed = user.send("PATCH", path, {"name": "The New Press"})
    assert changed == {**brand, "name": "The New Press", "updated_at": changed["updated_at"]}
    assert user.send("PATCH", path, {"logo": None})["logo"] is None
    assert user.get(path)["colours"] == COLOURS
    unreadable = {**COLOURS, "ink": COLOURS["ground"]}
    assert "cannot be read" in str(user.send("PATCH", path, {"colours": unreadable}, status=422))
    absent = {"name": "Nobody", "logo": {"image_id": new_id("img")}}
    problem(user.call("POST", "/brands", json=absent), 404, "image_not_found")
    other = user.harness.new_user()
    problem(other.call("GET", path), 404, "brand_not_found")
    user.send("DELETE", path, None, status=204)
    problem(user.call("GET", path), 404, "brand_not_found")


def test_there_are_as_many_brands_as_there_may_be(user: ApiUser) -> None:
    for number in range(BRANDS_MAX):
        user.send("POST", "/brands", {"name": f"Brand {number}"}, status=201)
    problem(user.call("POST", "/brands", json={"name": "One more"}), 409, "wrong_state")


def test_a_storyboard_has_its_brands_colours_unless_it_has_its_own(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    brand = made_brand(user)
    body = {"transcription_id": recording_id, "preset": "slideshow", "brand_id": brand["id"]}
    plan = user.send("POST", "/videos/plan", body, status=201)
    look = plan["storyboard"]["look"]
    assert (look["brand_id"], look["colours"]) == (brand["id"], None)

    def green(**more: Any) -> float:
        seen = preview(user, plan, "s1", **more)[:60]
        red, strength = np.asarray(seen)[..., 0].mean(), np.asarray(seen)[..., 1].mean()
        return float(strength - red)

    assert green() > 15
    user.send("PATCH", f"/brands/{brand['id']}", {"colours": None})
    assert green() < 15  # changed for all that use it
    path = f"/videos/{plan['id']}/plan"
    change = {"revision": 1, "storyboard": {"look": {"colours": COLOURS}}}
    user.send("PATCH", path, change)
    assert green() > 15
    refused = user.call(
        "PATCH", path, json={"revision": 2, "storyboard": {"look": {"brand_id": new_id("brd")}}}
    )
    problem(refused, 404, "brand_not_found")
    user.send("DELETE", f"/brands/{brand['id']}", None, status=204)
    render = user.call("POST", f"/videos/{plan['id']}/render", json={"revision": 2})
    problem(render, 404, "brand_not_found")
    assert user.send("PATCH", path, {"revision": 2, "storyboard": {"look": {"brand_id": None}}})


@pytest.mark.slow
def test_a_video_is_ordered_with_the_brand_as_it_is_then(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    image_id = user.call("POST", "/images", content=picture(80, 40)).json()["id"]
    brand = made_brand(user, logo={"image_id": image_id})
    path = f"/transcriptions/{recording_id}/videos"
    body = {"preset": "audiogram", "brand_id": brand["id"]}
    accepted = user.send("POST", path, body, status=202)
    assert accepted["storyboard"]["look"]["logo"] is None  # the brand's, not its own
    user.harness.work()
    video = user.get(f"/videos/{accepted['id']}")
    assert video["status"] == "succeeded"
    render = f"/videos/{accepted['id']}/render"
    problem(user.call("POST", render, json={"revision": 1}), 409, "already_rendered")
    user.send("PATCH", f"/brands/{brand['id']}", {"logo": None})
    user.send("POST", render, {"revision": 1}, status=202)
    user.send("DELETE", f"/brands/{brand['id']}", None, status=204)
    user.harness.work()
    video = user.get(f"/videos/{accepted['id']}")
    assert (video["status"], video["rendered_revision"]) == ("succeeded", 2)
    again = made_brand(user, logo={"image_id": image_id})
    user.send("DELETE", f"/images/{image_id}", None, status=204)
    refused = user.call("POST", path, json={**body, "brand_id": again["id"]})
    problem(refused, 409, "picture_missing")
