"""The effect of each edit of a segment, and its refusals."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mp4totext.transcript import Transcript
from mp4totext.transcriptions.edits import schemas
from tests.support.account_steps import problem
from tests.support.transcript_builders import transcript
from tests.transcriptions.edits.conftest import SAID, Json, Recording


def test_text_keeps_what_was_recognised_and_the_times_of_words_that_stay(
    recording: Recording,
) -> None:
    before = recording.segments[1]
    answer = recording.edit({"id": "s2", "text": "We talk about big boats today."})
    (segment,) = answer["changed"]
    assert (segment["id"], segment["recognised_text"]) == ("s2", SAID[1])
    times = {word["text"]: (word["start_ms"], word["estimated"]) for word in segment["words"]}
    assert times["boats"] == (before["words"][3]["start_ms"], False)
    assert times["big"][1] is True
    assert (answer["version"], answer["revision"], answer["removed"]) == (1, 1, [])
    assert (answer["placed"], answer["speakers"]) == ({}, None)


def test_an_edit_that_changes_nothing_makes_no_revision(recording: Recording) -> None:
    answer = recording.edit({"id": "s2", "text": SAID[1]}, {"action": "restore", "id": "s1"})
    assert (answer["revision"], answer["changed"]) == (0, [])
    assert recording.read("/changes", since=0)["changes"] == []


def test_an_empty_text_keeps_the_segments_place(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": ""})
    assert [segment["text"] for segment in recording.segments] == [SAID[0], "", *SAID[2:]]


def test_a_split_makes_two_between_words(recording: Recording) -> None:
    answer = recording.edit({"action": "split", "id": "s3", "at": 10})
    first, second = answer["changed"]
    assert [segment["text"] for segment in (first, second)] == ["Boats are", "made of wood."]
    assert (first["id"], second["id"], answer["placed"]) == ("s3", "s5", {"s5": "s3"})
    assert first["end_ms"] == first["words"][-1]["end_ms"] <= second["start_ms"]
    assert second["start_ms"] == second["words"][0]["start_ms"]
    assert [segment["recognised_text"] for segment in (first, second)] == [None, None]
    assert [name for name, _ in recording.texts] == ["s1", "s2", "s3", "s5", "s4"]


def test_the_parts_of_an_edited_segment_say_what_was_recognised_of_each(
    recording: Recording,
) -> None:
    recording.edit({"id": "s3", "text": "All boats are built of wood."})
    parts = recording.edit({"action": "split", "id": "s3", "at": 14})["changed"]
    assert [(part["text"], part["recognised_text"]) for part in parts] == [
        ("All boats are", "Boats are"),
        ("built of wood.", "made of wood."),
    ]


@pytest.mark.parametrize(
    ("at", "allowed"),
    [(7, [6, 10]), (0, [6, 10]), (23, [15, 18]), (20_000, [15, 18])],
)
def test_a_split_inside_a_word_is_refused_with_the_nearest_places(
    recording: Recording, at: int, allowed: list[int]
) -> None:
    refused = recording.refused(422, "cannot_split", {"action": "split", "id": "s3", "at": at})
    assert refused["allowed"] == allowed
    assert all(str(place) in refused["detail"] for place in allowed)


def test_one_word_cannot_be_split(store_recording: Callable[[Transcript], Recording]) -> None:
    recording = store_recording(transcript("Yes."))
    refused = recording.refused(422, "cannot_split", {"action": "split", "id": "s1", "at": 2})
    assert refused["allowed"] == []


def test_text_without_spaces_is_split_between_its_characters(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    recording = store_recording(transcript("今日は字幕です", language="ja"))
    parts = recording.edit({"action": "split", "id": "s1", "at": 3})["changed"]
    assert [part["text"] for part in parts] == ["今日は", "字幕です"]
    merged = recording.edit({"action": "merge", "id": "s1", "following": "s2"})["changed"]
    assert merged[0]["text"] == "今日は字幕です"


def test_a_part_that_begins_after_the_next_segment_comes_after_it(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    """Two people at once: the order is that of the starts."""
    said = transcript("one two three four five six", "Hm.", words=True)
    second = replace(said.segments[1], start_ms=500, end_ms=700)
    recording = store_recording(replace(said, segments=(said.segments[0], second)))
    answer = recording.edit({"action": "split", "id": "s1", "at": 18})
    assert answer["placed"] == {"s3": "s2"}
    assert [text for _, text in recording.texts] == ["one two three four", "Hm.", "five six"]


def test_a_merge_joins_two_neighbours_under_the_first(recording: Recording) -> None:
    recording.edit({"action": "check", "id": "s1"})
    answer = recording.edit({"action": "merge", "id": "s1", "following": "s2"})
    (merged,) = answer["changed"]
    assert (merged["id"], merged["speaker"], answer["removed"]) == ("s1", "S1", ["s2"])
    assert merged["text"] == f"{SAID[0]} {SAID[1]}"
    assert merged["checked"] is False  # only half of it was
    assert [word["text"] for word in merged["words"]] == merged["text"].split()
    assert recording.read()["speakers"][1]["segments"] == 1


def test_a_merge_of_what_is_not_next_to_it_names_what_is(recording: Recording) -> None:
    merge = {"action": "merge", "id": "s1", "following": "s3"}
    assert recording.refused(422, "not_neighbours", merge)["following"] == "s2"
    last = {"action": "merge", "id": "s4", "following": "s1"}
    assert recording.refused(422, "not_neighbours", last)["following"] is None


def test_a_merge_across_an_hour_says_how_far_apart_is_allowed(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    recording = store_recording(transcript("one", "two", gap_ms=3_600_000))
    merge = {"action": "merge", "id": "s1", "following": "s2"}
    refused = recording.refused(422, "too_far_apart", merge)
    assert (refused["gap_ms"], refused["allowed_ms"]) == (3_600_000, 60_000)
    assert "60 s" in refused["detail"]


def test_a_merge_keeps_the_longest_text_a_segment_may_have(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    recording = store_recording(transcript("a " * 3_000, "b " * 3_000))
    merge = {"action": "merge", "id": "s1", "following": "s2"}
    assert recording.refused(422, "too_long", merge)["allowed"] == 10_000


def test_an_inserted_segment_stands_where_it_was_put(recording: Recording) -> None:
    insert = {"action": "insert", "after": "s1", "text": "Hm, yes.", "speaker": "S2"}
    answer = recording.edit(insert | {"start_ms": 1_400, "end_ms": 1_500})
    (segment,) = answer["changed"]
    assert (segment["id"], answer["placed"]) == ("s5", {"s5": "s1"})
    assert [word["estimated"] for word in segment["words"]] == [True, True]
    first = {"action": "insert", "after": None, "text": "Er", "start_ms": 0, "end_ms": 1}
    assert recording.edit(first)["placed"] == {"s6": None}
    assert [name for name, _ in recording.texts] == ["s6", "s1", "s5", "s2", "s3", "s4"]


def test_a_removed_segment_is_gone_and_its_id_is_not_used_again(recording: Recording) -> None:
    assert recording.edit({"action": "remove", "id": "s4"})["removed"] == ["s4"]
    recording.refused(422, "no_such_segment", {"id": "s4", "text": "x"})
    again = {"action": "insert", "after": "s3", "text": "Still.", "start_ms": 6_000}
    assert recording.edit(again | {"end_ms": 6_100})["changed"][0]["id"] == "s5"


def test_the_last_line_of_a_speaker_takes_the_speaker_along(recording: Recording) -> None:
    answer = recording.edit(
        {"action": "remove", "id": "s2"}, {"action": "merge", "id": "s3", "following": "s4"}
    )
    assert [speaker["id"] for speaker in answer["speakers"]] == ["S1"]
    back = recording.undo(answer["revision"])
    assert [speaker["id"] for speaker in back["speakers"]] == ["S1", "S2"]


def test_borders_move_and_words_follow(recording: Recording) -> None:
    before = recording.segments[2]
    border = before["end_ms"] - 700
    (segment,) = recording.edit({"action": "times", "id": "s3", "end_ms": border})["changed"]
    assert (segment["start_ms"], segment["end_ms"]) == (before["start_ms"], border)
    assert segment["words"][0] == before["words"][0]
    assert segment["words"][-1]["end_ms"] <= border
    assert segment["words"][-1]["estimated"] is True
    assert segment["text"] == before["text"]


@pytest.mark.parametrize(
    ("times", "code", "allowed"),
    [
        ({"end_ms": 60_000_000}, "outside_recording", [0, 8_920]),
        ({"start_ms": 9_000, "end_ms": 9_100}, "outside_recording", [0, 8_920]),
        ({"start_ms": 3_600, "end_ms": 3_600}, "outside_recording", [0, 8_920]),
        ({"start_ms": 4_000, "end_ms": 3_900}, "outside_recording", [0, 8_920]),
        ({"start_ms": 100}, "out_of_order", [1_520, 5_920]),
        ({"start_ms": 6_000, "end_ms": 6_001}, "out_of_order", [1_520, 5_920]),
    ],
)
def test_times_outside_the_recording_or_out_of_order_are_refused_with_what_is_allowed(
    recording: Recording, times: dict[str, int], code: str, allowed: list[int]
) -> None:
    refused = recording.refused(422, code, {"action": "times", "id": "s3", **times})
    assert refused["allowed_ms"] == allowed
    assert str(allowed[1]) in refused["detail"]
    insert = {"action": "insert", "after": "s2", "text": "x", "start_ms": 3_720, "end_ms": 5_720}
    if code == "outside_recording":
        recording.refused(422, code, insert | times)


def test_a_confirmed_segment_is_marked_and_otherwise_as_recognised(recording: Recording) -> None:
    (segment,) = recording.edit({"action": "check", "id": "s2"})["changed"]
    assert (segment["checked"], segment["recognised_text"]) == (True, None)
    recording.edit({"action": "check", "id": "s2", "checked": False})
    assert [segment["checked"] for segment in recording.segments] == [False] * 4


def test_restore_brings_back_all_that_was_recognised_of_a_segment(recording: Recording) -> None:
    before = recording.segments
    for edit in (
        {"id": "s1", "text": "Good evening to all."},
        {"action": "split", "id": "s2", "at": 8},
        {"action": "merge", "id": "s1", "following": "s2"},
        {"action": "times", "id": "s1", "end_ms": 1_900},
    ):
        recording.edit(edit)
    answer = recording.edit({"action": "restore", "id": "s5"})
    assert {segment["id"] for segment in answer["changed"]} == {"s1", "s2"}
    assert answer["removed"] == ["s5"]
    now = [{**segment, "revision": 0} for segment in recording.segments]
    assert now == before


def test_restore_brings_a_removed_segment_back(recording: Recording) -> None:
    recording.edit({"action": "remove", "id": "s3"})
    answer = recording.edit({"action": "restore", "id": "s3"})
    assert answer["placed"] == {"s3": "s2"}
    assert [text for _, text in recording.texts] == list(SAID)


def test_what_was_inserted_was_never_recognised(recording: Recording) -> None:
    insert = {"action": "insert", "after": "s4", "text": "x", "start_ms": 8_700, "end_ms": 8_800}
    recording.edit(insert)
    recording.refused(422, "not_recognised", {"action": "restore", "id": "s5"})
    recording.refused(422, "no_such_segment", {"action": "restore", "id": "s77"})


def test_speakers_who_were_merged_stay_so_when_a_segment_is_restored(recording: Recording) -> None:
    recording.edit({"id": "s2", "text": "We talk."})
    recording.act({"action": "merge", "into": "S1", "speakers": ["S2"]})
    (segment,) = recording.edit({"action": "restore", "id": "s2"})["changed"]
    assert (segment["text"], segment["speaker"]) == (SAID[1], "S1")


def test_several_edits_are_one_change_or_none(recording: Recording) -> None:
    edits = ({"id": "s1", "text": "Hello."}, {"action": "merge", "id": "s3", "following": "s4"})
    assert recording.edit(*edits)["revision"] == 1
    recording.refused(
        422, "cannot_split", {"id": "s2", "text": "x y"}, {"action": "split", "id": "s1", "at": 1}
    )
    recording.refused(422, "no_such_segment", {"id": "s2", "text": "x"}, {"id": "s9", "text": "y"})
    assert recording.revision == 1


@pytest.mark.parametrize(
    "edit",
    [
        {"id": "s1"},
        {"text": "x"},
        {"id": "s1", "text": "x" * 10_001},
        {"id": "s1", "text": "a\0b"},
        {"id": "s1", "text": "x", "action": "shout"},
        {"id": "s1", "text": "x", "at": 3},
        {"action": "split", "id": "s1"},
        {"action": "split", "id": "s1", "at": -1},
        {"action": "merge", "id": "s1"},
        {"action": "insert", "text": "x", "start_ms": 1, "end_ms": 2},
        {"action": "insert", "after": None, "text": " ", "start_ms": 1, "end_ms": 2},
        {"action": "times", "id": "s1", "start_ms": -1},
        {"action": "times", "id": "s1", "start_ms": 2**60},
        {"id": "s1", "text": "x", "seen": 1.5},
        "s1",
        None,
    ],
)
def test_an_edit_that_says_nothing_clear_is_refused(recording: Recording, edit: Json) -> None:
    recording.refused(422, "invalid", edit)


def test_who_speaks_must_be_known(recording: Recording) -> None:
    insert = {"action": "insert", "after": "s4", "text": "x", "start_ms": 8_700, "end_ms": 8_800}
    recording.refused(422, "unknown_speaker", insert | {"speaker": "S9"})


def test_a_repeated_request_takes_effect_once_and_is_answered_the_same(
    recording: Recording,
) -> None:
    edit = {"action": "split", "id": "s3", "at": 10}
    first = recording.edit(edit, revision=0, key="k1")
    recording.edit({"id": "s3", "text": "Something else."})
    assert recording.edit(edit, revision=0, key="k1") == first
    assert recording.revision == 2
    other = recording.patch(
        "/segments", {"revision": 0, "edits": [{"id": "s1", "text": "x"}]}, key="k1"
    )
    problem(other, 422, "idempotency_key_reused")


def test_bodies_of_the_release_before_are_still_understood() -> None:
    body = schemas.SegmentEdits.model_validate({"revision": 0, "edits": [{"id": "a", "text": "b"}]})
    assert body.edits == [schemas.SegmentText(id="a", text="b")]
