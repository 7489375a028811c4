"""People put things right: words, speakers, titles; and run a recording again."""

from typing import Any

import pytest

from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, Person, World, recording


def edit(person: Person, found: Any, *edits: tuple[str, str], revision: int | None = None) -> Any:
    return person.call(
        "PATCH",
        f"/transcriptions/{found['id']}/segments",
        json={
            "revision": found["revision"] if revision is None else revision,
            "edits": [{"id": segment_id, "text": text} for segment_id, text in edits],
        },
    )


def speakers(person: Person, found: Any, *actions: dict[str, Any]) -> Any:
    """The answer, or the recording as it is then."""
    answer = person.call(
        "PATCH",
        f"/transcriptions/{found['id']}/speakers",
        json={"revision": found["revision"], "actions": list(actions)},
    )
    return answer if answer.status_code >= 400 else person.recording(found["id"])


def test_an_edit_keeps_what_was_recognised(person: Person) -> None:
    found = person.transcribed()
    first = found["segments"][0]
    edited = edit(person, found, (first["id"], "I don't."))
    assert edited.status_code == 200, edited.text
    (changed,) = edited.json()["changed"]
    assert (changed["id"], changed["revision"]) == (first["id"], 1)
    assert [word["text"] for word in changed["words"]] == ["I", "don't."]
    now = person.recording(found["id"])
    assert now["revision"] == 1
    assert now["segments"][0]["text"] == "I don't."
    assert now["segments"][0]["recognised_text"] == first["text"]
    assert now["text"].startswith("I don't.")
    words = person.recording(found["id"], words=True)["segments"][0]["words"]
    assert [word["text"] for word in words] == ["I", "don't."]
    assert person.get("/transcriptions", search="don't")["items"][0]["id"] == found["id"]
    shown = person.call("GET", f"/transcriptions/{found['id']}/export", params={"format": "txt"})
    assert "I don't." in shown.text

    stale = problem(edit(person, found, ("s1", "x")), 409, "edit_conflict")
    assert stale["revision"] == 1
    problem(edit(person, now, ("s99", "x")), 422, "no_such_segment")
    back = edit(person, now, (first["id"], first["text"])).json()
    assert (back["revision"], back["changed"][0]["recognised_text"]) == (2, None)


@pytest.fixture
def talk(person: Person) -> Any:
    """One voice that says several lines."""
    found = person.transcribed(TEN_SECONDS, diarize="true")
    middle = found["duration_ms"] // 2
    cut = speakers(
        person,
        found,
        {"action": "reassign", "to": "new", "start_ms": middle, "end_ms": found["duration_ms"]},
    )
    assert cut["revision"] == 1
    return cut


def test_speakers_are_renamed_merged_split_and_reassigned(person: Person, talk: Any) -> None:
    assert [speaker["id"] for speaker in talk["speakers"]] == ["S1", "S2"]
    named = speakers(
        person,
        talk,
        {"action": "rename", "speaker": "S1", "name": "Vladimir"},
        {"action": "rename", "speaker": "S2", "name": "Estragon"},
    )
    assert [speaker["label"] for speaker in named["speakers"]] == ["Vladimir", "Estragon"]
    assert named["revision"] == 2
    captions = person.call("GET", f"/transcriptions/{talk['id']}/export", params={"format": "vtt"})
    assert "<v Estragon>" in captions.text

    merged = speakers(person, named, {"action": "merge", "into": "S1", "speakers": ["S2"]})
    assert [speaker["id"] for speaker in merged["speakers"]] == ["S1"]
    ids = [segment["id"] for segment in merged["segments"]]
    split = speakers(person, merged, {"action": "split", "speaker": "S1", "segment_ids": ids[-1:]})
    assert split["segments"][-1]["speaker"] == split["speakers"][-1]["id"] != "S1"
    given = speakers(person, split, {"action": "reassign", "to": "S1", "segment_ids": ids[-1:]})
    assert {segment["speaker"] for segment in given["segments"]} == {"S1"}
    problem(
        speakers(person, given, {"action": "rename", "speaker": "S9", "name": "x"}),
        422,
        "unknown_speaker",
    )
    problem(
        speakers(person, talk, {"action": "rename", "speaker": "S1", "name": "x"}),
        409,
        "edit_conflict",
    )
    problem(
        speakers(person, given, {"action": "reassign", "to": "S1", "start_ms": 5}), 422, "invalid"
    )


