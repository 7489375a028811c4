"""Storyboards that a language model plans: paid once, or not at all; changed like any other."""

from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.text_apis import ModelAnswer
from tests.support.scene_models import planner, scene, scenes_answer
from tests.support.studios import PLANNER, RATE, TEXT, Studio
from tests.texts.conftest import SPOKEN
from tests.texts.test_money import cents

CHARACTERS = sum(len(segment.text) for segment in SPOKEN.segments)
PAID_UC = cents(Decimal(RATE * CHARACTERS) / 1_000)
CREDITS = PAID_UC / 1_000_000


def ordered(studio: Studio, status: int = 202, **body: Any) -> Any:
    recording_id = studio.record()
    order = {"transcription_id": recording_id, "preset": "slideshow", "planner": PLANNER, **body}
    return studio.send("POST", "/videos/plan", order, status=status)


def plan_of(studio: Studio, accepted: Any) -> Any:
    return studio.send("GET", f"/videos/{accepted['id']}/plan")


def test_a_model_plans_a_draft_for_its_rate(studio: Studio) -> None:
    """Until it has, the draft is as this machine plans it."""
    with studio.service.moves(spent_uc=PAID_UC):
        accepted = ordered(studio)
        assert (accepted["held"], accepted["model"]) == (CREDITS, TEXT.model)
        assert accepted["quote"][0]["key"] == "text.scenes"
        assert plan_of(studio, accepted)["status"] == "queued"
        studio.work()
    plan = plan_of(studio, accepted)
    board = plan["storyboard"]
    assert (plan["status"], plan["revision"]) == ("draft", 2)
    assert board["planner"] == {"provider": TEXT.name, "model": TEXT.model}
    assert (board["look"]["style"], board["look"]["sentence"]) == ("watercolour", "Morning light.")
    scenes = board["scenes"]
    assert [each["prompt"] for each in scenes] == [
        f"A loaf of bread in scene {n}, warm light." for n in (1, 3, 5, 7, 9)
    ]
    assert [each["picture"]["card"]["large"] for each in scenes[1:]] == [
        f"About {n}" for n in (3, 5, 7, 9)
    ]
    assert scenes[0]["picture"]["card"]["large"] == "Bread"  # its title
    assert abs(scenes[1]["start_ms"] - SPOKEN.segments[2].start_ms) <= 250
    described = studio.send("GET", f"/videos/{plan['id']}/scenes/s2/prompt")["prompt"]
    assert described == "A loaf of bread in scene 3, warm light. Morning light."
    assert len(studio.model.requests) == 1


def test_the_quote_is_what_is_held(studio: Studio) -> None:
    body = {"transcription_id": studio.record(), "preset": "slideshow", "operation": "plan_video"}
    quote = studio.send("POST", "/credits/quote", {**body, "planner": PLANNER})
    assert quote["total"] == CREDITS
    assert studio.send("POST", "/credits/quote", body)["total"] == 0
    video = {**body, "operation": "render_video"}
    local = studio.send("POST", "/credits/quote", video)["total"]
    modelled = studio.send("POST", "/credits/quote", {**video, "planner": PLANNER})["total"]
    assert modelled == pytest.approx(local + CREDITS, abs=0.011)


def test_only_what_the_model_planned_is_paid(studio: Studio) -> None:
    studio.model.model = lambda _: scenes_answer([scene(1, 4)])
    planned = sum(len(segment.text) for segment in SPOKEN.segments[:4])
    with studio.service.moves(spent_uc=cents(Decimal(RATE * planned) / 1_000)):
        accepted = ordered(studio)
        studio.work()
    job = studio.service.job(accepted)
    assert job.warnings == [
        f"{TEXT.model} left out 6 of 10 sentences: their scenes are made on this machine, and are "
        "not billed."
    ]
    scenes = plan_of(studio, accepted)["storyboard"]["scenes"]
    assert scenes[0]["prompt"]
    assert not scenes[-1]["prompt"]
    assert scenes[-1]["picture"]["card"]["large"]


