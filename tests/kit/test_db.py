"""Both databases overwrite deleted data in their files, and use days in UTC."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from mp4totext.events.log import Event
from mp4totext.kit import db
from mp4totext.kit.db import Database, sums_by_day

SECRET = b"an embedding of somebody's voice"


def filled(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE voices (id INTEGER PRIMARY KEY, secret VARCHAR(80))"))
        session.execute(text(f"INSERT INTO voices VALUES (1, '{_quoted()}'), (2, 'kept')"))


def _quoted() -> str:
    return SECRET.decode().replace("'", "''")


def deleted(database: Database) -> None:
    with database.write() as session:
        session.execute(text("DELETE FROM voices WHERE id = 1"))


def holding(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and SECRET in p.read_bytes())


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'd.db'}", overwrite_timeout_ms=50)
    filled(database)
    yield database
    database.close()


def test_sqlite_keeps_nothing_of_a_deleted_row(sqlite: Database, tmp_path: Path) -> None:
    deleted(sqlite)
    assert holding(tmp_path)  # in the write-ahead log
    sqlite.overwrite_deleted("voices")
    assert holding(tmp_path) == []


def test_sqlite_with_a_reader_is_not_waited_for_long(sqlite: Database, tmp_path: Path) -> None:
    with sqlite.read() as reader:
        reader.execute(text("SELECT count(*) FROM voices"))
        deleted(sqlite)
        sqlite.overwrite_deleted("voices")
        assert holding(tmp_path)
    sqlite.overwrite_deleted("voices")
    assert holding(tmp_path) == []
    with sqlite.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == db.BUSY_TIMEOUT_MS


def test_postgresql_keeps_nothing_of_a_deleted_row_in_its_table(postgres_url: str) -> None:
    """Its own log of writes keeps it until that is recycled: see docs/speakers.md."""
    database = Database(postgres_url, overwrite_timeout_ms=50)
    filled(database)
    tables = _folder_of(database) / "base"
    _checkpoint(database)
    assert holding(tables)
    with database.read() as reader:
        reader.execute(text("SELECT count(*) FROM voices"))
        deleted(database)
        database.overwrite_deleted("voices")
        _checkpoint(database)
        assert holding(tables)  # the reader was not waited for
    database.overwrite_deleted("voices")
    _checkpoint(database)
    assert holding(tables) == []
    with database.read() as reader:
        assert reader.scalar(text("SELECT secret FROM voices")) == "kept"
    database.close()


def _folder_of(database: Database) -> Path:
    with database.engine.connect() as connection:
        return Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())


def _checkpoint(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("CHECKPOINT")


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_sums_are_of_days_of_utc(
    server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if server == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{tmp_path / 'days.db'}"
    database = Database(url)
    Event.__table__.create(database.engine, checkfirst=True)  # type: ignore[attr-defined]
    west = timezone(timedelta(hours=-8))
    moments = [
        datetime(2026, 5, 11, 23, 59, tzinfo=UTC),
        datetime(2026, 5, 11, 16, 30, tzinfo=west),  # half past midnight of the next day
        datetime(2026, 5, 12, 12, 0, tzinfo=UTC),
    ]
    with database.write() as session:
        if server == "postgresql":
            session.execute(text("SET LOCAL TimeZone = 'America/Los_Angeles'"))
        for number, at in enumerate(moments, start=1):
            session.add(Event(user_id="usr_days", seq=number, type="t", body={}, created_at=at))
        session.flush()
        sums = sums_by_day(session, Event.created_at, Event.seq, Event.user_id == "usr_days")
    database.close()
    assert sums == {date(2026, 5, 11): 1, date(2026, 5, 12): 5}
