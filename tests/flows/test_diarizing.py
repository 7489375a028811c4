"""Diarization of an existing transcript: its price, and a new version."""

from collections.abc import Iterator
from typing import Any

import pytest

from mp4totext.credits import prices
from mp4totext.jobs.models import Job
from tests.support import two_reader_recordings
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, ApiUser, Harness, recording
from tests.support.voice_recordings import silence


def heard(harness: Harness, user: ApiUser, sound: bytes, **options: Any) -> Any:
    accepted = user.upload(sound, language="en", **options)
    assert accepted.status_code == 202, accepted.text
    harness.work()
    return user.recording(accepted.json()["id"], words=True)


def words_of(found: Any) -> list[tuple[str, int, int]]:
    return [
        (word["text"], word["start_ms"], word["end_ms"])
        for segment in found["segments"]
        for word in segment["words"]
    ]


@pytest.fixture
def priced(harness: Harness) -> Iterator[None]:
    """Local speakers cost 6 credits a minute."""
    for amount_uc in (6_000_000, 0):
        with harness.runtime.database.write() as session:
            prices.set_price(session, key="diarization.local", amount_uc=amount_uc)
        if amount_uc:
            yield


@pytest.mark.usefixtures("priced")
def test_speakers_are_found_without_transcribing_again(harness: Harness, user: ApiUser) -> None:
    found = heard(harness, user, two_reader_recordings.dialogue())
    assert found["speakers"] == []
    before = user.balance["available"]
    path = f"/transcriptions/{found['id']}"

    wanted = {"operation": "diarize", "duration_ms": found["duration_ms"]}
    quoted = user.send("POST", "/credits/quote", wanted)
    key = {"Idempotency-Key": "again"}
    accepted = user.send("POST", f"{path}/diarize", {}, status=202, **key)
    assert user.send("POST", f"{path}/diarize", {}, status=202, **key) == accepted
    assert (quoted["lines"], quoted["total"]) == (accepted["quote"], accepted["held"])
    assert quoted["engine"] == "local"
    (line,) = accepted["quote"]
    cost = round(found["duration_ms"] / 60_000 * 6, 2)
    assert (line["key"], accepted["held"]) == ("diarization.local", cost)
    assert user.balance["held"] == cost
    busy = user.call("POST", f"{path}/diarize", json={})
    problem(busy, 409, "still_running")
    assert harness.work() == 1

    again = user.recording(found["id"], words=True)
    assert (again["version"], again["status"]) == (2, "succeeded")
    assert words_of(again) == words_of(found)
    assert [speaker["id"] for speaker in again["speakers"]] == ["S1", "S2"]
    assert (again["segments"][0]["speaker"], again["segments"][-1]["speaker"]) == ("S1", "S2")
    assert sum(speaker["share"] for speaker in again["speakers"]) == pytest.approx(1, abs=0.002)
    assert all(0 < segment["speaker_confidence"] <= 1 for segment in again["segments"])
    assert user.balance["available"] == pytest.approx(before - cost)
    assert user.recording(found["id"], version=1)["speakers"] == []


@pytest.mark.slow
def test_edits_survive_it(harness: Harness, user: ApiUser) -> None:
    found = heard(harness, user, two_reader_recordings.dialogue(), diarize="true")
    path = f"/transcriptions/{found['id']}"
    first, last = found["segments"][0], found["segments"][-1]
    edits = [{"id": first["id"], "text": "It was the best of all times."}]
    user.send("PATCH", f"{path}/segments", {"revision": 0, "edits": edits})
    user.send("POST", f"{path}/diarize", {"min_speakers": 1, "max_speakers": 1}, status=202)
    naming = [{"action": "rename", "speaker": last["speaker"], "name": "Estragon"}]
    # While the job waits; it is carried all the same.
    user.send("PATCH", f"{path}/speakers", {"revision": 1, "actions": naming})
    assert harness.work() == 1

    again = user.recording(found["id"])
    assert (again["version"], again["revision"]) == (2, 1)
    assert len(again["speakers"]) == 1
    assert again["segments"][0]["text"] == "It was the best of all times."
    assert again["segments"][0]["recognised_text"] == first["text"]
    assert again["text"].startswith("It was the best of all times.")
    assert user.get("/transcriptions", search="best of all times")["items"]

    user.send("POST", f"{path}/diarize", {"version": 1}, status=202)
    harness.work()
    third = user.recording(found["id"])
    assert (third["version"], third["segments"][-1]["speaker"]) == (3, last["speaker"])
    assert [speaker["label"] for speaker in third["speakers"]] == ["Speaker 1", "Estragon"]


def test_what_a_person_said_without_any_diarizer_survives(harness: Harness, user: ApiUser) -> None:
    found = heard(harness, user, two_reader_recordings.dialogue())
    path = f"/transcriptions/{found['id']}"
    actions = [
        {"action": "reassign", "to": "new", "start_ms": 0, "end_ms": 18_000},
        {"action": "rename", "speaker": "S1", "name": "Charles"},
    ]
    user.send("PATCH", f"{path}/speakers", {"revision": 0, "actions": actions})
    user.send("POST", f"{path}/diarize", {}, status=202)
    harness.work()
    again = user.recording(found["id"])
    labels = [speaker["label"] for speaker in again["speakers"]]
    assert labels[0] == "Charles"
    assert len(labels) == 2
    assert again["segments"][0]["speaker"] == "S1" != again["segments"][-1]["speaker"]


