"""Editing of words, speakers and titles, and transcribing again."""

from typing import Any

import pytest

from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording


def edit(user: ApiUser, found: Any, *edits: tuple[str, str], revision: int | None = None) -> Any:
    return user.call(
        "PATCH",
        f"/transcriptions/{found['id']}/segments",
        json={
            "revision": found["revision"] if revision is None else revision,
            "edits": [{"id": segment_id, "text": text} for segment_id, text in edits],
        },
    )


def speakers(user: ApiUser, found: Any, *actions: dict[str, Any]) -> Any:
    """The answer, or the recording as it is then."""
    answer = user.call(
        "PATCH",
        f"/transcriptions/{found['id']}/speakers",
        json={"revision": found["revision"], "actions": list(actions)},
    )
    return answer if answer.status_code >= 400 else user.recording(found["id"])


def test_an_edit_keeps_what_was_recognised(user: ApiUser) -> None:
    found = user.transcribed()
    first = found["segments"][0]
    edited = edit(user, found, (first["id"], "I don't."))
    assert edited.status_code == 200, edited.text
    (changed,) = edited.json()["changed"]
    assert (changed["id"], changed["revision"]) == (first["id"], 1)
    assert [word["text"] for word in changed["words"]] == ["I", "don't."]
    now = user.recording(found["id"])
    assert now["revision"] == 1
    assert now["segments"][0]["text"] == "I don't."
    assert now["segments"][0]["recognised_text"] == first["text"]
    assert now["text"].startswith("I don't.")
    words = user.recording(found["id"], words=True)["segments"][0]["words"]
    assert [word["text"] for word in words] == ["I", "don't."]
    assert user.get("/transcriptions", search="don't")["items"][0]["id"] == found["id"]
    shown = user.call("GET", f"/transcriptions/{found['id']}/export", params={"format": "txt"})
    assert "I don't." in shown.text

    stale = problem(edit(user, found, ("s1", "x")), 409, "edit_conflict")
    assert stale["revision"] == 1
    problem(edit(user, now, ("s99", "x")), 422, "no_such_segment")
    back = edit(user, now, (first["id"], first["text"])).json()
    assert (back["revision"], back["changed"][0]["recognised_text"]) == (2, None)


@pytest.fixture
def talk(user: ApiUser) -> Any:
    """One voice that says several lines."""
    found = user.transcribed(TEN_SECONDS, diarize="true")
    middle = found["duration_ms"] // 2
    cut = speakers(
        user,
        found,
        {"action": "reassign", "to": "new", "start_ms": middle, "end_ms": found["duration_ms"]},
    )
    assert cut["revision"] == 1
    return cut


def test_speakers_are_renamed_merged_split_and_reassigned(user: ApiUser, talk: Any) -> None:
    assert [speaker["id"] for speaker in talk["speakers"]] == ["S1", "S2"]
    named = speakers(
        user,
        talk,
        {"action": "rename", "speaker": "S1", "name": "Vladimir"},
        {"action": "rename", "speaker": "S2", "name": "Estragon"},
    )
    assert [speaker["label"] for speaker in named["speakers"]] == ["Vladimir", "Estragon"]
    assert named["revision"] == 2
    captions = user.call("GET", f"/transcriptions/{talk['id']}/export", params={"format": "vtt"})
    assert "<v Estragon>" in captions.text

    merged = speakers(user, named, {"action": "merge", "into": "S1", "speakers": ["S2"]})
    assert [speaker["id"] for speaker in merged["speakers"]] == ["S1"]
    ids = [segment["id"] for segment in merged["segments"]]
    split = speakers(user, merged, {"action": "split", "speaker": "S1", "segment_ids": ids[-1:]})
    assert split["segments"][-1]["speaker"] == split["speakers"][-1]["id"] != "S1"
    given = speakers(user, split, {"action": "reassign", "to": "S1", "segment_ids": ids[-1:]})
    assert {segment["speaker"] for segment in given["segments"]} == {"S1"}
    problem(
        speakers(user, given, {"action": "rename", "speaker": "S9", "name": "x"}),
        422,
        "unknown_speaker",
    )
    problem(
        speakers(user, talk, {"action": "rename", "speaker": "S1", "name": "x"}),
        409,
        "edit_conflict",
    )
    problem(
        speakers(user, given, {"action": "reassign", "to": "S1", "start_ms": 5}), 422, "invalid"
    )