def test_a_rerun_is_a_new_version_that_keeps_the_speakers_names(
    world: World, person: Person, talk: Any
) -> None:
    path = f"/transcriptions/{talk['id']}"
    named = speakers(person, talk, {"action": "rename", "speaker": "S2", "name": "Estragon"})
    first_words = named["text"]
    rerun = person.send("POST", f"{path}/rerun", {}, status=202)
    assert rerun["held"] > 0
    busy = problem(person.call("POST", f"{path}/rerun", json={}), 409, "still_running")
    assert "running" in busy["detail"]
    assert person.recording(talk["id"])["text"] == first_words  # readable all the while
    assert world.work() == 1

    second = person.recording(talk["id"])
    assert (second["version"], second["revision"]) == (2, 1)
    assert "Estragon" in [speaker["label"] for speaker in second["speakers"]]
    assert second["segments"][-1]["speaker"] == "S2"
    old = person.recording(talk["id"], version=1)
    assert (old["text"], old["revision"]) == (first_words, named["revision"])

    listed = person.get(f"{path}/versions")["items"]
    assert [version["number"] for version in listed] == [2, 1]
    page = person.get(f"{path}/versions", limit=1)
    assert [version["number"] for version in page["items"]] == [2]
    rest = person.get(f"{path}/versions", limit=1, cursor=page["next_cursor"])
    assert [version["number"] for version in rest["items"]] == [1]

    edit(person, second, (second["segments"][0]["id"], "Something else."))
    assert person.recording(talk["id"], version=1)["text"] == first_words
    person.send("PATCH", path, {"version": 1})
    assert person.recording(talk["id"])["text"] == first_words
    person.send("PATCH", path, {"version": 2, "title": "Second try"})
    now = person.recording(talk["id"])
    assert (now["version"], now["title"]) == (2, "Second try")
    assert now["text"].startswith("Something else.")
    problem(person.call("PATCH", path, json={"version": 3}), 404, "version_not_found")
    problem(person.call("GET", path, params={"version": 7}), 404, "version_not_found")


def test_a_rerun_may_have_other_options(world: World, person: Person) -> None:
    found = person.transcribed(FOUR_SECONDS)
    path = f"/transcriptions/{found['id']}"
    person.send("POST", f"{path}/rerun", {"options": {"diarize": True}}, status=202)
    world.work()
    again = person.recording(found["id"])
    assert (again["version"], again["options"]["diarize"]) == (2, True)
    assert [speaker["id"] for speaker in again["speakers"]] == ["S1"]


def test_a_rerun_is_accepted_once_for_one_key(world: World, person: Person) -> None:
    found = person.transcribed()
    path = f"/transcriptions/{found['id']}/rerun"
    first = person.send("POST", path, {}, status=202, **{"Idempotency-Key": "k"})
    assert person.send("POST", path, {}, status=202, **{"Idempotency-Key": "k"}) == first
    assert world.work() == 1
    assert person.recording(found["id"])["version"] == 2


def test_what_was_never_downloaded_cannot_be_run_again(world: World, person: Person) -> None:
    accepted = person.send(
        "POST", "/transcriptions/from-url", {"url": "http://127.0.0.1:9/talk.mp3"}, status=202
    )
    person.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    path = f"/transcriptions/{accepted['id']}"
    problem(person.call("POST", f"{path}/rerun", json={}), 409, "not_ready")
    problem(person.call("GET", f"{path}/media"), 404, "transcription_not_found")
    assert world.work() == 0


def test_another_user_cannot_touch_a_recording(person: Person, someone_else: Person) -> None:
    accepted = person.upload(recording(FOUR_SECONDS)).json()
    person.send("POST", f"/jobs/{accepted['task_id']}/cancel", None)
    theirs = f"/transcriptions/{accepted['id']}"
    refused = someone_else.call("PATCH", theirs, json={"title": "mine"})
    problem(refused, 404, "transcription_not_found")
