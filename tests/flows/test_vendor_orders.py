"""Orders at every vendor of pictures and voices that fail: the state, the message and the ledger.

A try that fails leaves the job waiting with its hold; the next one is paid once. What cannot
succeed gives the hold back.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.catalogue import service as catalogue
from mp4totext.jobs.models import Job, JobState
from mp4totext.kit.clock import now
from mp4totext.runtime import Runtime
from tests.conformance.server import Reply, Server
from tests.conftest import app_for, settings_for
from tests.support import picture_vendors, voice_vendors
from tests.support.account_steps import problem
from tests.support.http_vendors import HttpVendor
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.picture_vendors import PictureVendor
from tests.support.stills import flat, picture
from tests.support.voice_vendors import VoiceVendor, tone_wav

# More cases of what `test_picture_vendors`, `test_speaking` and the contracts show quickly.
pytestmark = pytest.mark.slow
VENDORS = (*picture_vendors.VENDORS, *voice_vendors.VENDORS)


@dataclass(frozen=True)
class Shop:
    """A service with one vendor. A voice says a recording of four seconds, whatever it is sent."""

    vendor: HttpVendor
    user: ApiUser
    server: Server
    api: Any
    words: str  # of that recording

    @property
    def draws(self) -> bool:
        return isinstance(self.vendor, PictureVendor)

    def order(self, **more: Any) -> Any:
        """The answer to an order."""
        body = {"provider": self.vendor.name, "model": self.vendor.model, **more}
        if isinstance(self.vendor, VoiceVendor):
            body = {"text": self.words, "voice": self.vendor.voice, **body}
            return self.user.call("POST", "/voices/say", json=body)
        body = {"prompt": "A harbour at dusk", **body}
        return self.user.call("POST", "/images/generate", json=body)

    def accepted(self) -> Any:
        answer = self.order()
        assert answer.status_code == 202, answer.text
        return answer.json()

    def tried(self, accepted: Any) -> Any:
        """The job after one more try."""
        with self.user.harness.runtime.database.write() as session:
            session.get_one(Job, accepted["task_id"]).not_before = now()
        self.user.harness.work()
        return self.user.get(f"/jobs/{accepted['task_id']}")

    @property
    def delivered(self) -> int:
        items = self.user.get("/images" if self.draws else "/speeches")["items"]
        return sum(item.get("status", "succeeded") == "succeeded" for item in items)

    @property
    def orders(self) -> int:
        return len(self.api.orders if self.draws else self.api.said)


def name_of(vendor: HttpVendor) -> str:
    return f"{type(vendor).__name__}-{vendor.name}"


def of(*vendors: HttpVendor) -> pytest.MarkDecorator:
    """A test of some vendors alone."""
    return pytest.mark.parametrize("service", vendors, indirect=True, ids=name_of)


@pytest.fixture(scope="module", params=VENDORS, ids=name_of)
def service(
    request: pytest.FixtureRequest,
    empty_database: Path,
    models_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[HttpVendor, Harness, Server, Any, str]]:
    vendor: HttpVendor = request.param
    folder = tmp_path_factory.mktemp("vendor")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    sound = recording(FOUR_SECONDS).read_bytes()
    opened = (
        picture_vendors.vendor_server(vendor)
        if isinstance(vendor, PictureVendor)
        else voice_vendors.vendor_server(vendor, sound)  # type: ignore[arg-type]
    )
    with opened as (server, api):
        settings = vendor.settings(settings_for(folder), server, models_dir=models_dir)
        runtime = Runtime(settings)
        with runtime.database.write() as session:
            catalogue.edit(session, ("image", "openai-compatible", "sd-turbo"), {"active": True})
        harness = Harness(runtime, TestClient(app_for(runtime)))
        words = ""
        if isinstance(vendor, VoiceVendor):
            heard = harness.new_user().transcribed()
            words = " ".join(segment["text"] for segment in heard["segments"])
        yield vendor, harness, server, api, words
        runtime.close()


@pytest.fixture
def shop(service: tuple[HttpVendor, Harness, Server, Any, str]) -> Iterator[Shop]:
    vendor, harness, server, api, words = service
    (api.orders if isinstance(vendor, PictureVendor) else api.said).clear()
    before = dict(vars(api))
    yield Shop(vendor, harness.new_user(), server, api, words)
    for name in set(vars(api)) - set(before):
        delattr(api, name)
    vars(api).update(before)
    server.next.clear()
    assert harness.audit() == []


def cut(shop: Shop) -> None:
    """The connection ends in the middle of the answer."""
    answer = type(shop.api).answer

    def once(request: Any) -> Reply:
        whole = answer(shop.api, request)
        return Reply(status=whole.status, body=whole.body, headers=whole.headers, cut_at=20)

    shop.api.answer = once


def sending(picture_: bytes | None, sound: bytes) -> Callable[[Shop], None]:
    def send(shop: Shop) -> None:
        if shop.draws:
            shop.api.sent = picture_
        else:
            shop.api.sound = sound

    return send


def refusing(status: int, message: str) -> Callable[[Shop], None]:
    return lambda shop: shop.server.fail(shop.api.refusal(status, message))


def replying(reply: Reply) -> Callable[[Shop], None]:
    return lambda shop: shop.server.fail(reply)


def setting(name: str, value: object) -> Callable[[Shop], None]:
    return lambda shop: setattr(shop.api, name, value)


TRIED_AGAIN: dict[str, Callable[[Shop], None]] = {
    "busy": refusing(429, "Too many requests"),
    "overloaded": refusing(503, "Try later"),
    "broken": refusing(500, "Internal error"),
    "silent": replying(Reply(body=b"", after_s=2.0)),
    "cut off": cut,
    "empty": replying(Reply(body={})),
    "another format": sending(b"no picture", b"no sound"),
}
OF_PICTURES = {
    "one colour": sending(flat(1280, 720), b""),
    "another shape": sending(picture(400, 400), b""),
}
OF_REPLICATE = {"cold": setting("starting", 10**6), "file gone": setting("gone", True)}


def recovers(shop: Shop, fails: Callable[[Shop], None]) -> None:
    sold = shop.user.balance["available"]
    whole = dict(vars(shop.api))
    fails(shop)
    accepted = shop.accepted()
    job = shop.tried(accepted)
    assert job["state"] == JobState.QUEUED, job
    assert shop.vendor.secret not in str(job)
    held = accepted["held"]
    assert (shop.user.balance["held"], shop.user.balance["available"]) == (held, sold - held)
    assert shop.delivered == 0
    for name in set(vars(shop.api)) - set(whole):
        delattr(shop.api, name)
    vars(shop.api).update(whole)
    shop.server.next.clear()
    job = shop.tried(accepted)
    assert job["state"] == JobState.SUCCEEDED, job
    assert shop.delivered == 1
    assert (shop.user.balance["held"], shop.user.balance["available"]) == (0, sold - held)


@pytest.mark.parametrize("failure", TRIED_AGAIN)
def test_a_failed_try_waits_with_its_hold_and_the_next_one_is_paid_once(
    shop: Shop, failure: str
) -> None:
    recovers(shop, TRIED_AGAIN[failure])


@of(*picture_vendors.VENDORS)
@pytest.mark.parametrize("failure", OF_PICTURES)
def test_a_picture_that_is_none_is_drawn_again(shop: Shop, failure: str) -> None:
    recovers(shop, OF_PICTURES[failure])


@of(picture_vendors.BY_NAME["replicate"])
@pytest.mark.parametrize("failure", OF_REPLICATE)
def test_a_picture_that_is_late_or_vanishes_comes_with_the_next_try(
    shop: Shop, failure: str
) -> None:
    recovers(shop, OF_REPLICATE[failure])
    assert shop.orders == (1 if failure == "cold" else 2)  # what was started is waited for


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [(401, "Wrong key", "invalid_api_key"), (402, "Pay first", "insufficient_quota")],
)
def test_what_only_the_operator_can_mend_ends_the_job_and_costs_nothing(
    shop: Shop, status: int, message: str, code: str
) -> None:
    before = shop.user.balance
    told = f"{message} {shop.vendor.secret}"
    shop.server.fail(*[shop.api.refusal(status, told, code) for _ in range(4)])
    accepted = shop.accepted()
    job = shop.tried(accepted)
    assert job["state"] == JobState.FAILED, job
    assert shop.vendor.secret not in str(job)
    assert shop.user.balance == before
    assert shop.delivered == 0


def test_refused_content_ends_the_job_with_the_vendors_reason(shop: Shop) -> None:
    before = shop.user.balance
    shop.server.fail(shop.api.refusal(400, "Against the rules.", "content_policy"))
    job = shop.tried(shop.accepted())
    assert job["state"] == JobState.FAILED, job
    assert "Against the rules" in str(job["error"])
    assert shop.user.balance == before
    assert shop.orders == 0


def test_a_model_that_has_ended_is_refused_with_its_replacement_before_anything_is_held(
    shop: Shop,
) -> None:
    kind = "image" if shop.draws else "voice"
    key = (kind, shop.vendor.name, shop.vendor.model)
    database = shop.user.harness.runtime.database
    ends = {"retires_at": "2026-01-01", "replaced_by": "newer-1"}
    with database.write() as session:
        catalogue.edit(session, key, ends)
    try:
        told = problem(shop.order(), 422, "model_retired")
    finally:
        with database.write() as session:
            catalogue.edit(session, key, dict.fromkeys(ends))
    assert "newer-1" in str(told)
    assert shop.user.has_nothing
    assert shop.orders == 0


@of(*voice_vendors.VENDORS)
def test_a_voice_that_ends_early_is_asked_again_and_then_costs_nothing(shop: Shop) -> None:
    before = shop.user.balance
    shop.api.sound = tone_wav()
    job = shop.tried(shop.accepted())
    assert job["state"] == JobState.FAILED, job
    assert shop.orders == 3  # whole, then in halves
    assert shop.user.balance == before
