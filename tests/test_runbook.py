"""Back up and restore by the runbook's own commands, on real databases."""

import itertools
import os
import re
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.engine import make_url

from mp4totext import migrations
from mp4totext.auth import service as auth
from mp4totext.auth.models import User
from mp4totext.credits.models import CreditEntry
from mp4totext.kit.db import Database
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings
from tests.conftest import PASSWORD, settings_for
from tests.support.command_line import run
from tests.support.servers import program
from tests.support.waiting import until

RUNBOOK = (Path(__file__).parent.parent / "docs" / "runbook.md").read_text(encoding="utf-8")
PEOPLE = 3


@pytest.fixture
def runtime(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A service with accounts and credits; PostgreSQL's when the test asks for it."""
    url = (
        request.getfixturevalue("postgres_url") if "postgres_url" in request.fixturenames else None
    )
    settings = settings_for(tmp_path).model_copy(
        update={"database": DatabaseSettings(database_url=url)}
    )
    runtime = Runtime(settings)
    migrations.upgrade(runtime.database)
    for number in range(PEOPLE):
        auth.register(runtime, email=f"person{number}@example.com", password=PASSWORD)
    yield runtime
    runtime.close()


def documented(pattern: str) -> str:
    """The one command of the runbook that looks so."""
    found = re.findall(pattern, RUNBOOK)
    assert len(found) == 1, found
    return str(found[0])


def shell(command: str, folder: Path, **variables: str) -> None:
    subprocess.run(
        ["sh", "-eu", "-c", command],
        cwd=folder,
        env={"PATH": os.defpath, **variables},
        check=True,
        timeout=60,
    )


def count(database: Database) -> tuple[int, int]:
    with database.read() as session:
        people = session.scalar(select(func.count()).select_from(User)) or 0
        return people, session.scalar(select(func.count()).select_from(CreditEntry)) or 0


def all_succeed(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """What the runbook asks after a restore."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    line = documented(r"(.*: all three must succeed)")
    for command in re.findall(r"`mp4totext (db upgrade|db check|credits audit)`", line):
        found = run(*command.split())
        assert found.exit_code == 0, found.output


@pytest.mark.slow
def test_postgresql_comes_back_from_its_dump(
    runtime: Runtime, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string()
    assert "`DATABASE_URL` without `+psycopg`" in RUNBOOK
    before = count(runtime.database)
    tools = f"{Path(program('pg_dump')).parent}{os.pathsep}{os.defpath}"
    shell(documented(r"(pg_dump .*\"\$PGURL\")"), tmp_path, PGURL=url, PATH=tools)
    with runtime.database.write() as session:
        session.execute(delete(CreditEntry))
    runtime.database.close()
    shell(documented(r"`(pg_restore .*?)`"), tmp_path, PGURL=url, PATH=tools)
    assert count(runtime.database) == before == (PEOPLE, PEOPLE)
    all_succeed(monkeypatch, DATABASE_URL=postgres_url, DATA_DIR=str(tmp_path))


def test_sqlite_comes_back_from_a_copy_that_was_made_beside_writers(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy takes a while, and as many accounts are registered as can be meanwhile."""
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ballast AS SELECT randomblob(64000000) AS bytes")
    over = threading.Event()

    def write() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            auth.register(runtime, email=f"late{number}@example.com", password=PASSWORD)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: count(runtime.database)[0] > PEOPLE)
        before = count(runtime.database)
        began = time.monotonic()
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        command = documented(r"SQLite: mp4totext (db backup .*)")
        found = run(*command.split())
        assert found.exit_code == 0, found.output
        assert time.monotonic() - began < 30
        after = count(runtime.database)
    finally:
        over.set()
        writer.join()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        copy.execute("DROP TABLE ballast")
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    runtime.database.close()
    shell(documented(r"SQLite: in `DATA_DIR`, `(rm .*?)`"), tmp_path)
    restored = count(runtime.database)
    assert before <= restored <= after
    assert after > before, "nobody wrote meanwhile"
    assert restored[0] == restored[1], "an account without its gift"
    all_succeed(monkeypatch, DATA_DIR=str(tmp_path))


def test_a_backup_never_replaces_a_file(runtime: Runtime, tmp_path: Path) -> None:
    taken = tmp_path / "copy.db"
    taken.write_bytes(b"mine")
    found = run("db", "backup", str(taken), "--data", str(tmp_path))
    assert (found.exit_code, taken.read_bytes()) == (2, b"mine")
    assert "Name a new file" in found.output
    found = run("db", "backup", str(tmp_path / "no" / "copy.db"), "--data", str(tmp_path))
    assert (found.exit_code, "cannot be written" in found.output) == (2, True)


def test_a_backup_that_fails_leaves_no_file(runtime: Runtime, tmp_path: Path) -> None:
    """As on a full disk."""
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ballast AS SELECT randomblob(2000000) AS bytes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        found = run("db", "backup", str(tmp_path / "copy.db"), "--data", str(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (found.exit_code, "cannot be written" in found.output) == (2, True)
    assert not (tmp_path / "copy.db").exists()


def test_a_server_is_backed_up_with_its_own_program(
    runtime: Runtime, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    found = run("db", "backup", str(tmp_path / "copy.db"))
    assert (found.exit_code, "pg_dump" in found.output) == (2, True)