def test_a_failed_one_costs_nothing_and_changes_nothing(harness: Harness, user: ApiUser) -> None:
    found = heard(harness, user, recording(FOUR_SECONDS).read_bytes())
    path = f"/transcriptions/{found['id']}"
    accepted = user.send("POST", f"{path}/diarize", {}, status=202)
    with harness.runtime.database.write() as session:
        job = session.get_one(Job, accepted["task_id"])
        job.params = {**job.params, "diarizer": "channels"}  # as a download may turn out
    harness.work()
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert (job["state"], job["error"]["code"]) == ("failed", "one_channel")
    assert user.balance["held"] == 0
    assert user.recording(found["id"])["version"] == 1


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"min_speakers": 3, "max_speakers": 2}, 422, "invalid"),
        ({"min_speakers": 0}, 422, "invalid"),
        ({"max_speakers": 100}, 422, "invalid"),
        ({"diarizer": "nobody"}, 422, "unknown_diarizer"),
        ({"diarizer": "channels"}, 422, "one_channel"),
        ({"diarizer": "modal"}, 409, "engine_missing"),
        ({"version": 7}, 404, "version_not_found"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_held(
    harness: Harness, user: ApiUser, asked: dict[str, Any], status: int, code: str
) -> None:
    found = user.transcribed()
    refused = user.call("POST", f"/transcriptions/{found['id']}/diarize", json=asked)
    assert problem(refused, status, code)["detail"]
    assert user.balance["held"] == 0
    assert harness.work() == 0


def test_a_recording_without_words_yet_waits(user: ApiUser, harness: Harness) -> None:
    accepted = user.upload(recording(FOUR_SECONDS)).json()
    path = f"/transcriptions/{accepted['id']}/diarize"
    problem(user.call("POST", path, json={}), 409, "still_running")
    user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    problem(user.call("POST", path, json={}), 409, "not_ready")
    assert harness.work() == 0


def test_a_mono_upload_cannot_ask_for_channels(user: ApiUser) -> None:
    refused = user.upload(recording(FOUR_SECONDS), diarize="true", diarizer="channels")
    assert "one channel" in problem(refused, 422, "one_channel")["detail"]
    assert user.has_nothing


@pytest.mark.slow
def test_the_sides_of_a_call_are_offered_and_taken(harness: Harness, user: ApiUser) -> None:
    """Taken at once, unless another number of speakers than two was asked for."""
    taken = heard(harness, user, two_reader_recordings.stereo_call(), diarize="true")
    assert [speaker["id"] for speaker in taken["speakers"]] == ["S1", "S2"]
    assert taken["warnings"] == []
    found = heard(
        harness, user, two_reader_recordings.stereo_call(), diarize="true", min_speakers="3"
    )
    assert any("'channels'" in warning for warning in found["warnings"])
    user.send(
        "POST", f"/transcriptions/{found['id']}/diarize", {"diarizer": "channels"}, status=202
    )
    harness.work()
    again = user.recording(found["id"])
    assert [speaker["id"] for speaker in again["speakers"]] == ["S1", "S2"]
    assert again["warnings"] == []


def test_names_that_are_said_are_suggested_when_asked_for(harness: Harness, user: ApiUser) -> None:
    found = heard(harness, user, two_reader_recordings.dialogue(), diarize="true")
    path = f"/transcriptions/{found['id']}"
    last = found["segments"][-1]
    edits = [{"id": last["id"], "text": "I'm Sarah, by the way."}]
    user.send("PATCH", f"{path}/segments", {"revision": 0, "edits": edits})
    assert user.get(f"{path}/speakers/suggestions")["suggestions"] == []
    (said,) = user.get(f"{path}/speakers/suggestions", names=True)["suggestions"]
    assert (said["speaker"], said["name"], said["source"]) == ("S2", "Sarah", "said")
    assert said["evidence"][0]["segment_id"] == last["id"]
    assert said["evidence"][0]["quote"] == "I'm Sarah, by the way."
    changed = user.send("PATCH", f"{path}/speakers", {"revision": 1, "actions": [said["edit"]]})
    assert [speaker["label"] for speaker in changed["speakers"]] == ["Speaker 1", "Sarah"]
    assert user.get(f"{path}/speakers/suggestions", names=True)["suggestions"] == []


@pytest.mark.parametrize("seconds", [2, 20])
def test_silence_and_snippets_have_an_answer(harness: Harness, user: ApiUser, seconds: int) -> None:
    quiet = silence(seconds)
    found = heard(harness, user, two_reader_recordings.wav(quiet), diarize="true", min_speakers="2")
    assert (found["status"], found["speakers"]) == ("succeeded", [])
    user.send("POST", f"/transcriptions/{found['id']}/diarize", {}, status=202)
    harness.work()
    assert user.recording(found["id"])["speakers"] == []
    snippet = two_reader_recordings.cities(1, 1 + 2)
    found = heard(harness, user, two_reader_recordings.wav(snippet), diarize="true")
    assert (found["status"], len(found["speakers"])) == ("succeeded", 1)
