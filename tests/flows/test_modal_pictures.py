"""Pictures drawn at Modal: held as ordered, charged as delivered, and started once."""

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from grpclib import Status
from modal_proto import api_pb2
from pydantic import SecretStr

from mp4totext.jobs.models import Job, JobState
from mp4totext.jobs.stored_files import remove_orphans
from mp4totext.kit.clock import now
from mp4totext.operations import OPERATIONS
from mp4totext.providers import registry
from mp4totext.providers.image.modal import FUNCTIONS
from mp4totext.runtime import Runtime
from tests.conformance import modal_api
from tests.conformance.modal_api import ModalApi
from tests.conftest import app_for, settings_for
from tests.support.account_steps import problem
from tests.support.in_process_service import ApiUser, Harness
from tests.support.stills import flat, picture

PRICES = {"flux-schnell": 3.50, "sdxl": 1.31}
WIDE = (1_024, 576)


def answer_of(*pictures: bytes) -> str:
    return json.dumps(
        {
            "pictures": [
                {"seed": 7 + number, "data": base64.b64encode(data).decode()}
                for number, data in enumerate(pictures)
            ]
        }
    )


def drawn(order: dict[str, Any]) -> str:
    size = order["width"], order["height"]
    return answer_of(*(picture(*size, seed=number) for number in range(order["count"])))


@dataclass(frozen=True)
class Scene:
    user: ApiUser
    api: ModalApi

    def order(self, model: str = "flux-schnell", **more: Any) -> dict[str, Any]:
        return {"prompt": "A harbour at dusk", "provider": "modal", "model": model, **more}

    def made(self, model: str = "flux-schnell", **more: Any) -> tuple[Any, Any]:
        """The accepted order, and its job after a try."""
        accepted = self.user.send("POST", "/images/generate", self.order(model, **more), status=202)
        self.user.harness.work()
        return accepted, self.job(accepted)

    def job(self, accepted: dict[str, Any]) -> Any:
        return self.user.get(f"/jobs/{accepted['task_id']}")

    def again(self, accepted: dict[str, Any]) -> Any:
        """The job after another try, as if its pause were over."""
        with self.user.harness.runtime.database.write() as session:
            session.get_one(Job, accepted["task_id"]).not_before = now()
        self.user.harness.work()
        return self.job(accepted)

    @property
    def held_and_spent(self) -> tuple[float, float]:
        balance = self.user.balance
        return round(balance["held"], 2), round(100 - balance["balance"], 2)


