"""Positions of segments with gaps, and renumbering when one is used up."""

import pytest
from sqlalchemy import func, select, update

from mp4totext.jobs.caller import Caller
from mp4totext.kit.db import Database
from mp4totext.transcriptions.edits import service
from mp4totext.transcriptions.edits.schemas import EditAnswer, SegmentEdits, Undo
from mp4totext.transcriptions.models import TranscriptSegment
from tests.support.two_editors import USER, TwoEditors
from tests.transcriptions.edits.conftest import Json

CALLER = Caller(user_id=USER, metered=False)


@pytest.fixture
def editors(database: Database) -> TwoEditors:
    return TwoEditors(database, seed=4)


def edit(database: Database, editors: TwoEditors, *edits: Json, revision: int) -> EditAnswer:
    body = SegmentEdits.model_validate({"revision": revision, "edits": list(edits)})
    with database.write() as session:
        return service.edit_segments(session, CALLER, editors.id, body)


def shown(database: Database) -> list[str]:
    statement = select(TranscriptSegment.text).where(TranscriptSegment.removed.is_(False))
    with database.read() as session:
        return list(session.scalars(statement.order_by(TranscriptSegment.position)))


def test_a_gap_that_is_used_up_is_made_again(database: Database, editors: TwoEditors) -> None:
    """Positions without any room between them, as after very many splits at one place."""
    edit(database, editors, {"action": "remove", "id": "s2"}, revision=0)
    rank = func.substr(TranscriptSegment.id, 2).cast(TranscriptSegment.position.type)
    with database.write() as session:
        session.execute(update(TranscriptSegment).values(position=rank))
    first, *rest = shown(database)
    insert = {"action": "insert", "start_ms": 0, "end_ms": 10}
    begin = editors.first.segments[0].start_ms
    edit(
        database,
        editors,
        insert | {"after": "s1", "text": "between", "start_ms": begin, "end_ms": begin + 10},
        insert | {"after": None, "text": "ahead"},
        revision=1,
    )
    assert shown(database) == ["ahead", first, "between", *rest]
    with database.write() as session:
        service.undo_change(session, CALLER, editors.id, Undo(undo_of=1))
    texts = shown(database)
    second = editors.first.segments[1].text
    assert texts == ["ahead", first, "between", second, *rest]  # where it was


def test_very_many_splits_at_one_place(database: Database, editors: TwoEditors) -> None:
    words = " ".join(str(number) for number in range(60))
    longest = max(editors.first.segments, key=lambda segment: segment.end_ms - segment.start_ms)
    edit(database, editors, {"id": longest.id, "text": words}, revision=0)
    last, revision = longest.id, 1
    for number in range(1, 60):  # from left to right
        at = len(str(number - 1)) + 1
        answer = edit(
            database, editors, {"action": "split", "id": last, "at": at}, revision=revision
        )
        last, revision = answer.changed[-1].id, answer.revision
    assert " ".join(shown(database)).count(words) == 1


@pytest.mark.slow
def test_two_editors_on_both_databases(database: Database) -> None:
    for seed in range(900, 912):
        TwoEditors(database, seed).play(steps=8)