@pytest.mark.parametrize("answer", [ModelAnswer("Sorry."), ModelAnswer("", "safety")])
def test_a_plan_that_fails_costs_nothing_and_leaves_the_draft(
    studio: Studio, answer: ModelAnswer
) -> None:
    """It is planned again for the asking, or goes on as it is."""
    studio.model.model = lambda _: answer
    with studio.service.moves():
        accepted = ordered(studio)
        studio.work()
    plan = plan_of(studio, accepted)
    assert (plan["status"], plan["revision"]) == ("failed", 1)
    assert plan["storyboard"]["planner"] is None
    studio.model.model = planner()
    with studio.service.moves(spent_uc=PAID_UC):
        studio.send("POST", f"/jobs/{accepted['task_id']}/retry", status=202)
        studio.work()
    assert plan_of(studio, accepted)["status"] == "draft"


def test_a_busy_vendor_is_asked_again_and_paid_once(studio: Studio) -> None:
    studio.model_server.fail(studio.model.problem(429, "rate_limit_exceeded"))
    with studio.service.moves(spent_uc=PAID_UC):
        accepted = ordered(studio)
        studio.work()
        assert plan_of(studio, accepted)["status"] == "queued"
        studio.service.work_again(accepted)
    assert plan_of(studio, accepted)["status"] == "draft"


def test_a_cancelled_plan_costs_nothing(studio: Studio) -> None:
    with studio.service.moves():
        accepted = ordered(studio)
        studio.service.cancel(accepted)
        studio.work()
    assert plan_of(studio, accepted)["status"] == "cancelled"
    assert not studio.model.requests


def test_a_draft_is_changed_after_its_plan_not_during_it(studio: Studio) -> None:
    accepted = ordered(studio)
    path = f"/videos/{accepted['id']}/plan"
    change = {"revision": 1, "storyboard": {"captions": {"mode": "soft"}}}
    assert studio.send("PATCH", path, change, status=409)["code"] == "wrong_state"
    studio.work()
    stranger = {"planner": {"provider": "openai", "model": "better"}, "captions": {"mode": "soft"}}
    changed = studio.send("PATCH", path, {"revision": 2, "storyboard": stranger})
    assert changed["storyboard"]["planner"]["model"] == TEXT.model


def test_a_failed_plan_that_was_changed_is_not_made_again(studio: Studio) -> None:
    studio.model.model = lambda _: ModelAnswer("Sorry.")
    accepted = ordered(studio)
    studio.work()
    change = {"revision": 1, "storyboard": {"captions": {"mode": "soft"}}}
    assert studio.send("PATCH", f"/videos/{accepted['id']}/plan", change)["status"] == "draft"
    studio.send("POST", f"/jobs/{accepted['task_id']}/retry", status=409)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"planner": "nobody"}, "unknown_provider"),
        ({"planner": "openai:gpt-nothing"}, "unknown_model"),
        ({"planner": "gemini"}, "provider_not_ready"),
        ({"preset": "captioned"}, "bad_storyboard"),
        ({"planner": "no good"}, "invalid"),
    ],
)
def test_what_no_model_can_plan_is_refused_before_anything_is_held(
    studio: Studio, body: dict[str, Any], code: str
) -> None:
    with studio.service.moves():
        assert ordered(studio, status=422, **body)["code"] == code


def test_a_repeated_request_is_one_plan(studio: Studio) -> None:
    body = {"transcription_id": studio.record(), "preset": "slideshow", "planner": PLANNER}
    first, second, _ = _sent_again(studio, body)
    assert first == second
    studio.service.cancel(first)


def test_a_repeated_request_without_a_model_is_one_plan(studio: Studio) -> None:
    """Its draft is kept, not its words: after it is deleted there is no answer."""
    body = {"transcription_id": studio.record(), "preset": "slideshow", "planner": "local"}
    first, second, other = _sent_again(studio, body)
    assert first == second
    assert other["code"] == "idempotency_key_reused"
    videos = f"/transcriptions/{body['transcription_id']}/videos"
    assert [video["id"] for video in studio.send("GET", videos)["items"]] == [first["id"]]
    studio.send("DELETE", f"{videos}/{first['id']}", status=204)
    assert _sent_again(studio, body)[0]["code"] == "video_not_found"


def _sent_again(studio: Studio, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to a plan, to the same again, and to another with the same Idempotency-Key."""
    headers = {**studio.service.user.headers, "Idempotency-Key": f"plan-{body['planner']}"}
    return [
        studio.service.client.post("/api/v1/videos/plan", json=each, headers=headers).json()
        for each in (body, body, {**body, "preset": "audiogram"})
    ]
