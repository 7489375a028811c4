"""Edits of two people conflict only if they change the same segment."""

import pytest

from tests.support.account_steps import problem
from tests.transcriptions.edits.conftest import SAID, Recording


def test_edits_of_different_segments_do_not_collide(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "Good evening."}, revision=0)
    answer = recording.edit({"id": "s2", "text": "We talk."}, revision=0)
    assert answer["revision"] == 2  # two above what was sent: somebody else edited, too
    assert [text for _, text in recording.texts][:2] == ["Good evening.", "We talk."]


def test_a_conflict_has_both_texts_and_the_new_revision(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": "We spoke."}, revision=0)
    refused = recording.refused(
        409,
        "edit_conflict",
        {"id": "s1", "text": "Hi."},
        {"id": "s2", "text": "We speak."},
        revision=0,
    )
    assert (refused["version"], refused["revision"]) == (1, 1)
    (conflict,) = refused["segments"]
    assert (conflict["id"], conflict["yours"], conflict["revision"]) == ("s2", "We speak.", 1)
    assert conflict["current"]["text"] == "We spoke."
    assert "'s2'" in refused["detail"]
    recording.edit({"id": "s2", "text": "We speak."}, revision=refused["revision"])


def test_a_segment_that_somebody_removed_is_a_conflict_without_a_current_text(
    recording: Recording,
) -> None:
    recording.edit({"action": "remove", "id": "s2"})
    for edit in (
        {"id": "s2", "text": "x"},
        {"action": "restore", "id": "s2"},
        {"action": "insert", "after": "s2", "text": "x", "start_ms": 3_600, "end_ms": 3_700},
    ):
        refused = recording.refused(409, "edit_conflict", edit, revision=0)
        assert refused["segments"][0]["current"] is None
    recording.refused(422, "no_such_segment", {"id": "s2", "text": "x"})


@pytest.mark.parametrize(
    ("seen", "fits"),
    [(1, True), (0, False), ("We spoke.", True), (SAID[1], False), (" We spoke.\n", True)],
)
def test_what_was_seen_of_a_segment_counts_more_than_the_revision_that_was_read(
    recording: Recording, seen: int | str, *, fits: bool
) -> None:
    recording.edit({"id": "s2", "text": "We spoke."})
    edit = {"id": "s2", "text": "We speak.", "seen": seen}
    for revision in (0, 1):
        if fits:
            assert recording.edit(edit, revision=revision)["changed"]
            recording.undo(recording.revision)
            edit["seen"] = "We spoke." if isinstance(seen, str) else recording.revision
        else:
            recording.refused(409, "edit_conflict", edit, revision=revision)


def test_both_segments_of_a_merge_must_be_as_they_were_seen(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": "We spoke."})
    merge = {"action": "merge", "id": "s1", "following": "s2"}
    refused = recording.refused(409, "edit_conflict", merge, revision=0)
    assert [segment["id"] for segment in refused["segments"]] == ["s2"]
    recording.refused(409, "edit_conflict", merge | {"following_seen": 0}, revision=1)
    recording.edit(merge | {"following_seen": "We spoke."}, revision=0)


def test_a_split_that_was_seen_before_an_edit_is_a_conflict_not_a_wrong_place(
    recording: Recording,
) -> None:
    recording.edit({"id": "s3", "text": "Short."})
    recording.refused(409, "edit_conflict", {"action": "split", "id": "s3", "at": 10}, revision=0)


def test_another_version_and_a_revision_of_the_future_are_conflicts(recording: Recording) -> None:
    edit = {"id": "s1", "text": "x"}
    wrong = recording.refused(409, "edit_conflict", edit, version=2)
    assert (wrong["version"], wrong["segments"]) == (1, [])
    early = recording.refused(409, "edit_conflict", edit, revision=7)
    assert "revision 0, not 7" in early["detail"]
    recording.edit(edit)


def test_speakers_collide_only_where_they_are_the_same(recording: Recording) -> None:
    recording.act({"action": "rename", "speaker": "S1", "name": "Ada"}, revision=0)
    recording.act({"action": "rename", "speaker": "S2", "name": "Jan"}, revision=0)
    again = {"revision": 0, "actions": [{"action": "rename", "speaker": "S1", "name": "Eve"}]}
    refused = problem(recording.patch("/speakers", again), 409, "edit_conflict")
    assert refused["speakers"] == [{"id": "S1", "name": "Ada"}, {"id": "S2", "name": "Jan"}]
    recording.edit({"id": "s1", "text": "Hello."}, revision=0)  # no speaker is about it


def test_a_speaker_who_was_merged_away_is_a_conflict_for_who_did_not_know(
    recording: Recording,
) -> None:
    recording.act({"action": "merge", "into": "S1", "speakers": ["S2"]})
    for action in (
        {"action": "rename", "speaker": "S2", "name": "Jan"},
        {"action": "reassign", "to": "S2", "segment_ids": ["s1"]},
    ):
        late = {"revision": 0, "actions": [action]}
        problem(recording.patch("/speakers", late), 409, "edit_conflict")
        known = {"revision": 1, "actions": [action]}
        problem(recording.patch("/speakers", known), 422, "unknown_speaker")


def test_who_gives_lines_to_a_speaker_must_have_seen_them(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": "We spoke."})
    for action in (
        {"action": "reassign", "to": "S1", "segment_ids": ["s2", "s4"]},
        {"action": "reassign", "to": "S1", "start_ms": 1_600, "end_ms": 3_000},
        {"action": "split", "speaker": "S2", "segment_ids": ["s2"]},
    ):
        body = {"revision": 0, "actions": [action]}
        refused = problem(recording.patch("/speakers", body), 409, "edit_conflict")
        assert [segment["id"] for segment in refused["segments"]] == ["s2"]
    seen = {"action": "split", "speaker": "S2", "segment_ids": ["s2"], "seen": {"s2": 1}}
    assert recording.act(seen, revision=0)["changed"][0]["speaker"] == "S3"
