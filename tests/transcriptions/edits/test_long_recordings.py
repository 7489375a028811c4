"""Edits of 100,000 words are as fast as of a short transcript, on both databases."""

import gzip
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings
from mp4totext.transcriptions.models import (
    TranscriptChange,
    TranscriptDetails,
    TranscriptSegment,
    TranscriptVersion,
)
from tests.conftest import account_for, app_for, settings_for
from tests.support.long_transcripts import made_transcript, store
from tests.transcriptions.edits.conftest import Recording

WORDS = 100_000


@pytest.fixture
def long_recording(database_url: str | None, tmp_path: Path) -> Iterator[tuple[Recording, Runtime]]:
    database = DatabaseSettings(database_url=database_url)
    runtime = Runtime(settings_for(tmp_path).model_copy(update={"database": database}))
    owner = account_for(runtime, "owner@example.com")
    recording = store(runtime.database, owner.id, made_transcript(WORDS))
    yield Recording(TestClient(app_for(runtime)), owner, recording), runtime
    runtime.close()


def test_a_recording_of_ten_hours(long_recording: tuple[Recording, Runtime]) -> None:
    recording, runtime = long_recording
    _edits_are_quick_and_their_answers_small(recording)
    _words_are_packed(recording)
    _nothing_is_left_of_it(recording, runtime)


def _edits_are_quick_and_their_answers_small(recording: Recording) -> None:
    """In this process the client costs, too. Nothing but the median says much on a busy machine."""
    spent = []
    for revision in range(20):
        edit = {"id": f"s{1 + revision * 211}", "text": "Somebody corrected this line."}
        began = time.process_time()
        answer = recording.patch("/segments", {"revision": revision, "edits": [edit]})
        spent.append(time.process_time() - began)
        assert answer.json()["revision"] == revision + 1
        assert len(answer.content) <= 10_000
    assert statistics.median(spent) <= 0.05
    split = recording.edit({"action": "split", "id": "s1", "at": 9}, revision=20)
    assert [segment["id"] for segment in split["changed"]] == ["s1", "s5001"]
    assert recording.undo(21)["removed"] == ["s5001"]


def _words_are_packed(recording: Recording) -> None:
    packed = recording.call("GET", "/words").content
    assert len(packed) <= 2_000_000
    assert len(gzip.compress(packed, 5)) <= 800_000


def _nothing_is_left_of_it(recording: Recording, runtime: Runtime) -> None:
    tables = (TranscriptVersion, TranscriptDetails, TranscriptSegment, TranscriptChange)

    def rows() -> list[int]:
        with runtime.database.read() as session:
            counts = (session.scalar(select(func.count()).select_from(table)) for table in tables)
            return [count or 0 for count in counts]

    assert rows() == [1, 1, 5_001, 22]
    assert recording.call("DELETE").status_code == 204
    assert rows() == [0, 0, 0, 0]
