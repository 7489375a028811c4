"""Concurrent edits over separate connections, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from mp4totext.jobs.caller import Caller
from mp4totext.kit.db import Database
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits import service
from mp4totext.transcriptions.edits.errors import EditConflict
from mp4totext.transcriptions.edits.schemas import SegmentEdits
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import transcript_of
from tests.support.long_transcripts import made_transcript, store
from tests.support.two_editors import USER

CALLER = Caller(user_id=USER, metered=False)


def send(database: Database, recording: str, segment_id: str, text: str) -> bool:
    """Whether an edit of somebody who read revision 0 was accepted."""
    body = SegmentEdits.model_validate({"revision": 0, "edits": [{"id": segment_id, "text": text}]})
    try:
        with database.write() as session:
            service.edit_segments(session, CALLER, recording, body)
    except EditConflict:
        return False
    return True


def texts(database: Database, recording: str) -> tuple[int, dict[str, str]]:
    with database.read() as session:
        version = queries.version(session, session.get_one(Transcription, recording))
        return version.revision, {s.id: s.text for s in transcript_of(session, version).segments}


def test_edits_of_different_segments_are_all_there(database: Database) -> None:
    recording = store(database, USER, made_transcript(1_000))
    with ThreadPoolExecutor(4) as editors:
        accepted = editors.map(
            lambda n: send(database, recording, f"s{n}", f"edit {n}"), range(1, 41)
        )
        assert all(accepted)
    revision, now = texts(database, recording)
    assert revision == 40
    assert [now[f"s{n}"] for n in range(1, 41)] == [f"edit {n}" for n in range(1, 41)]


def test_of_edits_of_one_segment_one_is_accepted(database: Database) -> None:
    recording = store(database, USER, made_transcript(200))
    with ThreadPoolExecutor(4) as editors:
        accepted = list(
            editors.map(lambda n: send(database, recording, "s1", f"edit {n}"), range(12))
        )
    assert accepted.count(True) == 1
    revision, now = texts(database, recording)
    assert (revision, now["s1"]) == (1, f"edit {accepted.index(True)}")
