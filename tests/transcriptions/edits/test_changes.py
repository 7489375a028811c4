"""Changes since a revision, their event, and conditional responses."""

from collections.abc import Callable

from mp4totext.events import log as event_log
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from tests.conftest import Account
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.transcriptions.edits.conftest import Json, Recording


def test_changes_since_a_revision_are_what_a_reader_lacks(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "Hello."})
    recording.edit({"action": "split", "id": "s3", "at": 10})
    recording.edit({"action": "remove", "id": "s2"})
    recording.act({"action": "rename", "speaker": "S1", "name": "Ada"})
    told = recording.read("/changes", since=1)
    assert (told["version"], told["revision"]) == (1, 4)
    assert [(s["id"], s["text"], s["revision"]) for s in told["changed"]] == [
        ("s3", "Boats are", 2),
        ("s5", "made of wood.", 2),
    ]
    assert told["changed"][0]["words"][0]["text"] == "Boats"
    assert told["removed"] == ["s2"]
    assert told["placed"] == {"s3": "s1", "s5": "s3"}
    assert [speaker["label"] for speaker in told["speakers"]] == ["Ada", "Speaker 2"]
    kinds = [(c["revision"], c["kind"], c["undo_of"], c["mine"]) for c in told["changes"]]
    assert kinds == [
        (4, "speakers", None, True),
        (3, "segments", None, True),
        (2, "segments", None, True),
    ]
    nothing = recording.read("/changes", since=4)
    assert (nothing["changed"], nothing["removed"], nothing["speakers"]) == ([], [], None)


def test_bad_questions(recording: Recording) -> None:
    problem(recording.call("GET", "/changes"), 422, "invalid")
    problem(recording.call("GET", "/changes", params={"since": -1}), 422, "invalid")
    problem(recording.call("GET", "/changes", params={"since": 2**31}), 422, "invalid")
    gone = recording.call("GET", "/changes", params={"since": 0, "version": 2})
    problem(gone, 404, "version_not_found")


def events(runtime: Runtime, user: Account) -> list[Json]:
    with runtime.database.read() as session:
        told = event_log.since(session, user_id=user.id, seq=0)
        return [event.body for event in told if event.type == "transcript_changed"]


def test_each_change_is_told_to_the_owner_with_the_ids_it_touched(
    recording: Recording, runtime: Runtime, user: Account
) -> None:
    recording.edit({"action": "merge", "id": "s1", "following": "s2"})
    recording.edit({"id": "s1", "text": recording.texts[0][1]})  # changes nothing
    recording.act({"action": "rename", "speaker": "S1", "name": "Ada"})
    facts = {"transcription_id": recording.id, "version": 1}
    assert events(runtime, user) == [
        facts | {"revision": 1, "segments": ["s1", "s2"]},
        facts | {"revision": 2, "segments": []},
    ]


def test_of_a_large_change_the_ids_are_left_to_be_read(
    store_recording: Callable[[Transcript], Recording], runtime: Runtime, user: Account
) -> None:
    recording = store_recording(transcript(*(["a boat"] * 101)))
    recording.replace("boat", "ship")
    (told,) = events(runtime, user)
    assert told["segments"] is None
    assert len(recording.read("/changes", since=0)["changed"]) == 101


def test_what_a_reader_has_already_is_not_sent_again(recording: Recording) -> None:
    for path in ("", "/words"):
        first = recording.call("GET", path)
        tag = first.headers["etag"]
        again = recording.call("GET", path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert first.headers["cache-control"] == "private, no-store"
        recording.edit({"id": "s1", "text": f"Hello {path}."})
        fresh = recording.call("GET", path, headers={"If-None-Match": tag})
        assert fresh.status_code == 200
        assert fresh.headers["etag"] != tag


def test_a_new_title_and_words_make_another_answer(recording: Recording) -> None:
    tag = recording.call("GET").headers["etag"]
    assert recording.call("GET", params={"words": True}).headers["etag"] != tag
    assert recording.call("PATCH", json={"title": "Ships"}).status_code == 200
    assert recording.call("GET", headers={"If-None-Match": tag}).json()["title"] == "Ships"


def test_only_who_may_read_it_learns_that_it_is_unchanged(
    recording: Recording, other_user: Account
) -> None:
    tag = recording.call("GET").headers["etag"]
    theirs = Recording(recording.client, other_user, recording.id)
    refused = theirs.call("GET", headers={"If-None-Match": tag})
    problem(refused, 404, "transcription_not_found")
