"""Sorted lists of recordings, page by page, on both databases."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from mp4totext.auth.models import Role, User
from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.kit.pagination import MAX_CURSOR, fetch_page, page_after
from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.schemas import ListFilter, Sort

USER = "usr_sorting"
# Titles and lengths that several recordings share, a title of the largest size, and one of none.
TITLES = ["Talk 10", "talk 2", "Äpfel und Birnen", "音" * 255, "a:b", "talk 2", "Zebra", "50 % off"]
LENGTHS = [None, 60_000, 1_000, 60_000, 36_000_000, 0, 1_000]
COUNT = len(TITLES) * len(LENGTHS)


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url or f"sqlite:///{tmp_path / 'mp4totext.db'}")
    with database.write() as session:
        session.add(
            User(
                id=USER,
                email="sorting@example.com",
                password_hash="",
                role=Role.USER,
                created_at=now(),
            )
        )
    for number in range(COUNT):
        add(database, number, TITLES[number % len(TITLES)], LENGTHS[number % len(LENGTHS)])
    yield database
    database.close()


def add(database: Database, number: int, title: str, duration_ms: int | None) -> None:
    with database.write() as session:
        session.add(
            Transcription(
                id=f"trn_{number:026d}",
                user_id=USER,
                title=title,
                duration_ms=duration_ms,
                filename="talk.wav",
                options={},
                created_at=now(),
                updated_at=now(),
            )
        )


def page_of(
    database: Database, sort: Sort, cursor: str | None = None, *, limit: int = 100
) -> tuple[list[Transcription], str | None]:
    with database.read() as session:
        statement = queries.listed(USER, ListFilter())
        return fetch_page(
            session,
            statement,
            by=Transcription.id,
            page=page_after(cursor, limit=limit),
            order=queries.SORTS[sort],
        )


def pages_of(database: Database, sort: Sort, *, limit: int) -> Iterator[list[Transcription]]:
    rows, cursor = page_of(database, sort, limit=limit)
    yield rows
    while cursor is not None:
        assert len(cursor) <= MAX_CURSOR
        rows, cursor = page_of(database, sort, cursor, limit=limit)
        yield rows


def test_pages_of_a_sorted_list_have_each_recording_once(database: Database) -> None:
    ids = [f"trn_{number:026d}" for number in range(COUNT)]
    sorts: tuple[Sort, ...] = ("newest", "oldest", "title", "longest")
    whole = {sort: page_of(database, sort)[0] for sort in sorts}
    for sort, rows in whole.items():
        for limit in (1, 5, COUNT):
            pages = pages_of(database, sort, limit=limit)
            assert [row.id for page in pages for row in page] == [row.id for row in rows], sort
    assert [row.id for row in whole["oldest"]] == ids
    assert [row.id for row in whole["newest"]] == ids[::-1]
    lengths = [row.duration_ms or 0 for row in whole["longest"]]
    assert lengths == sorted(lengths, reverse=True)
    latin = [row.title.lower() for row in whole["title"] if row.title.isascii()]
    assert [title for title, _ in groupby(latin)] == sorted(set(latin))  # equal ones together


def test_a_recording_that_is_deleted_or_added_moves_no_other(database: Database) -> None:
    first, cursor = page_of(database, "title", limit=10)
    last = first[-1]
    expected = [row.id for row in page_of(database, "title")[0]][10:]
    with database.write() as session:
        session.delete(session.get_one(Transcription, last.id))
    add(database, COUNT, "!", 1)  # before all others
    rest, _ = page_of(database, "title", cursor)
    assert [row.id for row in rest] == expected
