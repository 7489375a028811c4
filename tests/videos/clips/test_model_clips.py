"""Clips that a language model chooses: drafts at its rate, or nothing and no credits."""

from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.text_apis import ModelAnswer
from tests.support.scene_models import clip, clips_answer
from tests.support.studios import PLANNER, RATE, TEXT, Studio
from tests.texts.conftest import SPOKEN
from tests.texts.test_money import cents

PAID_UC = cents(Decimal(RATE * sum(len(segment.text) for segment in SPOKEN.segments)) / 1_000)


@pytest.fixture
def studio(studio: Studio) -> Studio:
    studio.model.model = lambda _: clips_answer(clip(6, 7, score=40), clip(1, 3, score=80))
    return studio


def ordered(studio: Studio, status: int = 202, **body: Any) -> Any:
    order = {"transcription_id": studio.record(), "least_ms": 5_000, "planner": PLANNER, **body}
    return studio.send("POST", "/videos/clips", order, status=status)


def test_the_passages_of_a_model_become_drafts_for_its_rate(studio: Studio) -> None:
    with studio.service.moves(spent_uc=PAID_UC):
        accepted = ordered(studio, n=3, captions="clean")
        assert (accepted["held"], accepted["model"]) == (PAID_UC / 1_000_000, TEXT.model)
        assert accepted["quote"][0]["key"] == "text.clips"
        studio.work()
    first, second, third = accepted["video_ids"]
    plan = studio.send("GET", f"/videos/{first}/plan")
    board = plan["storyboard"]
    assert (plan["preset"], plan["status"], plan["credits"]) == ("clip", "draft", 2.0)
    assert (board["look"]["title"], board["reason"]) == ("From 1", "It stands alone.")
    assert board["planner"] == {"provider": TEXT.name, "model": TEXT.model}
    assert board["captions"]["style"] == "clean"
    assert 0 <= board["to_ms"] - SPOKEN.segments[2].end_ms <= 250
    assert studio.send("GET", f"/videos/{second}/plan")["storyboard"]["reason"]
    studio.send("GET", f"/videos/{third}/plan", status=404)
    assert len(studio.model.requests) == 1
    change = {"revision": 1, "storyboard": {"reason": "Mine.", "captions": {"mode": "soft"}}}
    changed = studio.send("PATCH", f"/videos/{first}/plan", change)
    assert changed["storyboard"]["reason"] == "It stands alone."


def test_the_quote_is_what_is_held(studio: Studio) -> None:
    body = {"transcription_id": studio.record(), "least_ms": 5_000, "operation": "find_clips"}
    quote = studio.send("POST", "/credits/quote", {**body, "planner": PLANNER})
    assert quote["total"] == PAID_UC / 1_000_000
    assert studio.send("POST", "/credits/quote", body)["total"] == 0


@pytest.mark.parametrize("answer", [ModelAnswer("Sorry."), clips_answer(clip(40, 50))])
def test_a_choice_that_fails_costs_nothing_and_is_made_anew_on_request(
    studio: Studio, answer: ModelAnswer
) -> None:
    studio.model.model = lambda _: answer
    with studio.service.moves():
        accepted = ordered(studio)
        studio.work()
    studio.send("GET", f"/videos/{accepted['video_ids'][0]}", status=404)
    studio.model.model = lambda _: clips_answer(clip(1, 3), clip(40, 50))
    with studio.service.moves(spent_uc=PAID_UC):
        studio.send("POST", f"/jobs/{accepted['task_id']}/retry", status=202)
        studio.work()
    assert studio.send("GET", f"/videos/{accepted['video_ids'][0]}/plan")["status"] == "draft"
    assert "1 of the passages" in studio.service.job(accepted).warnings[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"planner": "openai:gpt-nothing"}, "unknown_model"),
        ({"planner": "gemini"}, "provider_not_ready"),
        ({"least_ms": 100_000, "most_ms": 120_000}, "nothing_spoken"),
        ({"least_ms": 60_000, "most_ms": 30_000}, "bad_stretch"),
        ({"aspect": "source"}, "no_picture_track"),
    ],
)
def test_what_no_model_can_choose_is_refused_before_anything_is_held(
    studio: Studio, body: dict[str, Any], code: str
) -> None:
    with studio.service.moves():
        assert ordered(studio, status=422, **body)["code"] == code
    assert not studio.model.requests
