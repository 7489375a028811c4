"""Back up and restore by the runbook's own commands, on real databases."""

import os
import re
import subprocess
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
    tools = os.pathsep.join({str(Path(program(name)).parent) for name in ("pg_dump", "sqlite3")})
    subprocess.run(
        ["sh", "-eu", "-c", command],
        cwd=folder,
        env={"PATH": f"{tools}{os.pathsep}{os.defpath}", **variables},
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


def test_postgresql_comes_back_from_its_dump(
    runtime: Runtime, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string()
    assert "`DATABASE_URL` without `+psycopg`" in RUNBOOK
    before = count(runtime.database)
    shell(documented(r"(pg_dump .*\"\$PGURL\")"), tmp_path, PGURL=url)
    with runtime.database.write() as session:
        session.execute(delete(CreditEntry))
    runtime.database.close()
    shell(documented(r"`(pg_restore .*?)`"), tmp_path, PGURL=url)
    assert count(runtime.database) == before == (PEOPLE, PEOPLE)
    all_succeed(monkeypatch, DATABASE_URL=postgres_url, DATA_DIR=str(tmp_path))


def test_sqlite_comes_back_from_its_copy(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell(documented(r"SQLite: (sqlite3 .*\")"), tmp_path)
    with runtime.database.write() as session:
        session.execute(delete(CreditEntry))
    runtime.database.close()
    for name in ("mp4totext.db-wal", "mp4totext.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "copy.db").rename(tmp_path / "mp4totext.db")
    assert count(runtime.database) == (PEOPLE, PEOPLE)
    all_succeed(monkeypatch, DATA_DIR=str(tmp_path))
