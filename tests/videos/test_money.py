"""Charges for all presets, with and without models.

The frames themselves are not encoded here: they cost nothing, and would take minutes.
"""

from decimal import Decimal
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mp4totext.credits.money import to_uc
from mp4totext.jobs.context import Context
from mp4totext.jobs.models import Job
from mp4totext.kit.clock import now
from mp4totext.kit.errors import AppError
from mp4totext.operations import OPERATIONS
from mp4totext.videos.model_orders import refuse_unready
from mp4totext.videos.model_scenes import scenes_by_models
from mp4totext.videos.operations import MadeVideo, RenderVideo
from mp4totext.videos.orders import RenderParams
from mp4totext.videos.pieces import Stored
from mp4totext.videos.rendering import Rendered, Rendering
from mp4totext.videos.schemas import PictureChoice
from tests.conformance.text_apis import ModelAnswer
from tests.support.filmed import pictures_of
from tests.support.scene_models import scene, scenes_answer
from tests.support.studios import PICTURES, PLANNER, RATE, VOICE, Studio
from tests.support.transcript_builders import transcript
from tests.texts.conftest import SPOKEN
from tests.texts.test_money import cents

SHORT = transcript("We bake bread at home today.", "Then it has to cool on a rack.")
CREDITS = {"card": "0.10", "frame": "0.02", "drawn": "4.20"}
OUTCOMES = ("ok", "partial", "failed", "cancelled", "again")
SLIDES = [  # slow: one of the two vendors alone
    pytest.param(*case, marks=[pytest.mark.slow] if case[1] != case[2] else [])
    for case in product(("slideshow", "lesson"), (False, True), (False, True), OUTCOMES)
    if case[3] not in ("partial", "failed") or case[1] or case[2]  # nobody there who could fail
]


class NotEncoded(RenderVideo):
    """All that is paid for, without its frames."""

    def run(self, params: RenderParams, ctx: Context) -> MadeVideo:
        scenes = scenes_by_models(params, ctx)
        if params.storyboard.sound.is_spoken:
            rendering = Rendering(params, ctx)
            rendering.sound(rendering.scenery())
        rendered = Rendered(
            video=Stored(key="", sha256="", size_bytes=0),
            duration_ms=params.storyboard.length_ms,
            width=2,
            height=2,
            warnings=(),
        )
        return MadeVideo(rendered=rendered, scenes=scenes)


WITHOUT_FRAMES = {**OPERATIONS, "render_video": NotEncoded()}


def refused(studio: Studio, times: int) -> None:
    for _ in range(times):
        studio.painter_server.fail(studio.painter.refusal(400, "No.", "moderation_blocked"))


def arranged(studio: Studio, outcome: str, *, drawn: bool, planned: bool) -> None:
    """Vendors that do what the outcome needs."""
    if outcome == "partial":
        refused(studio, drawn)
        if planned:
            studio.model.model = lambda _: scenes_answer([scene(1, 4), scene(5, 6)])
    if outcome == "failed":
        refused(studio, 40 * drawn)
        if planned:
            studio.model.model = lambda _: ModelAnswer("Sorry.")


def price(board: dict[str, Any], *, drawn: int, planned: int, base: str = "8.75") -> int:
    """``drawn``: pictures of this job; ``planned``: characters."""
    kinds = [each["picture"]["kind"] for each in board["scenes"]]
    total = Decimal(base) + Decimal(CREDITS["drawn"]) * drawn + Decimal(RATE * planned) / 1_000
    return cents(total + sum(Decimal(CREDITS.get(kind, "0")) for kind in kinds))


