"""Search finds edited text, also across the border of two segments."""

import pytest

from tests.transcriptions.edits.conftest import Recording


def found(recording: Recording, search: str) -> bool:
    answer = recording.client.get(
        "/api/v1/transcriptions", params={"search": search}, headers=recording.account.headers
    )
    return [item["id"] for item in answer.json()["items"]] == [recording.id]


@pytest.mark.parametrize(
    ("search", "there"),
    [
        ("boats ARE made", True),
        ("everyone. We talk", True),  # across a border
        ("today. boats are made of wood. and", False),  # across two
        ("100% boats", False),
        ("", True),
    ],
)
def test_phrases(recording: Recording, search: str, *, there: bool) -> None:
    assert found(recording, search) is there


def test_only_what_readers_see_is_searched(recording: Recording) -> None:
    recording.edit({"id": "s1", "text": "Good evening all."})
    recording.edit({"action": "remove", "id": "s2"})
    assert not found(recording, "morning")
    assert not found(recording, "talk about")
    assert found(recording, "all. Boats")
    recording.undo(1)
    assert found(recording, "morning everyone. boats")