def test_a_rerun_is_a_new_version_that_keeps_the_speakers_names(
    harness: Harness, user: ApiUser, talk: Any
) -> None:
    path = f"/transcriptions/{talk['id']}"
    named = speakers(user, talk, {"action": "rename", "speaker": "S2", "name": "Estragon"})
    first_words = named["text"]
    rerun = user.send("POST", f"{path}/rerun", {}, status=202)
    assert rerun["held"] > 0
    busy = problem(user.call("POST", f"{path}/rerun", json={}), 409, "still_running")
    assert "running" in busy["detail"]
    assert user.recording(talk["id"])["text"] == first_words  # readable all the while
    assert harness.work() == 1

    second = user.recording(talk["id"])
    assert (second["version"], second["revision"]) == (2, 1)
    assert "Estragon" in [speaker["label"] for speaker in second["speakers"]]
    assert second["segments"][-1]["speaker"] == "S2"
    old = user.recording(talk["id"], version=1)
    assert (old["text"], old["revision"]) == (first_words, named["revision"])

    listed = user.get(f"{path}/versions")["items"]
    assert [version["number"] for version in listed] == [2, 1]
    page = user.get(f"{path}/versions", limit=1)
    assert [version["number"] for version in page["items"]] == [2]
    rest = user.get(f"{path}/versions", limit=1, cursor=page["next_cursor"])
    assert [version["number"] for version in rest["items"]] == [1]

    edit(user, second, (second["segments"][0]["id"], "Something else."))
    assert user.recording(talk["id"], version=1)["text"] == first_words
    user.send("PATCH", path, {"version": 1})
    assert user.recording(talk["id"])["text"] == first_words
    user.send("PATCH", path, {"version": 2, "title": "Second try"})
    now = user.recording(talk["id"])
    assert (now["version"], now["title"]) == (2, "Second try")
    assert now["text"].startswith("Something else.")
    problem(user.call("PATCH", path, json={"version": 3}), 404, "version_not_found")
    problem(user.call("GET", path, params={"version": 7}), 404, "version_not_found")


def test_a_rerun_may_have_other_options(harness: Harness, user: ApiUser) -> None:
    found = user.transcribed(FOUR_SECONDS)
    path = f"/transcriptions/{found['id']}"
    user.send("POST", f"{path}/rerun", {"options": {"diarize": True}}, status=202)
    harness.work()
    again = user.recording(found["id"])
    assert (again["version"], again["options"]["diarize"]) == (2, True)
    assert [speaker["id"] for speaker in again["speakers"]] == ["S1"]


def test_a_rerun_is_accepted_once_for_one_key(harness: Harness, user: ApiUser) -> None:
    found = user.transcribed()
    path = f"/transcriptions/{found['id']}/rerun"
    first = user.send("POST", path, {}, status=202, **{"Idempotency-Key": "k"})
    assert user.send("POST", path, {}, status=202, **{"Idempotency-Key": "k"}) == first
    assert harness.work() == 1
    assert user.recording(found["id"])["version"] == 2


def test_what_was_never_downloaded_cannot_be_run_again(harness: Harness, user: ApiUser) -> None:
    accepted = user.send(
        "POST", "/transcriptions/from-url", {"url": "http://127.0.0.1:9/talk.mp3"}, status=202
    )
    user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    path = f"/transcriptions/{accepted['id']}"
    problem(user.call("POST", f"{path}/rerun", json={}), 409, "not_ready")
    problem(user.call("GET", f"{path}/media"), 404, "transcription_not_found")
    assert harness.work() == 0


def test_another_user_cannot_touch_a_recording(user: ApiUser, other_user: ApiUser) -> None:
    accepted = user.upload(recording(FOUR_SECONDS)).json()
    user.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    theirs = f"/transcriptions/{accepted['id']}"
    refused = other_user.call("PATCH", theirs, json={"title": "mine"})
    problem(refused, 404, "transcription_not_found")