@pytest.mark.parametrize(("preset", "drawn", "planned", "outcome"), SLIDES)
def test_a_video_of_slides_costs_what_was_delivered(
    studio: Studio, preset: str, drawn: bool, planned: bool, outcome: str
) -> None:
    body: dict[str, Any] = {"transcription_id": studio.record(), "preset": preset}
    if drawn:
        body["pictures"] = {"provider": PICTURES.name}
    if planned:
        body["planner"] = PLANNER
    arranged(studio, outcome, drawn=drawn, planned=planned)
    _, before = studio.service.held_and_spent()
    accepted, quoted = studio.order(body)
    if outcome == "cancelled":
        studio.service.cancel(accepted)
    studio.work(WITHOUT_FRAMES)
    held, after = studio.service.held_and_spent()
    video = studio.send("GET", f"/videos/{accepted['id']}")
    pictures = [each["picture"]["image_id"] for each in video["storyboard"]["scenes"]]
    made = sum(image_id is not None for image_id in pictures)
    assert held == 0
    if outcome in ("failed", "cancelled"):
        assert (after - before, made, video["status"]) == (0, 0, outcome)
        return
    texts = [len(segment.text) for segment in SPOKEN.segments]
    characters = sum(texts[:6] if outcome == "partial" else texts) if planned else 0
    assert after - before == price(video["storyboard"], drawn=made, planned=characters)
    assert after - before <= quoted
    assert len(video["warnings"]) == (outcome == "partial") * (drawn + planned)
    assert (made > 0) == drawn
    if outcome == "again":
        assert_again(studio, video)


def assert_again(studio: Studio, video: dict[str, Any]) -> None:
    """Pictures that are there, and scenes that are planned, are not paid again."""
    path = f"/videos/{video['id']}"
    change = {"revision": video["revision"], "storyboard": {"captions": {"mode": "soft"}}}
    studio.send("PATCH", f"{path}/plan", change)
    requests = len(studio.painter.orders), len(studio.model.requests)
    with studio.service.moves(spent_uc=price(video["storyboard"], drawn=0, planned=0, base="1.31")):
        body = {"revision": video["revision"] + 1}
        studio.send("POST", f"{path}/render", body, status=202)
        studio.work(WITHOUT_FRAMES)
    assert (len(studio.painter.orders), len(studio.model.requests)) == requests


@pytest.mark.parametrize("outcome", ["ok", "failed", "cancelled"])
@pytest.mark.parametrize("drawn", [False, True])
def test_a_dubbed_video_costs_its_minutes_too(studio: Studio, drawn: bool, outcome: str) -> None:
    recording_id = studio.record(SHORT)
    studio.translate(recording_id, SHORT, "de")
    body: dict[str, Any] = {
        "transcription_id": recording_id,
        "preset": "dubbed",
        "translation": "de",
        "voice": {"provider": VOICE.name, "voice": VOICE.voice},
    }
    if drawn:
        body["pictures"] = {"provider": PICTURES.name}
    if outcome == "failed":
        api = studio.speaker_server.vendor
        studio.speaker_server.fail(*[api.refusal(400, "No.") for _ in range(9)])  # type: ignore[attr-defined]
    spoken_ms = sum(segment.end_ms - segment.start_ms for segment in SHORT.segments)
    _, before = studio.service.held_and_spent()
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    if outcome == "cancelled":
        studio.service.cancel(accepted)
    studio.work(WITHOUT_FRAMES)
    video = studio.send("GET", f"/videos/{accepted['id']}")
    held, after = studio.service.held_and_spent()
    if outcome != "ok":
        assert (held, after - before, video["status"]) == (0, 0, outcome)
        return
    base = Decimal("8.75") + Decimal("1.31") * spoken_ms / 60_000
    made = len(studio.painter.orders)
    assert (held, after - before) == (
        0,
        price(video["storyboard"], drawn=made, planned=0, base=str(base)),
    )


def test_a_draft_gets_its_pictures_when_it_is_rendered(studio: Studio) -> None:
    """By the descriptions of its planner; a card that its owner chose goes as well."""
    body = {"transcription_id": studio.record(), "preset": "slideshow", "planner": PLANNER}
    accepted = studio.send("POST", "/videos/plan", body, status=202)
    studio.work(WITHOUT_FRAMES)
    render = {"revision": 2, "pictures": {"provider": PICTURES.name}}
    with studio.service.moves(spent_uc=cents(Decimal("8.75") + 5 * Decimal(CREDITS["drawn"]))):
        studio.send("POST", f"/videos/{accepted['id']}/render", render, status=202)
        studio.work(WITHOUT_FRAMES)
    prompts = [order["prompt"] for order in studio.painter.orders]
    assert len(prompts) == 5
    (third,) = [prompt for prompt in prompts if "in scene 3" in prompt]  # they come in any order
    assert third.startswith("A loaf of bread in scene 3, warm light. Morning light.")
    assert "watercolour on rough paper" in third  # the planner's style
    scenes = studio.send("GET", f"/videos/{accepted['id']}/plan")["pictures"]
    assert [each["state"] for each in scenes] == ["ready"] * 5
    gallery = studio.send("GET", f"/images/transcription/{body['transcription_id']}")["items"]
    assert {each["prompt"] for each in gallery} == {
        f"A loaf of bread in scene {n}, warm light. Morning light." for n in (1, 3, 5, 7, 9)
    }


