"""Undo of changes, unless the same segment changed afterwards."""

from collections.abc import Callable

import pytest

from mp4totext.transcript import Transcript
from tests.conftest import Account
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.transcriptions.edits.conftest import Json, Recording

EDITS: list[Json] = [
    {"id": "s2", "text": "We talk about ships."},
    {"action": "split", "id": "s3", "at": 10},
    {"action": "merge", "id": "s1", "following": "s2"},
    {"action": "insert", "after": "s2", "text": "Hm.", "start_ms": 3_600, "end_ms": 3_700},
    {"action": "remove", "id": "s1"},
    {"action": "times", "id": "s2", "start_ms": 1_400, "end_ms": 2_000},
    {"action": "check", "id": "s4"},
]
ACTIONS: list[Json] = [
    {"action": "rename", "speaker": "S2", "name": "Ada"},
    {"action": "merge", "into": "S2", "speakers": ["S1"]},
    {"action": "split", "speaker": "S1", "segment_ids": ["s3"]},
    {"action": "reassign", "to": "new", "start_ms": 4_400, "end_ms": 6_900},
]


def state(recording: Recording) -> Json:
    """All that readers see, but the revisions."""
    whole: Json = recording.read(words=True)
    segments = [{**segment, "revision": 0} for segment in whole["segments"]]
    return {"segments": segments, "speakers": whole["speakers"], "text": whole["text"]}


@pytest.mark.parametrize("edit", [*EDITS, *ACTIONS], ids=lambda edit: edit.get("action", "text"))
def test_undo_and_redo_of_each_kind(recording: Recording, edit: Json) -> None:
    before = state(recording)
    path = "/speakers" if edit in ACTIONS else "/segments"
    body = {"revision": 0, "actions" if edit in ACTIONS else "edits": [edit]}
    assert recording.patch(path, body).status_code == 200
    after = state(recording)
    assert after != before
    undone = recording.undo(1)
    assert undone["revision"] == 2
    assert state(recording) == before
    recording.undo(2)  # redo
    assert state(recording) == after
    recording.undo(3)
    assert state(recording) == before


def test_a_change_is_taken_back_from_under_later_ones_of_other_segments(
    recording: Recording,
) -> None:
    recording.edit({"id": "s1", "text": "Hello."})
    recording.edit({"id": "s2", "text": "We talk."})
    recording.undo(1)
    assert [text for _, text in recording.texts][:2] == ["Good morning everyone.", "We talk."]


def test_what_was_edited_again_since_is_a_conflict(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "Hello."}, {"id": "s2", "text": "We talk."})
    recording.edit({"id": "s1", "text": "Hello, all."})
    refused = problem(recording.patch("/undo", {"undo_of": 1}), 409, "edit_conflict")
    (conflict,) = refused["segments"]
    assert (conflict["id"], conflict["yours"]) == ("s1", "Good morning everyone.")
    assert conflict["current"]["text"] == "Hello, all."
    recording.undo(2)
    recording.undo(1)
    problem(recording.patch("/undo", {"undo_of": 1}), 409, "edit_conflict")  # it is undone


def test_a_segment_whose_neighbour_moved_into_its_place_does_not_fit_back(
    recording: Recording,
) -> None:
    recording.edit({"action": "remove", "id": "s2"})
    recording.edit({"action": "times", "id": "s3", "start_ms": 1_000})
    problem(recording.patch("/undo", {"undo_of": 1}), 409, "edit_conflict")
    recording.undo(2)
    recording.undo(1)
    assert [name for name, _ in recording.texts] == ["s1", "s2", "s3", "s4"]


def test_a_rename_is_taken_back_beside_other_changes_of_speakers(recording: Recording) -> None:
    recording.act({"action": "rename", "speaker": "S1", "name": "Ada"})
    recording.act({"action": "rename", "speaker": "S2", "name": "Jan"})
    recording.undo(1)
    names = [speaker["name"] for speaker in recording.read()["speakers"]]
    assert names == [None, "Jan"]
    recording.act({"action": "rename", "speaker": "S2", "name": "Eve"})
    problem(recording.patch("/undo", {"undo_of": 2}), 409, "edit_conflict")


@pytest.mark.parametrize("name", [None, "Eve"])
def test_a_new_speaker_stays_for_what_was_given_to_them_since(
    recording: Recording, name: str | None
) -> None:
    recording.act({"action": "reassign", "to": "new", "segment_ids": ["s1"]})
    recording.act({"action": "reassign", "to": "S3", "segment_ids": ["s4"]})
    if name is not None:
        recording.act({"action": "rename", "speaker": "S3", "name": name})
    recording.undo(1)
    assert speakers(recording) == {"S1": None, "S2": None, "S3": name}
    assert [segment["speaker"] for segment in recording.segments] == ["S1", "S2", "S1", "S3"]


def test_a_speaker_who_speaks_again_has_their_name(recording: Recording) -> None:
    recording.act({"action": "rename", "speaker": "S2", "name": "Ada"})
    recording.act({"action": "reassign", "to": "S1", "segment_ids": ["s2"]})
    recording.act({"action": "reassign", "to": "S1", "segment_ids": ["s4"]})
    assert speakers(recording) == {"S1": None}
    recording.undo(2)
    assert speakers(recording) == {"S1": None, "S2": "Ada"}


def speakers(recording: Recording) -> Json:
    return {speaker["id"]: speaker["name"] for speaker in recording.read()["speakers"]}


@pytest.mark.parametrize("revision", [0, 1, 7, 2**31 - 1])
def test_there_must_be_such_a_change(recording: Recording, revision: int) -> None:
    problem(recording.patch("/undo", {"undo_of": revision}), 404, "change_not_found")
    problem(recording.patch("/undo", {"undo_of": 2**31}), 422, "invalid")


def test_an_undo_is_repeated_without_harm(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "Hello."})
    first = recording.patch("/undo", {"undo_of": 1}, key="k").json()
    assert recording.patch("/undo", {"undo_of": 1}, key="k").json() == first
    assert recording.revision == 2


def test_the_change_of_somebody_else_is_undone_too(
    recording: Recording, other_user: Account
) -> None:
    """Of the same recording, that is: another's recording is not there."""
    recording.edit({"id": "s1", "text": "Hello."})
    theirs = Recording(recording.client, other_user, recording.id)
    problem(theirs.patch("/undo", {"undo_of": 1}), 404, "transcription_not_found")


def test_a_large_change_is_undone_as_a_whole(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    recording = store_recording(transcript(*(["a boat"] * 300)))
    before = state(recording)
    answer = recording.replace("boat", "ship")
    assert answer["segments"] == 300
    assert answer["change"]["changed"][0]["words"] is None  # more than 100: read /words
    recording.undo(1)
    assert state(recording) == before
