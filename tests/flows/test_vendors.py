"""Vendor engines through the whole service: fallback engines, and charges."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import update

from mp4totext.jobs import runner
from mp4totext.jobs.models import Job, JobState
from mp4totext.runtime import Runtime
from mp4totext.settings import EngineSettings, JobSettings
from tests.conformance import assemblyai_api, openai_audio
from tests.conformance.server import Received, Reply, Server, running
from tests.conftest import app_for, settings_for
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording
from tests.support.recordings import record

# assemblyai's own client copies its settings the old way.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")

SERVER_ERROR = Reply(status=500, body={"error": {"message": "the server had an error"}})
BUSY = openai_audio.problem(429, "Rate limit reached", "rate_limit")
REFUSED = openai_audio.problem(400, "Unsupported content", code="unsupported_content")
URL = "https://cdn.assemblyai.test/upload/0"
ORDERED = (
    Reply(body={"upload_url": URL}),
    Reply(body={"id": "tr-1", "status": "queued", "audio_url": URL}),
)
FEATURES = '{"speech_understanding": {"sentiment_analysis": true, "entity_detection": true}}'


@dataclass
class VendorService:
    """A service with three vendors beside the bundled engine; a job has one retry."""

    harness: Harness
    openai: Server
    groq: Server
    assemblyai: Server

    def submit(self, user: ApiUser, file: Path | None = None, **options: Any) -> Any:
        wanted = {"engine": "openai", "language": "en", "allow_fallback": "true"} | options
        accepted = user.upload(file or recording(FOUR_SECONDS), **wanted)
        assert accepted.status_code == 202, accepted.text
        return accepted.json()

    def work(self) -> None:
        """All attempts, without their pauses."""
        while runner.work_once(self.harness.worker):
            with self.harness.runtime.database.write() as session:
                session.execute(
                    update(Job).where(Job.state == JobState.QUEUED).values(not_before=None)
                )


@pytest.fixture(scope="module")
def vendors(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VendorService]:
    folder = tmp_path_factory.mktemp("vendors")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    whispers = frozenset({"whisper-large-v3", "whisper-large-v3-turbo"})
    with ExitStack() as stack:
        openai = stack.enter_context(running(openai_audio.OpenAIAudio()))
        groq = stack.enter_context(
            running(openai_audio.OpenAIAudio(prefix="/openai/v1", models=whispers))
        )
        assemblyai = stack.enter_context(running(assemblyai_api.AssemblyAI()))
        engines = EngineSettings(
            models_dir=models_dir,
            openai_api_key=SecretStr(openai_audio.KEY),
            openai_base_url=f"{openai.url}/v1",
            groq_api_key=SecretStr(openai_audio.KEY),
            groq_base_url=groq.url,
            assemblyai_api_key=SecretStr(assemblyai_api.KEY),
            assemblyai_base_url=assemblyai.url,
            assemblyai_gateway_url=assemblyai.url,
            vendor_timeout_s=5,
            vendor_poll_s=0.01,
            vendor_wait_s=1,
        )
        jobs = JobSettings(job_max_retries=1)
        settings = settings_for(folder).model_copy(update={"engines": engines, "jobs": jobs})
        runtime = Runtime(settings)
        harness = Harness(runtime, TestClient(app_for(runtime)))
        yield VendorService(harness, openai, groq, assemblyai)
        runtime.close()


@pytest.fixture
def service(vendors: VendorService) -> VendorService:
    for server in (vendors.openai, vendors.groq, vendors.assemblyai):
        server.received.clear()
        server.next.clear()
    return vendors


@pytest.fixture
def user(service: VendorService) -> Iterator[ApiUser]:
    yield service.harness.new_user()
    assert service.harness.audit() == []


def outcome(user: ApiUser, accepted: Any) -> tuple[Any, Any]:
    return user.get(f"/jobs/{accepted['task_id']}"), user.recording(accepted["id"])


@pytest.mark.parametrize("trouble", [SERVER_ERROR, BUSY])
def test_another_engine_takes_over_after_the_retries_and_is_what_is_paid(
    service: VendorService, user: ApiUser, trouble: Reply
) -> None:
    service.openai.fail(trouble, trouble)
    accepted = service.submit(user)
    assert (accepted["engine"], accepted["fallback"]) == ("openai", "moonshine")
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], job["charged"]) == ("succeeded", accepted["held"])
    assert len(service.openai.received) == 2
    assert "America" in found["text"]
    assert found["engine"] == "moonshine"
    assert any("moonshine took over from openai" in warning for warning in found["warnings"])
    (version,) = user.get(f"/transcriptions/{found['id']}/versions")["items"]
    assert (version["engine"], version["model"]) == ("moonshine", "tiny-en")


def test_a_retry_that_helps_changes_no_engine(service: VendorService, user: ApiUser) -> None:
    service.openai.fail(SERVER_ERROR)
    accepted = service.submit(user)
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], found["engine"], found["warnings"]) == ("succeeded", "openai", [])


def test_without_allow_fallback_no_other_engine_is_tried(
    service: VendorService, user: ApiUser
) -> None:
    service.openai.fail(SERVER_ERROR, SERVER_ERROR)
    accepted = service.submit(user, allow_fallback="false")
    assert accepted["fallback"] is None
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], job["charged"], found["version"]) == ("failed", None, None)
    assert job["error"]["message"] == "OpenAI failed (500)."


def test_a_refusal_is_an_answer_and_shows_the_vendors_code(
    service: VendorService, user: ApiUser
) -> None:
    service.openai.fail(REFUSED)
    accepted = service.submit(user)
    service.work()
    job, _ = outcome(user, accepted)
    assert (job["state"], job["charged"]) == ("failed", None)
    assert job["error"]["code"] == "unsupported_content"
    assert "OpenAI refused the request (400): Unsupported content" in job["error"]["message"]


def test_a_wrong_key_is_no_reason_to_change_and_is_never_shown(
    service: VendorService, user: ApiUser, caplog: pytest.LogCaptureFixture
) -> None:
    said = f"Incorrect API key provided: {openai_audio.KEY}."
    service.openai.fail(openai_audio.problem(401, said, code="invalid_api_key"))
    accepted = service.submit(user)
    service.work()
    job, _ = outcome(user, accepted)
    assert (job["state"], job["error"]["code"]) == ("failed", "invalid_api_key")
    assert openai_audio.KEY not in str(job)
    assert "job.failed" in caplog.text
    assert openai_audio.KEY not in caplog.text


def test_windows_of_two_engines_are_not_mixed(
    service: VendorService, user: ApiUser, tmp_path: Path
) -> None:
    """The first window was heard before the vendor failed; the one that takes over hears both."""
    service.groq.fail(Reply(status=200, body={"text": "Never kept."}), SERVER_ERROR, SERVER_ERROR)
    long = record(tmp_path / "long.flac", seconds=150)
    accepted = service.submit(user, long, engine="groq", language="de")
    assert accepted["fallback"] == "openai"  # the bundled one hears English only
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], found["engine"]) == ("succeeded", "openai")
    assert len(service.openai.received) == 2
    assert "Never kept" not in str(found)
    assert found["coverage"][-1]["end_ms"] == found["duration_ms"]


def test_a_worker_that_dies_after_the_change_does_not_go_back(
    service: VendorService, user: ApiUser
) -> None:
    service.groq.fail(SERVER_ERROR, SERVER_ERROR)
    service.openai.fail(SERVER_ERROR)
    accepted = service.submit(user, engine="groq", language="de")
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], found["engine"]) == ("succeeded", "openai")
    assert (len(service.groq.received), len(service.openai.received)) == (2, 2)


def test_what_the_vendor_had_is_deleted_and_what_ran_here_is_billed(
    service: VendorService, user: ApiUser
) -> None:
    """Asked for features and speakers: both run here after the vendor was given up."""
    accepted = service.submit(user, engine="assemblyai", features=FEATURES, diarize="true")
    assert accepted["fallback"] == "moonshine"
    keys = [line["key"] for line in accepted["quote"]]
    assert keys[-2:] == ["diarization.assemblyai", "diarization.local"]
    service.assemblyai.fail(*ORDERED, SERVER_ERROR, SERVER_ERROR)
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], found["engine"]) == ("succeeded", "moonshine")
    assert job["charged"] == accepted["held"]
    assert found["understanding"]["source"] == "local"
    assert [s["label"] for s in found["speakers"]] == ["Speaker 1"]
    asked = [request.method for request in service.assemblyai.received]
    assert asked == ["POST", "POST", "GET", "GET", "DELETE"]


def test_who_could_not_take_over_is_said_before_anything_is_held(
    service: VendorService, user: ApiUser
) -> None:
    gateway = '{"llm_gateway": {"enabled": true, "generate_summary": true}}'
    accepted = service.submit(user, engine="assemblyai", features=gateway)
    assert accepted["fallback"] is None
    assert any("No engine here can take over" in warning for warning in accepted["warnings"])
    relaxed = service.submit(user, engine="assemblyai", features=gateway, strict="false")
    assert relaxed["fallback"] == "moonshine"
    service.assemblyai.fail(SERVER_ERROR, SERVER_ERROR)
    user.send("POST", f"/jobs/{accepted['task_id']}/cancel", {})
    service.work()
    job, found = outcome(user, relaxed)
    assert (job["state"], found["engine"]) == ("succeeded", "moonshine")
    assert job["charged"] == 0.07  # the gateway was held, and given back
    assert any("has no LLM gateway" in warning for warning in found["warnings"])


def test_a_recording_longer_than_an_engine_takes_is_refused_before_anything_is_held(
    service: VendorService, user: ApiUser
) -> None:
    options = {"engine": "assemblyai", "language": "en"}
    body = {"duration_ms": 11 * 3_600_000, "options": options}
    refused = problem(
        user.call("POST", "/transcriptions/estimate", json=body), 422, "too_long_for_engine"
    )
    assert "up to 10 hours" in refused["detail"]
    body["options"] = {**options, "engine": "auto", "language": "de"}
    offer = user.send("POST", "/transcriptions/estimate", body)
    assert (offer["engine"], "the first choice of openai, groq" in offer["reason"]) == (
        "openai",
        True,
    )


def test_auto_says_whom_it_chose_and_why(service: VendorService, user: ApiUser) -> None:
    def offered(**options: Any) -> tuple[str, str]:
        body = {"duration_ms": 60_000, "options": options}
        offer = user.send("POST", "/transcriptions/estimate", body)
        return offer["engine"], offer["reason"]

    assert offered(language="en")[0] == "moonshine"
    engine, why = offered(language="tr")
    assert engine == "openai"
    assert "moonshine lacks the language tr" in why
    gateway = {"llm_gateway": {"enabled": True, "generate_summary": True}}
    engine, why = offered(language="en", features=gateway)
    assert engine == "assemblyai"
    assert "moonshine lacks an LLM gateway" in why


def test_auto_takes_the_cheaper_of_those_that_do_all(service: VendorService, user: ApiUser) -> None:
    body = {"duration_ms": 600_000, "options": {"language": "tr", "diarize": True}}
    assert user.send("POST", "/transcriptions/estimate", body)["engine"] == "openai"
    admin = service.harness.new_user(admin=True)
    try:
        admin.send("PUT", "/admin/prices/diarization.local", {"amount": 0.5})
        offer = user.send("POST", "/transcriptions/estimate", body)
    finally:
        admin.send("PUT", "/admin/prices/diarization.local", {"amount": 0})
    assert (offer["engine"], offer["total"]) == ("assemblyai", 10.0)
    assert "the cheapest of assemblyai, openai" in offer["reason"]


def test_a_vendor_that_takes_long_holds_no_worker_and_is_deleted_at_with_the_recording(
    service: VendorService, user: ApiUser
) -> None:
    """The job goes back to the queue while the vendor works, and counts no retry."""
    vendor = service.assemblyai.vendor
    assert isinstance(vendor, assemblyai_api.AssemblyAI)
    vendor.polls = 10_000
    accepted = service.submit(user, engine="assemblyai")
    try:
        assert runner.work_once(service.harness.worker)
    finally:
        vendor.polls = 1
    with service.harness.runtime.database.read() as session:
        job = session.get_one(Job, accepted["task_id"])
    assert (job.state, job.error_code, job.retries) == ("queued", "in_progress", 0)
    user.send("DELETE", f"/transcriptions/{accepted['id']}", None, status=204)
    service.work()
    reference = f"tr-{len(vendor.orders)}"
    assert reference in vendor.deleted
    (forgot,) = [j for j in user.get("/jobs")["items"] if j["operation"] == "vendor_deletion"]
    assert (forgot["state"], forgot["charged"]) == ("succeeded", 0)


def test_a_vendor_that_is_away_when_a_recording_is_deleted_is_asked_again(
    service: VendorService, user: ApiUser
) -> None:
    service.assemblyai.fail(*ORDERED, SERVER_ERROR)
    accepted = service.submit(user, engine="assemblyai")
    runner.work_once(service.harness.worker)
    user.send("DELETE", f"/transcriptions/{accepted['id']}", None, status=204)
    service.assemblyai.fail(SERVER_ERROR)
    service.work()
    assert [r.method for r in service.assemblyai.received][-2:] == ["DELETE", "DELETE"]


def test_an_order_that_arrives_after_a_cancel_is_taken_back(
    service: VendorService, user: ApiUser
) -> None:
    class Slow(assemblyai_api.AssemblyAI):
        """Answers an order when its job is cancelled already."""

        def answer(self, request: Received) -> Reply:
            reply = super().answer(request)
            if self.orders and not self.deleted and request.method == "POST":
                user.send("POST", f"/jobs/{accepted['task_id']}/cancel", {})
            return reply

    before, service.assemblyai.vendor = service.assemblyai.vendor, Slow()
    accepted = service.submit(user, engine="assemblyai")
    try:
        service.work()
        slow = service.assemblyai.vendor
    finally:
        service.assemblyai.vendor = before
    assert isinstance(slow, Slow)
    assert (len(slow.orders), slow.deleted) == (1, {"tr-1"})
    assert outcome(user, accepted)[0]["state"] == "cancelled"


def test_what_the_vendors_language_model_wrote_is_kept_and_billed_once(
    service: VendorService, user: ApiUser
) -> None:
    gateway = {
        "enabled": True,
        "generate_summary": True,
        "action_items": True,
        "questions": ["Who speaks?"],
        "tasks": ["List the countries."],
        "language": "de",
    }
    vendor = service.assemblyai.vendor
    assert isinstance(vendor, assemblyai_api.AssemblyAI)
    before = len(vendor.prompts)
    features = json.dumps({"llm_gateway": gateway})
    accepted = service.submit(user, engine="auto", features=features)
    assert (accepted["engine"], accepted["held"]) == ("assemblyai", 3.07)
    service.work()
    job, found = outcome(user, accepted)
    assert (job["state"], job["charged"]) == ("succeeded", 3.07)
    written = found["understanding"]["llm_gateway"]
    assert written["tasks"][0][0] == "List the countries."
    assert written["answers"][0][0] == "Who speaks?"
    assert written["summary"]
    asked = str(vendor.prompts[before:])
    assert ("List the countries." in asked, "de" in asked) == (True, True)


ANSWERS = {  # our names and the vendor's
    "sentiment_analysis": "sentiment_analysis_results",
    "auto_chapters": "chapters",
    "auto_highlights": "auto_highlights_result",
    "entity_detection": "entities",
}


@pytest.mark.parametrize("missing", [(), *((name,) for name in ANSWERS), tuple(ANSWERS)])
def test_a_feature_that_did_not_come_is_not_billed(
    service: VendorService, user: ApiUser, missing: tuple[str, ...]
) -> None:
    vendor = service.assemblyai.vendor
    assert isinstance(vendor, assemblyai_api.AssemblyAI)
    vendor.changes = dict.fromkeys(ANSWERS[name] for name in missing)
    features = json.dumps({"speech_understanding": dict.fromkeys(ANSWERS, True)})
    accepted = service.submit(
        user, recording(TEN_SECONDS), engine="assemblyai", features=features, diarize="true"
    )
    try:
        service.work()
    finally:
        vendor.changes = {}
    job, found = outcome(user, accepted)
    ms = found["duration_ms"]
    assert job["charged"] == round(ms / 60_000 * (1 + 0.3 * (4 - len(missing))), 2)
    assert accepted["held"] == round(ms / 60_000 * 2.2, 2)
    said = " ".join(found["warnings"])
    assert [name for name in ANSWERS if f"did not deliver {name}" in said] == list(missing)


def test_what_is_not_made_for_the_language_that_was_found_is_not_billed(
    service: VendorService, user: ApiUser
) -> None:
    vendor = service.assemblyai.vendor
    assert isinstance(vendor, assemblyai_api.AssemblyAI)
    vendor.detects = "de"
    accepted = service.submit(user, engine="assemblyai", language="auto", features=FEATURES)
    try:
        service.work()
    finally:
        vendor.detects = "en"
    job, found = outcome(user, accepted)
    assert found["language"] == "de"
    assert job["charged"] == round(found["duration_ms"] / 60_000 * 1.3, 2)
    assert set(found["understanding"]) == {"source", "entity_detection"}