def test_a_busy_painter_is_asked_again_for_what_is_missing(studio: Studio) -> None:
    body = {
        "transcription_id": studio.record(),
        "preset": "slideshow",
        "pictures": {"provider": PICTURES.name},
    }
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    scenes = len(accepted["storyboard"]["scenes"])
    studio.painter_server.fail(studio.painter.refusal(429, "Slow down."))
    paid_uc = cents(Decimal("8.75") + scenes * Decimal(CREDITS["drawn"]))
    with studio.service.moves(held_uc=-to_uc(str(accepted["held"])), spent_uc=paid_uc):
        studio.work(WITHOUT_FRAMES)
        drawn_at_first = len(studio.painter.orders)
        assert drawn_at_first < scenes
        with studio.service.runtime.database.write() as session:
            session.get_one(Job, accepted["task_id"]).not_before = now()
        studio.work(WITHOUT_FRAMES)
    assert len(studio.painter.orders) == scenes  # none twice


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model_type": "sdxl"}, "provider_not_ready"),
        ({"model_type": "flux"}, "provider_not_ready"),
        ({"model_type": "imagen"}, "model_retired"),
        ({"pictures": {"provider": "nobody"}}, "unknown_provider"),
        ({"pictures": {"provider": "together"}, "preset": "captioned"}, "bad_storyboard"),
        ({"model_type": "poem"}, "invalid"),
    ],
)
def test_what_nobody_can_draw_is_refused_before_anything_is_held(
    studio: Studio, body: dict[str, Any], code: str
) -> None:
    with studio.service.moves():
        refusal = studio.send(
            "POST",
            "/videos/generate",
            {"transcription_id": studio.record(), **body},
            status=422,
        )
    assert refusal["code"] == code


def test_a_video_of_a_model_is_rendered_with_its_pictures(studio: Studio, tmp_path: Path) -> None:
    """Its frames show what the vendor drew, over the times that the model chose."""
    spoken = transcript("We bake bread at home.")
    body = {
        "transcription_id": studio.record(spoken),
        "preset": "slideshow",
        "planner": PLANNER,
        "pictures": {"provider": PICTURES.name},
        "captions": "none",
    }
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    studio.work()
    video = studio.send("GET", f"/videos/{accepted['id']}")
    assert (video["status"], video["error"]) == ("succeeded", None)
    answer = studio.service.client.get(video["video_url"])
    file = tmp_path / "video.mp4"
    file.write_bytes(answer.content)
    shown = pictures_of(file, width=1280, height=720)
    assert len(shown) == round(spoken.duration_ms * 30 / 1_000)
    drawn = studio.service.client.get(image_url(studio, video))
    picture = np.asarray(Image.open(BytesIO(drawn.content)).resize((1280, 720))).astype(int)
    assert np.median(np.abs(shown[0].astype(int) - picture)) < 4  # nearer by little


def image_url(studio: Studio, video: dict[str, Any]) -> str:
    image_id = video["storyboard"]["scenes"][0]["picture"]["image_id"]
    return str(studio.send("GET", f"/images/{image_id}")["url"])


def test_models_are_looked_for_before_a_recording_is_transcribed(studio: Studio) -> None:
    """By the command, which has no transcript yet."""
    runtime, user_id = studio.service.runtime, studio.service.user.id
    with runtime.database.read() as session:
        refuse_unready(session, runtime, user_id, PLANNER, PictureChoice(provider=PICTURES.name))
        refuse_unready(session, runtime, user_id, "local", PictureChoice(provider="local"))
        with pytest.raises(AppError, match="Gemini"):
            refuse_unready(session, runtime, user_id, "local", PictureChoice(provider="gemini"))
        with pytest.raises(AppError, match="nobody"):
            refuse_unready(session, runtime, user_id, "nobody", None)
