"""Vendor pictures: held as ordered, charged as delivered, refused before a hold."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.catalogue import service as catalogue
from mp4totext.jobs.models import JobState
from mp4totext.runtime import Runtime
from tests.conformance.server import Server
from tests.conftest import app_for, settings_for
from tests.support.account_steps import problem
from tests.support.in_process_service import ApiUser, Harness
from tests.support.picture_vendors import VENDORS, PictureVendor, vendor_server
from tests.support.stills import flat, picture

PRICES = {
    "openai": 3.50,
    "gemini": 3.50,
    "replicate": 0.35,
    "together": 4.2,
    "openai-compatible": 1.00,
}


@dataclass(frozen=True)
class Scene:
    vendor: PictureVendor
    user: ApiUser
    server: Server
    api: Any

    def order(self, **more: Any) -> dict[str, Any]:
        body = {"prompt": "A harbour at dusk", "provider": self.vendor.name}
        return {**body, "model": self.vendor.model, **more}

    def made(self, **more: Any) -> tuple[Any, Any]:
        """The accepted order, and its job after a try."""
        body = self.order(**more)
        accepted = self.user.send("POST", "/images/generate", body, status=202)
        self.user.harness.work()
        return accepted, self.user.get(f"/jobs/{accepted['task_id']}")

    @property
    def spent(self) -> float:
        return 100 - self.user.balance["available"]


@pytest.fixture(scope="module", params=VENDORS, ids=lambda vendor: vendor.name)
def service(
    request: pytest.FixtureRequest, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[PictureVendor, Harness, Server, Any]]:
    vendor: PictureVendor = request.param
    folder = tmp_path_factory.mktemp("vendor")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    with vendor_server(vendor) as (server, api):
        runtime = Runtime(vendor.settings(settings_for(folder), server))
        with runtime.database.write() as session:
            catalogue.edit(session, ("image", "openai-compatible", "sd-turbo"), {"active": True})
        yield vendor, Harness(runtime, TestClient(app_for(runtime))), server, api
        runtime.close()


@pytest.fixture
def scene(service: tuple[PictureVendor, Harness, Server, Any]) -> Iterator[Scene]:
    vendor, harness, server, api = service
    api.orders.clear()
    before = dict(vars(api))
    yield Scene(vendor, harness.new_user(), server, api)
    for name in set(vars(api)) - set(before):
        delattr(api, name)
    vars(api).update(before)
    server.next.clear()
    assert harness.audit() == []


def test_a_picture_is_made_in_the_style_and_paid_once(scene: Scene) -> None:
    price = PRICES[scene.vendor.name]
    accepted, job = scene.made(style="watercolour", aspect="9:16")
    assert job["state"] == JobState.SUCCEEDED, job
    assert accepted["held"] == pytest.approx(price)
    assert scene.spent == pytest.approx(price)
    sent = str(scene.api.orders[-1])
    assert "Loose watercolour" in sent
    assert "No text" in sent
    made = scene.user.get(f"/images/{accepted['id']}")
    assert (made["kind"], made["prompt"]) == ("generated", "A harbour at dusk")
    assert made["width"] / made["height"] == pytest.approx(9 / 16, rel=0.06)


def test_of_four_pictures_those_that_arrive_are_paid(scene: Scene) -> None:
    price = PRICES[scene.vendor.name]
    if scene.vendor.name == "openai":
        scene.api.arrive = 2
    else:  # one picture a call
        refusal = scene.api.refusal(400, "Not this one.", "content_policy")
        whole, calls = scene.api.answer, iter(range(100))

        def half(request: Any) -> Any:
            starts = request.method == "POST"
            return refusal if starts and next(calls) < 2 else whole(request)

        scene.api.answer = half
    accepted, job = scene.made(n=4)
    assert job["state"] == JobState.SUCCEEDED, job
    assert accepted["held"] == pytest.approx(4 * price)
    assert scene.spent == pytest.approx(2 * price)
    assert "2 of 4 pictures" in job["warnings"][0]
    assert len(scene.user.get("/images")["items"]) == 2
    assert len([file for file in scene.user.harness.files() if accepted["id"][:12] in file]) <= 8


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        (b"no picture", "no picture"),
        (flat(1280, 720), "one colour"),
        (picture(400, 400), "400 x 400"),
    ],
)
def test_what_shows_nothing_or_is_of_another_shape_costs_nothing(
    scene: Scene, sent: bytes, what: str
) -> None:
    scene.api.sent = sent
    accepted, job = scene.made()
    assert job["state"] == JobState.QUEUED  # another try may bring a better one
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    assert scene.spent == 0
    assert scene.user.get("/images")["items"] == []


def test_a_picture_that_shows_nothing_is_drawn_anew(scene: Scene) -> None:
    """Also by a vendor that would send the same one for the same reference."""
    scene.api.sent = flat(1280, 720)
    accepted, job = scene.made()
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    scene.api.sent = None
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/retry", None, status=202)
    scene.user.harness.work()
    job = scene.user.get(f"/jobs/{accepted['task_id']}")
    assert job["state"] == JobState.SUCCEEDED, job
    assert len(scene.api.orders) == 2


def test_refused_content_costs_nothing_and_is_not_tried_again(scene: Scene) -> None:
    scene.server.fail(scene.api.refusal(400, "Against the rules.", "moderation_blocked"))
    _, job = scene.made()
    assert job["state"] == JobState.FAILED
    assert "rules" in job["error"]["message"]
    assert scene.spent == 0


def test_a_busy_vendor_is_asked_again_later(scene: Scene) -> None:
    scene.server.fail(scene.api.refusal(429, "Slow down."))
    accepted, job = scene.made()
    assert job["state"] == JobState.QUEUED
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    assert scene.user.balance["held"] == 0


def test_what_the_model_lacks_is_refused_before_a_hold(scene: Scene) -> None:
    body = scene.order(negative="fish")
    refused = problem(scene.user.call("POST", "/images/generate", json=body), 422, "image_cannot")
    assert "modal sdxl" in str(refused)
    if scene.vendor.name in ("replicate", "together"):
        _, job = scene.made(seed=7)
        assert job["state"] == JobState.SUCCEEDED
        assert "'seed': 7" in str(scene.api.orders[-1])
    else:
        body = scene.order(seed=7)
        refused = problem(
            scene.user.call("POST", "/images/generate", json=body), 422, "image_cannot"
        )
        assert "cannot be repeated" in str(refused)
        assert scene.user.has_nothing


def test_a_model_that_has_ended_names_its_replacement(scene: Scene) -> None:
    ended = {
        "openai": "gpt-image-1",
        "gemini": "gemini-2.5-flash-image",
        "replicate": "google/imagen-4",
        "together": "black-forest-labs/FLUX.1-schnell",
    }
    model = ended.get(scene.vendor.name)
    body = scene.order(model=model or "nobody")
    answer = scene.user.call("POST", "/images/generate", json=body)
    told = problem(answer, 422, "model_retired" if model else "unknown_model")
    assert model is None or "choose" in str(told)
    assert scene.user.has_nothing


def test_the_models_on_sale_are_listed_with_their_price(scene: Scene) -> None:
    rows = {row["model"]: row for row in scene.user.get("/images/models")}
    assert rows[scene.vendor.model]["credits"] == PRICES[scene.vendor.name]
    assert rows[scene.vendor.model]["ready"] is True
    assert "gpt-image-1" not in rows
