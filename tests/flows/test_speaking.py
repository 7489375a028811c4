"""Text to speech: verified by transcription, timed, charged once, deleted completely."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mp4totext.jobs.models import JobState
from mp4totext.media.sound import decoded
from mp4totext.runtime import Runtime
from tests.conformance.server import Reply, Server
from tests.conftest import app_for, settings_for
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.voice_vendors import BY_NAME, vendor_server

VENDOR = BY_NAME["elevenlabs"]
SAY = {"text": "", "provider": VENDOR.name, "voice": VENDOR.voice}


@dataclass(frozen=True)
class Scene:
    """A service whose vendor says a recording of four seconds, whatever it is asked to say."""

    user: ApiUser
    server: Server
    api: Any
    words: str  # of that recording


@pytest.fixture(scope="module")
def speaking(
    empty_database: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Harness, Server, Any]]:
    folder = tmp_path_factory.mktemp("speaking")
    shutil.copyfile(empty_database, folder / "mp4totext.db")
    with vendor_server(VENDOR, recording(FOUR_SECONDS).read_bytes()) as (server, api):
        settings = VENDOR.settings(settings_for(folder), server, models_dir=models_dir)
        runtime = Runtime(settings)
        yield Harness(runtime, TestClient(app_for(runtime))), server, api
        runtime.close()


@pytest.fixture(scope="module")
def words(speaking: tuple[Harness, Server, Any]) -> str:
    """What the engine recognises in the recording."""
    transcribed = speaking[0].new_user().transcribed()
    return " ".join(segment["text"] for segment in transcribed["segments"])


@pytest.fixture
def scene(speaking: tuple[Harness, Server, Any], words: str) -> Iterator[Scene]:
    harness, server, api = speaking
    user = harness.new_user()
    api.said.clear()
    yield Scene(user, server, api, words)
    server.next.clear()
    assert harness.audit() == []


def said(scene: Scene, text: str, **options: Any) -> Any:
    accepted = scene.user.send("POST", "/voices/say", {**SAY, "text": text, **options}, status=202)
    scene.user.harness.work()
    return scene.user.get(f"/speeches/{accepted['id']}"), accepted


def test_a_text_is_spoken_heard_back_and_paid_once(scene: Scene) -> None:
    before = scene.user.balance["available"]
    speech, accepted = said(scene, scene.words)
    assert speech["status"] == JobState.SUCCEEDED
    assert speech["heard_back"] is True
    assert [word["text"] for word in speech["words"]] == scene.words.split()
    assert 3_000 < speech["words"][-1]["end_ms"] <= speech["duration_ms"] < 6_000
    price = int(len(scene.words) * 5 / 10 + 0.5) / 100  # halves of a cent are rounded up
    assert accepted["held"] == pytest.approx(price)
    assert before - scene.user.balance["available"] == pytest.approx(price)
    for kind, link in speech["links"].items():
        answer = scene.user.harness.client.get(link)
        assert answer.headers["content-type"].startswith("audio/"), kind
        assert decoded(answer.content, rate=24_000).duration_ms > 3_000


def test_lost_words_are_said_again_and_then_cost_nothing(scene: Scene) -> None:
    before = scene.user.balance
    speech, _ = said(scene, "Twelve quick foxes jumped over several lazy dogs yesterday.")
    assert speech["status"] == JobState.FAILED
    assert "left out words" in speech["error"]
    assert len(scene.api.said) == 3  # whole, then in halves
    assert scene.user.balance == before
    assert speech["links"] == {}


def test_a_refused_text_costs_nothing(scene: Scene) -> None:
    before = scene.user.balance
    scene.server.fail(scene.api.refusal(400, "Not this text.", "content_policy"))
    speech, _ = said(scene, scene.words)
    assert speech["status"] == JobState.FAILED
    assert "Not this text" in speech["error"]
    assert scene.user.balance == before


def test_a_busy_vendor_is_asked_again_later(scene: Scene) -> None:
    scene.server.fail(scene.api.refusal(429, "Slow down."))
    speech, accepted = said(scene, scene.words)
    assert speech["status"] == JobState.QUEUED
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    assert scene.user.balance["held"] == 0


def test_a_recordings_transcript_is_spoken_and_deleted_with_it(scene: Scene) -> None:
    found = scene.user.transcribed()
    path = f"/transcriptions/{found['id']}"
    body = {"provider": VENDOR.name, "voice": VENDOR.voice}
    accepted = scene.user.send("POST", f"{path}/speech", body, status=202)
    scene.user.harness.work()
    speech = scene.user.get(f"/speeches/{accepted['id']}")
    assert speech["status"] == JobState.SUCCEEDED
    assert speech["transcription_id"] == found["id"]
    assert len(scene.user.get("/speeches")["items"]) == 1
    scene.user.send("DELETE", path, None, status=204)
    assert scene.user.get("/speeches")["items"] == []
    assert not any(accepted["id"] in file for file in scene.user.harness.files())


def test_a_deleted_speech_leaves_nothing(scene: Scene) -> None:
    speech, _ = said(scene, scene.words)
    assert any(speech["id"] in file for file in scene.user.harness.files())
    scene.user.send("DELETE", f"/speeches/{speech['id']}", None, status=204)
    assert not any(speech["id"] in file for file in scene.user.harness.files())
    link = scene.user.harness.client.get(speech["links"]["wav"])
    assert link.status_code == 404


def test_a_repeated_request_is_one_speech(scene: Scene) -> None:
    body = {**SAY, "text": scene.words}
    key = {"Idempotency-Key": "once"}
    first = scene.user.send("POST", "/voices/say", body, status=202, **key)
    again = scene.user.send("POST", "/voices/say", body, status=202, **key)
    assert first == again
    scene.user.harness.work()
    assert len(scene.api.said) == 1


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"text": "?!"}, "nothing_to_say", "no word"),
        ({"provider": "nobody"}, "unknown_voice", "kokoro"),
        ({"voice": "nobody"}, "unknown_voice", VENDOR.voice),
        ({"provider": "auto", "voice": "af_hart"}, "unknown_voice", "Did you mean 'af_heart'"),
        ({"language": "yo"}, "voice_cannot", "yo"),
        ({"speed": 3.0}, "voice_cannot", "openai"),
        ({"direction": "Whisper it."}, "voice_cannot", "gemini"),
        ({"model": "no-such-model"}, "unknown_price", "eleven_multilingual_v2"),
        ({"text": "日本語のテキストです"}, "voice_cannot", "Latin"),
        ({"provider": "gemini", "voice": None}, "provider_not_ready", "GEMINI_API_KEY"),
    ],
)
def test_what_no_voice_can_do_is_refused_before_anything_is_held(
    scene: Scene, changes: dict[str, Any], code: str, told: str
) -> None:
    body = {**SAY, "text": "Good evening.", **changes}
    answer = scene.user.call("POST", "/voices/say", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert told in answer.json()["detail"]
    assert scene.user.balance["held"] == 0


def test_a_cut_sound_is_asked_for_again(scene: Scene) -> None:
    scene.server.fail(Reply(body={"audio_base64": "AAAA", "alignment": None}))
    speech, accepted = said(scene, scene.words)
    assert speech["status"] == JobState.QUEUED
    scene.user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