@pytest.fixture(scope="module")
def service(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Harness, ModalApi]]:
    folder = tmp_path_factory.mktemp("modal")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    apps = frozenset(("mp4totext-pictures", function) for function in FUNCTIONS.values())
    with (
        modal_api.serving(ModalApi(run=drawn, functions=apps)) as api,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("MODAL_SERVER_URL", api.url)
        settings = settings_for(folder)
        changes = {
            "modal_token_id": SecretStr(modal_api.TOKEN_ID),
            "modal_token_secret": SecretStr(modal_api.TOKEN_SECRET),
            "vendor_poll_s": 0.05,
            "vendor_wait_s": 0.3,
        }
        engines = settings.engines.model_copy(update=changes)
        runtime = Runtime(settings.model_copy(update={"engines": engines}))
        yield Harness(runtime, TestClient(app_for(runtime))), api
        registry.forget()  # closes the connections before the server ends
        runtime.close()


@pytest.fixture
def scene(service: tuple[Harness, ModalApi]) -> Iterator[Scene]:
    harness, api = service
    yield Scene(harness.new_user(), api)
    api.run, api.pending, api.failure, api.deployed = drawn, 0, None, True
    api.outcome = api_pb2.GenericResult.GENERIC_STATUS_SUCCESS
    api.orders.clear()
    api.cancelled.clear()
    assert harness.audit() == []


@pytest.mark.parametrize("model", PRICES)
def test_pictures_are_drawn_in_one_call_and_paid_each(scene: Scene, model: str) -> None:
    accepted, job = scene.made(model, n=2, style="watercolour", aspect="9:16", seed=5)
    assert job["state"] == JobState.SUCCEEDED, job
    assert accepted["held"] == pytest.approx(2 * PRICES[model])
    assert scene.held_and_spent == (0, 2 * PRICES[model])
    (order,) = scene.api.orders
    assert (order["seed"], order["count"]) == (5, 2)
    assert order["width"] / order["height"] == pytest.approx(9 / 16, rel=0.06)
    assert "Loose watercolour" in order["prompt"]
    assert {each["seed"] for each in scene.user.get("/images")["items"]} == {7, 8}


def test_a_negative_prompt_reaches_the_model_that_has_one(scene: Scene) -> None:
    _, job = scene.made("sdxl", negative="fish")
    assert job["state"] == JobState.SUCCEEDED, job
    assert "fish" in scene.api.orders[0]["negative"]
    body = scene.order("flux-schnell", negative="fish")
    refused = scene.user.call("POST", "/images/generate", json=body)
    assert "modal sdxl" in str(problem(refused, 422, "image_cannot"))
    assert scene.held_and_spent == (0, 1.31)


def test_of_four_pictures_those_that_arrive_are_paid(scene: Scene) -> None:
    scene.api.run = lambda _order: answer_of(picture(*WIDE), picture(*WIDE, seed=1))
    accepted, job = scene.made(n=4)
    assert job["state"] == JobState.SUCCEEDED, job
    assert accepted["held"] == pytest.approx(14.0)
    assert scene.held_and_spent == (0, 7.0)
    assert "2 of 4 pictures" in job["warnings"][0]


def test_a_cold_start_keeps_its_hold_and_is_collected_later(scene: Scene) -> None:
    scene.api.pending = 10**6
    accepted, job = scene.made()
    assert job["state"] == JobState.QUEUED
    assert scene.held_and_spent == (3.5, 0)
    scene.api.pending = 0
    assert scene.again(accepted)["state"] == JobState.SUCCEEDED
    assert len(scene.api.orders) == 1
    assert scene.held_and_spent == (0, 3.5)


def test_a_cold_start_that_is_cancelled_costs_nothing(scene: Scene) -> None:
    scene.api.pending = 10**6
    accepted, _ = scene.made()
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    scene.user.harness.work()
    assert scene.job(accepted)["state"] == JobState.CANCELLED
    assert scene.held_and_spent == (0, 0)


def test_pictures_that_arrive_after_a_cancel_are_neither_kept_nor_paid(scene: Scene) -> None:
    accepted: dict[str, Any] = {}

    def late(order: dict[str, Any]) -> str:
        scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
        return drawn(order)

    scene.api.run = late
    accepted |= scene.user.send("POST", "/images/generate", scene.order(n=2), status=202)
    scene.user.harness.work()
    assert scene.job(accepted)["state"] == JobState.CANCELLED
    assert scene.held_and_spent == (0, 0)
    assert scene.user.get("/images")["items"] == []
    storage = scene.user.harness.runtime.storage
    remove_orphans(scene.user.harness.runtime, OPERATIONS, older_than=timedelta())
    assert not list(storage.keys(f"images/{accepted['id']}"))


@pytest.mark.parametrize(
    "sent", [b"no picture", flat(*WIDE), picture(400, 400)], ids=["no picture", "flat", "shape"]
)
def test_what_shows_nothing_or_is_of_another_shape_is_drawn_anew(scene: Scene, sent: bytes) -> None:
    scene.api.run = lambda _order: answer_of(sent)
    accepted, job = scene.made()
    assert job["state"] == JobState.QUEUED
    assert scene.held_and_spent == (3.5, 0)
    scene.api.run = drawn
    assert scene.again(accepted)["state"] == JobState.SUCCEEDED
    assert len(scene.api.orders) == 2
    assert scene.held_and_spent == (0, 3.5)


@pytest.mark.parametrize("failure", [Status.RESOURCE_EXHAUSTED, Status.UNAVAILABLE])
def test_modal_that_is_busy_or_away_is_asked_again(scene: Scene, failure: Status) -> None:
    scene.api.failure = failure
    accepted, job = scene.made()
    assert job["state"] == JobState.QUEUED, job
    assert scene.held_and_spent == (3.5, 0)
    scene.api.failure = None
    assert scene.again(accepted)["state"] == JobState.SUCCEEDED
    assert scene.held_and_spent == (0, 3.5)


def test_a_function_that_fails_costs_nothing_and_is_not_tried_again(scene: Scene) -> None:
    scene.api.outcome = api_pb2.GenericResult.GENERIC_STATUS_FAILURE
    _, job = scene.made()
    assert job["state"] == JobState.FAILED
    assert scene.held_and_spent == (0, 0)
    assert len(scene.api.orders) == 1


def test_a_function_that_is_not_deployed_costs_nothing(scene: Scene) -> None:
    scene.api.deployed = False
    _, job = scene.made()
    assert job["state"] == JobState.FAILED
    assert "modal" in job["error"]["message"].lower()
    assert scene.held_and_spent == (0, 0)
    assert scene.api.orders == []


def test_a_wrong_token_is_the_operators_concern(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modal_api, "TOKEN_SECRET", "as-another")
    _, job = scene.made()
    assert job["state"] == JobState.FAILED
    assert scene.held_and_spent == (0, 0)
    assert scene.api.orders == []
