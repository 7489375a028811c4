"""Versions as rows: the recognised transcript and the edited one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete

from mp4totext.editing.segments import remove, set_texts
from mp4totext.editing.speakers import merge, reassign_range, rename
from mp4totext.jobs.caller import Caller
from mp4totext.kit.db import Database
from mp4totext.transcript import Segment, Transcript, renumbered
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.edits import service
from mp4totext.transcriptions.edits.schemas import Undo
from mp4totext.transcriptions.models import Transcription, TranscriptVersion
from mp4totext.transcriptions.versions import add_version, recognised_of, transcript_of
from tests.editing.test_speakers import transcript
from tests.support.long_transcripts import made_transcript, store
from tests.support.two_editors import USER, database_in_memory

CALLER = Caller(user_id=USER, metered=False)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with database_in_memory() as database:
        yield database


def stored(database: Database, recognised: Transcript, edited: Transcript | None) -> str:
    """A recording whose first version begins with edits that were carried to it."""
    recording = store(database, USER, recognised)
    with database.write() as session:
        mine = TranscriptVersion.transcription_id == recording
        session.execute(delete(TranscriptVersion).where(mine))
        add_version(session, recording, recognised, number=1, job_id="job_1", edited=edited)
    return recording


def read(database: Database, recording: str) -> tuple[int, Transcript, Transcript]:
    """Revision, what readers see, what was recognised."""
    with database.read() as session:
        version = queries.version(session, session.get_one(Transcription, recording))
        return version.revision, transcript_of(session, version), recognised_of(session, version)


def bare(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Without what only an editor asks of them."""
    return tuple(replace(segment, id="", origins=None) for segment in segments)


def edited_in_many_ways() -> Transcript:
    edited = set_texts(transcript(), {"s1": "Good morning!"})
    edited = reassign_range(edited, start_ms=3_900, end_ms=7_000, speaker="S1")
    edited = merge(rename(edited, "S1", "Grace"), into="S2", merged={"S3"})
    return remove(edited, "s3")


def test_a_transcript_is_read_as_it_was_stored(database: Database) -> None:
    for said in (transcript(), made_transcript(400), Transcript(duration_ms=0)):
        assert read(database, stored(database, said, None)) == (0, said, said)


def test_carried_edits_stand_beside_what_was_recognised(database: Database) -> None:
    edited = edited_in_many_ways()
    revision, shown, recognised = read(database, stored(database, transcript(), edited))
    assert revision == 1
    assert bare(shown.segments) == bare(edited.segments)
    assert shown.speakers == edited.speakers
    assert bare(recognised.segments) == bare(transcript().segments)
    assert recognised.speakers == transcript().speakers


def test_segments_that_were_numbered_anew_are_found_by_their_times(database: Database) -> None:
    edited = edited_in_many_ways()
    anew = replace(edited, segments=renumbered(edited.segments))
    _revision, shown, recognised = read(database, stored(database, transcript(), anew))
    assert [segment.id for segment in shown.segments] == [s.id for s in anew.segments]
    assert bare(recognised.segments) == bare(transcript().segments)


def test_carried_edits_can_be_undone(database: Database) -> None:
    recording = stored(database, transcript(), edited_in_many_ways())
    with database.write() as session:
        service.undo_change(session, CALLER, recording, Undo(undo_of=1))
    revision, shown, recognised = read(database, recording)
    assert revision == 2
    assert bare(shown.segments) == bare(transcript().segments)
    assert shown.speakers == transcript().speakers
    assert bare(recognised.segments) == bare(transcript().segments)


def test_nothing_carried_is_no_change(database: Database) -> None:
    same = replace(transcript(), segments=tuple(replace(s) for s in transcript().segments))
    assert read(database, stored(database, transcript(), same))[0] == 0
