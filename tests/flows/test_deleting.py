"""Deletion removes rows, objects, steps, and all words."""

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mp4totext.jobs import stored_files
from mp4totext.jobs.models import Job, JobStep
from mp4totext.kit.clock import now
from mp4totext.kit.idempotency import IdempotentAnswer
from mp4totext.operations import OPERATIONS
from mp4totext.settings import IngestSettings
from mp4totext.transcriptions import deletion
from mp4totext.transcriptions.models import Transcription
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording


def says(harness: Harness, *words: str) -> list[str]:
    """Files of the data folder in which one of these is written."""
    data = harness.runtime.settings.data_dir
    wanted = [word.encode() for word in words]
    return [
        path.relative_to(data).as_posix()
        for path in data.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in wanted)
    ]


def test_a_deleted_recording_leaves_no_trace(harness: Harness, user: ApiUser) -> None:
    found = user.transcribed(TEN_SECONDS, title="Zzyzx interview", diarize="true")
    path = f"/transcriptions/{found['id']}"
    segment = {"id": found["segments"][0]["id"], "text": "Quixotic secret."}
    user.send("PATCH", f"{path}/segments", {"revision": 0, "edits": [segment]})
    assert says(harness, "Zzyzx", "Quixotic")
    link = user.recording(found["id"])["media_url"]

    user.send("DELETE", path, None, status=204)
    for gone in ("", "/media", "/versions", "/export?format=txt"):
        problem(user.call("GET", path + gone), 404, "transcription_not_found")
    assert harness.client.get(link).status_code == 404
    assert harness.client.delete(f"/api/v1{path}").status_code == 401
    problem(user.call("DELETE", path), 404, "transcription_not_found")
    assert not [name for name in harness.files() if found["id"] in name]
    with harness.runtime.database.read() as session:
        assert session.get(Transcription, found["id"]) is None
    database = harness.runtime.settings.data_dir / "mp4totext.db"
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert says(harness, "Zzyzx", "Quixotic") == []
    entries = user.get(f"/credits/transactions/transcription/{found['id']}")["items"]
    assert len(entries) == 2  # money stays accounted for


def test_answers_that_are_kept_for_a_repeated_request_go_with_the_recording(
    harness: Harness, user: ApiUser
) -> None:
    """The storyboard of a video is in such an answer."""
    found = user.transcribed(FOUR_SECONDS, title="Zzyzx interview")
    video = {"transcription_id": found["id"], "preset": "slideshow"}
    key = {"Idempotency-Key": "a-video"}
    accepted = user.send("POST", "/videos/generate", video, status=202, **key)
    assert "Zzyzx" in str(accepted["storyboard"])
    assert user.send("POST", "/videos/generate", video, status=202, **key) == accepted
    assert len(kept_answers(harness, "Zzyzx")) == 1

    user.send("DELETE", f"/transcriptions/{found['id']}", None, status=204)
    assert kept_answers(harness, "Zzyzx") == []
    user.send("POST", "/videos/generate", video, status=404, **key)


def kept_answers(harness: Harness, *words: str) -> list[dict[str, Any]]:
    with harness.runtime.database.read() as session:
        answers = list(session.scalars(select(IdempotentAnswer.answer)))
    return [answer for answer in answers if any(word in str(answer) for word in words)]


def test_deleting_stops_the_job_and_returns_its_hold(harness: Harness, user: ApiUser) -> None:
    accepted = user.upload(recording(FOUR_SECONDS)).json()
    with harness.runtime.database.write() as session:
        session.add(JobStep(job_id=accepted["task_id"], name="prepare", result={"a": 1}))
    user.send("DELETE", f"/transcriptions/{accepted['id']}", None, status=204)
    assert user.get(f"/jobs/{accepted['task_id']}")["state"] == "cancelled"
    assert user.balance["held"] == 0
    with harness.runtime.database.read() as session:
        assert session.get(JobStep, (accepted["task_id"], "prepare")) is None
        assert session.get_one(Job, accepted["task_id"]).params == {}
    refused = user.call("POST", f"/jobs/{accepted['task_id']}/retry")
    assert "deleted" in problem(refused, 409, "job_not_retryable")["detail"]
    assert harness.work() == 0


def test_recordings_older_than_the_retention_are_removed(
    harness: Harness, user: ApiUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = user.transcribed(FOUR_SECONDS)
    young = user.transcribed(FOUR_SECONDS)
    with harness.runtime.database.write() as session:
        row = session.get_one(Transcription, old["id"])
        row.created_at = now() - timedelta(days=31)
    deletion.remove_expired(harness.runtime, OPERATIONS)
    assert user.recording(old["id"])["status"] == "succeeded"  # no retention is set
    kept_a_month = harness.runtime.settings.model_copy(
        update={"ingest": IngestSettings(retention_days=30)}
    )
    monkeypatch.setitem(harness.runtime.__dict__, "settings", kept_a_month)
    deletion.remove_expired(harness.runtime, OPERATIONS)
    problem(user.call("GET", f"/transcriptions/{old['id']}"), 404, "transcription_not_found")
    assert not [name for name in harness.files() if old["id"] in name]
    assert user.recording(young["id"])["status"] == "succeeded"


def test_objects_without_a_row_are_removed_after_a_day(harness: Harness, user: ApiUser) -> None:
    kept = user.transcribed(FOUR_SECONDS)
    orphan = "trn_" + "0" * 26  # born long ago
    young = "trn_" + kept["id"][4:-1] + ("0" if kept["id"][-1] != "0" else "1")
    strange = "Not_an_id.txt"
    for name in (orphan, young, strange):
        harness.runtime.storage.put(f"recordings/{name}/media", b"x")
    stored_files.remove_orphans(harness.runtime, OPERATIONS, ids_per_query=1)  # several statements
    left = {name.split("/")[2] for name in harness.files() if name.startswith("media/recordings")}
    assert orphan not in left
    assert {kept["id"], young, strange} <= left
    for name in (young, strange):
        harness.runtime.storage.delete_prefix(f"recordings/{name}")
