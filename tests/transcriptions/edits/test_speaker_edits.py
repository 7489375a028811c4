"""Edits of speakers in a few segments equal those of the whole transcript."""

from collections.abc import Callable

from mp4totext.transcript import Transcript
from tests.support.transcript_builders import transcript
from tests.transcriptions.edits.conftest import Recording


def speakers(recording: Recording) -> list[tuple[str, int]]:
    return [(each["id"], each["segments"]) for each in recording.read()["speakers"]]


def test_a_rename_changes_no_segment(recording: Recording) -> None:
    answer = recording.act({"action": "rename", "speaker": "S2", "name": "Ada"})
    assert (answer["changed"], answer["revision"]) == ([], 1)
    assert answer["speakers"][1] == {"id": "S2", "name": "Ada", "label": "Ada"}


def test_a_speaker_with_lines_elsewhere_stays(recording: Recording) -> None:
    answer = recording.act({"action": "reassign", "to": "S1", "segment_ids": ["s2"]})
    assert answer["speakers"] is None
    assert speakers(recording) == [("S1", 3), ("S2", 1)]
    last = recording.act({"action": "reassign", "to": "S1", "segment_ids": ["s4"]})
    assert [each["id"] for each in last["speakers"]] == ["S1"]


def test_the_id_of_a_speaker_who_is_gone_is_not_used_again(recording: Recording) -> None:
    new = {"action": "reassign", "to": "new", "segment_ids": ["s4"]}
    assert recording.act(new)["changed"][0]["speaker"] == "S3"
    recording.undo(1)
    assert recording.act(new)["changed"][0]["speaker"] == "S4"
    assert speakers(recording) == [("S1", 2), ("S2", 1), ("S4", 1)]


def test_everything_a_speaker_says_cannot_be_split_off(recording: Recording) -> None:
    for ids, code in ((["s2", "s4"], "nothing_left"), (["s4"], None)):
        action = {"action": "split", "speaker": "S2", "segment_ids": ids}
        answer = recording.patch("/speakers", {"revision": 0, "actions": [action]})
        assert answer.json().get("code") == code


def test_a_range_cuts_lines_and_says_where_the_parts_stand(recording: Recording) -> None:
    answer = recording.act({"action": "reassign", "to": "S2", "start_ms": 4_400, "end_ms": 6_500})
    assert answer["placed"] == {"s5": "s3"}
    said = [(each["id"], each["speaker"], each["text"]) for each in recording.segments]
    assert said[2:] == [
        ("s3", "S1", "Boats are"),
        ("s5", "S2", "made of wood."),
        ("s4", "S2", "And some boats are made of steel."),
    ]


def test_merged_speakers_keep_their_words_together(
    store_recording: Callable[[Transcript], Recording],
) -> None:
    recording = store_recording(
        transcript(*(["one two"] * 30), speakers=["S1", "S2", "S3"] * 10, words=True)
    )
    answer = recording.act({"action": "merge", "into": "S1", "speakers": ["S2", "S3"]})
    assert len(answer["changed"]) == 20
    assert speakers(recording) == [("S1", 30)]
    recording.undo(1)
    assert speakers(recording) == [("S1", 10), ("S2", 10), ("S3", 10)]
