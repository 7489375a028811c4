"""Find and replace in a whole transcript, as one change."""

import pytest

from tests.support.account_steps import problem
from tests.transcriptions.edits.conftest import SAID, Json, Recording


def test_every_place_is_replaced_in_one_change(recording: Recording) -> None:
    answer = recording.replace("boats", "ships")
    assert (answer["hits"], answer["segments"], answer["change"]["revision"]) == (3, 3, 1)
    assert [text for _, text in recording.texts] == [
        SAID[0],
        "We talk about ships today.",
        "ships are made of wood.",
        "And some ships are made of steel.",
    ]
    recording.undo(1)
    assert [text for _, text in recording.texts] == list(SAID)


def test_a_preview_counts_and_shows_and_changes_nothing(recording: Recording) -> None:
    answer = recording.replace("boats", "ships", preview=True)
    assert (answer["hits"], answer["segments"], answer["change"]) == (3, 3, None)
    assert answer["first"][0] == {
        "segment_id": "s2",
        "at": 14,
        "text": "We talk about boats today.",
        "replaced": "We talk about ships today.",
    }
    assert recording.revision == 0


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ({"find": "boats", "match_case": True}, 2),
        ({"find": "boat", "whole_words": True}, 0),
        ({"find": "OF", "whole_words": True}, 2),
        ({"find": "boats", "speaker": "S2"}, 2),
        ({"find": "boats", "segment_ids": ["s3", "s99"]}, 1),
        ({"find": "."}, 4),  # no pattern: a full stop
        ({"find": "made of "}, 2),
        ({"find": "nobody"}, 0),
    ],
)
def test_what_is_found(recording: Recording, asked: Json, hits: int) -> None:
    find = asked.pop("find")
    assert recording.replace(find, "x", preview=True, **asked)["hits"] == hits
    answer = recording.replace(find, "x", **asked)
    assert answer["hits"] == hits
    assert recording.revision == (1 if hits else 0)


def test_a_segment_that_somebody_changed_since_is_a_conflict(recording: Recording) -> None:
    recording.edit({"id": "s3", "text": "Boats are wooden."})
    body = {"revision": 0, "find": "boats", "replace": "ships"}
    refused = problem(recording.patch("/replace", body), 409, "edit_conflict")
    assert [segment["id"] for segment in refused["segments"]] == ["s3"]
    assert refused["segments"][0]["yours"] == "ships are wooden."
    assert recording.replace("wood.", "oak.", revision=0)["hits"] == 0  # not there any more


def test_a_repeat_is_answered_the_same(recording: Recording) -> None:
    body = {"revision": 0, "find": "boats", "replace": "ships"}
    first = recording.patch("/replace", body, key="k").json()
    assert recording.patch("/replace", body, key="k").json() == first
    assert (first["hits"], recording.revision) == (3, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"find": "", "replace": "x"}, "invalid"),
        ({"find": "x" * 201, "replace": "x"}, "invalid"),
        ({"find": "a\0", "replace": "x"}, "invalid"),
        ({"find": "a", "replace": "\n"}, "invalid"),
        ({"find": "a", "replace": "x", "speaker": "S9"}, "unknown_speaker"),
        ({"find": "a", "replace": "x", "regex": True}, "invalid"),
    ],
)
def test_bad_requests(recording: Recording, body: Json, code: str) -> None:
    problem(recording.patch("/replace", {"revision": 0, **body}), 422, code)


def test_a_text_does_not_grow_beyond_what_a_segment_holds(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "a " * 4_000})
    body = {"revision": 1, "find": "a", "replace": "many words"}
    problem(recording.patch("/replace", body), 422, "too_long")
